//! Buyers as the desk finds, makes and corrects them, and what is left of one who is gone.

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::support::{OPERATOR, Office, refused, text};

const USERS: &str = "/v1/operator/users";

async fn sign_up(office: &Office, email: &str, name: &str) -> (String, String) {
    let new = json!({"email": email, "password": "correct horse", "name": name});
    let answer = office.client().await.post("/v1/users", None, &new).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.json());
    (text(&answer.json()["user"]["id"]), text(&answer.json()["session"]["secret"]))
}

/// The names of those who are found.
async fn found(office: &Office, query: &str) -> Vec<String> {
    let answer = office.get(&format!("{USERS}?{query}"), OPERATOR).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()["users"].as_array().expect("users").iter().map(|user| text(&user["name"])).collect()
}

/// Buys the concert's first free seat; gives the ticket's code.
async fn buy(office: &Office, session: &str, concert: &crate::support::Concert, seat: usize) -> String {
    let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let token = text(&office.post(&path, session, Value::Null).await.json()["token"]);
    let seats = office.seat_ids(&token, concert).await;
    office.top_up(&token, 1500).await;
    let paid = office.pay(&token, &[&seats[seat]], 1000).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    text(&paid.json()["tickets"][0]["code"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buyers_are_found_by_address_name_and_ticket() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let (_, session) = sign_up(&office, "kim@example.org", "Kim Minji").await;
    sign_up(&office, "kim2@example.org", "KIM Jisoo").await;
    sign_up(&office, "lee@example.org", "Lee").await;
    let code = buy(&office, &session, &concert, 0).await;
    assert_eq!(found(&office, "email=KIM@example.org").await, ["Kim Minji"]);
    assert_eq!(found(&office, "email=nobody@example.org").await, [] as [&str; 0]);
    assert_eq!(found(&office, "name=kim").await, ["KIM Jisoo", "Kim Minji"]);
    assert_eq!(found(&office, "name=kim&limit=1").await, ["KIM Jisoo"]);
    assert_eq!(found(&office, "name=%25").await, [] as [&str; 0]);
    assert_eq!(found(&office, &format!("code={}", code.to_lowercase())).await, ["Kim Minji"]);
    let last = if code.ends_with('0') { '1' } else { '0' };
    let forged = format!("{}{last}", &code[..code.len() - 1]);
    assert_eq!(found(&office, &format!("code={forged}")).await, [] as [&str; 0]);
    for bad in ["", "name=a&email=b@example.org", "email=nonsense"] {
        refused(&office.get(&format!("{USERS}?{bad}"), OPERATOR).await, 400, "invalid_field");
    }
    let kim = office.get(&format!("{USERS}?email=kim@example.org"), OPERATOR).await.json();
    assert_eq!(kim["users"][0]["balance"], 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_venues_site_makes_its_members_and_acts_for_them() {
    let office = Office::open().await;
    let member = json!({"external_id": "member-7", "name": "Member", "email": "member@example.org", "language": "en"});
    let made = office.post_once(USERS, OPERATOR, "make", member.clone()).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let again = office.post_once(USERS, OPERATOR, "make", member.clone()).await;
    assert_eq!((again.headers.contains_key("idempotent-replayed"), again.json()), (true, made.json()));
    refused(&office.post(USERS, OPERATOR, member).await, 409, "external_id_taken");
    let taken = json!({"external_id": "member-8", "name": "Member", "email": "member@example.org"});
    refused(&office.post(USERS, OPERATOR, taken).await, 409, "email_taken");
    assert_eq!(found(&office, "external_id=member-7").await, ["Member"]);
    let path = format!("{USERS}/{}/sessions", text(&made.json()["id"]));
    let opened = office.post(&path, OPERATOR, Value::Null).await;
    assert_eq!(opened.status, 201, "{}", opened.json());
    let session = text(&opened.json()["secret"]);
    let account = office.get("/v1/account", &session).await.json();
    assert_eq!((&account["external_id"], &account["language"]), (&json!("member-7"), &json!("en")));
    let concert = office.concert(Value::Null, 1, 2).await;
    buy(&office, &session, &concert, 0).await;
    // Who has a password is not acted for.
    let (own, _) = sign_up(&office, "own@example.org", "Own").await;
    let path = format!("{USERS}/{own}/sessions");
    refused(&office.post(&path, OPERATOR, Value::Null).await, 409, "not_a_member");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_corrected_and_logs_in() {
    let office = Office::open().await;
    let (id, _) = sign_up(&office, "wrnog@example.org", "Buyer").await;
    sign_up(&office, "taken@example.org", "Other").await;
    let path = format!("{USERS}/{id}");
    refused(&office.patch(&path, OPERATOR, json!({"email": "taken@example.org"})).await, 409, "email_taken");
    let corrected = office.patch(&path, OPERATOR, json!({"email": "Right@example.org", "name": "Buyer B"})).await;
    assert_eq!((corrected.status, &corrected.json()["email"]), (200, &json!("right@example.org")));
    for (email, status) in [("wrnog@example.org", 401), ("right@example.org", 201)] {
        let log_in = json!({"email": email, "password": "correct horse"});
        let answer = office.client().await.post("/v1/sessions", None, &log_in).await.expect("an answer");
        assert_eq!(answer.status, status, "{email}");
    }
    assert_eq!(found(&office, "name=buyer%20b").await, ["Buyer B"]);
    let audit = office.get(&format!("/v1/operator/audit?subject={id}"), OPERATOR).await.json();
    assert_eq!(audit["lines"][0]["after"], json!({"corrected": ["email", "name"]}), "no personal data: {audit}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_account_leaves_its_money_and_tickets_whole_and_nobodys() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let (id, session) = sign_up(&office, "gone@example.org", "Gone Withthewind").await;
    let code = buy(&office, &session, &concert, 0).await;
    let export = office.get("/v1/account/export", &session).await.json();
    assert_eq!(export["account"]["email"], "gone@example.org");
    assert_eq!(
        (&export["payments"][0]["tickets"][0], export["postings"].as_array().map(Vec::len)),
        (&json!(code), Some(2))
    );
    refused(&office.delete("/v1/account", &session).await, 409, "balance_left");
    assert_eq!(office.get("/v1/account", &session).await.status, 200, "nothing was done");
    assert_eq!(office.delete("/v1/account?give_up_balance=true", &session).await.status, 204);
    refused(&office.get("/v1/account", &session).await, 401, "session_invalid");
    let log_in = json!({"email": "gone@example.org", "password": "correct horse"});
    let answer = office.client().await.post("/v1/sessions", None, &log_in).await.expect("an answer");
    refused(&answer, 401, "credentials_wrong");
    refused(&office.get(&format!("{USERS}/{id}"), OPERATOR).await, 404, "user_not_found");
    assert_eq!(found(&office, "name=gone").await, [] as [&str; 0]);
    // Another may have the address now.
    sign_up(&office, "gone@example.org", "New").await;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let file = Connection::open_with_flags(&office.data, flags).expect("the data file opens");
    let tickets: u32 = file.query_row("SELECT count(*) FROM ticket", [], |row| row.get(0)).expect("a count");
    assert_eq!(tickets, 1, "the ticket still stands");
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'account'";
    let mut tables = file.prepare(tables).expect("SQL");
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).expect("tables").map(Result::unwrap).collect();
    for table in tables {
        let mut rows = file.prepare(&format!("SELECT * FROM {table}")).expect("SQL");
        let width = rows.column_count();
        let mut rows = rows.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let cells: Vec<_> = (0..width).map(|at| format!("{:?}", row.get_ref(at).expect("a value"))).collect();
            let text = cells.join(" ");
            // Texts are shown as bytes.
            let name = format!("{:?}", "Withthewind".as_bytes());
            assert!(!text.contains(name.trim_matches(['[', ']'])), "{table} still knows the name: {text}");
        }
    }
    office.verify();
}
