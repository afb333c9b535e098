//! Text as people and their devices write it: the same letters in other bytes are the same text.

use boxoffice::client::Answer;
use serde_json::{Value, json};

use crate::support::{OPERATOR, Office, refused, text};

async fn sign_up(office: &Office, email: &str, password: &str, name: &str) -> Answer {
    let body = json!({"email": email, "password": password, "name": name});
    office.client().await.post("/v1/users", None, &body).await.expect("an answer")
}

async fn log_in(office: &Office, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    office.client().await.post("/v1/sessions", None, &body).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_has_one_account_however_it_is_typed() {
    let office = Office::open().await;
    let spellings = [
        ["jürgen@example.com", "ju\u{308}rgen@example.com", "JÜRGEN@Example.com "],
        ["anna@bücher.example", "anna@xn--bcher-kva.example", "Anna@BU\u{308}CHER.example"],
    ];
    for [first, others @ ..] in spellings {
        let made = sign_up(&office, first, "correct horse", "Buyer").await;
        assert_eq!((made.status, &made.json()["user"]["email"]), (201, &json!(first)));
        for other in others {
            refused(&sign_up(&office, other, "correct horse", "Buyer").await, 409, "email_taken");
            assert_eq!(log_in(&office, other, "correct horse").await.status, 201, "{other:?}");
        }
    }
    for bad in [
        "a@..",
        "a@b.",
        "a..b@example.org",
        "a\u{200b}@example.org",
        "a@example.org\u{202e}",
        "\u{feff}a@b",
        "a\u{ad}@b",
    ] {
        refused(&sign_up(&office, bad, "correct horse", "Buyer").await, 400, "invalid_field");
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_fits_from_every_keyboard() {
    let office = Office::open().await;
    // Composed, decomposed; another blank. A blank at the end counts.
    let pairs = [
        ("pässwörter1", "pa\u{308}sswo\u{308}rter1"),
        ("비밀번호는길다1", "\u{1107}\u{1175}밀번호는길다1"),
        ("correct horse 말", "correct\u{a0}horse\u{3000}말"),
    ];
    for (at, (one, other)) in pairs.iter().enumerate() {
        let email = format!("buyer{at}@example.org");
        assert_eq!(sign_up(&office, &email, one, "Buyer").await.status, 201);
        assert_eq!(log_in(&office, &email, other).await.status, 201, "{other:?}");
        refused(&log_in(&office, &email, &format!("{one} ")).await, 401, "credentials_wrong");
    }
    refused(&sign_up(&office, "nul@example.org", "eight\0\0\0", "Buyer").await, 400, "invalid_field");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_lose_what_nobody_sees_and_keep_what_people_write() {
    let office = Office::open().await;
    let names = [
        ("Zo\u{308}e", "Zöe"),
        ("\u{1100}\u{1175}\u{11b7} 하나", "김 하나"),
        ("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"),
        ("\u{202e}evil\u{202c}\u{200b}", "evil"),
        ("\u{feff}O'Brien", "O'Brien"),
    ];
    for (at, (given, kept)) in names.iter().enumerate() {
        let made = sign_up(&office, &format!("buyer{at}@example.org"), "correct horse", given).await;
        assert_eq!((made.status, &made.json()["user"]["name"]), (201, &json!(kept)));
        let concert = json!({"title": given, "time_zone": "Asia/Seoul"});
        assert_eq!(office.make("/v1/operator/concerts", concert).await["title"], *kept);
    }
    for bad in ["\u{200b}", "\u{3164}", "a\u{2028}b", "\u{301}"] {
        refused(&sign_up(&office, "blank@example.org", "correct horse", bad).await, 400, "invalid_field");
        let concert = json!({"title": bad, "time_zone": "Asia/Seoul"});
        refused(&office.post("/v1/operator/concerts", OPERATOR, concert).await, 400, "invalid_field");
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_and_grades_that_look_equal_are_equal() {
    let office = Office::open().await;
    let hall = |rows: Value| json!({"name": "Hall", "sections": [{"name": "Stalls", "rows": rows}]});
    let row = |name: &str, grade: &str| json!({"name": name, "seats": 2, "grade": grade});
    for (one, other) in [("é", "e\u{301}"), ("A", "Ａ"), ("A", "A\u{200b}"), ("Row 1", "Row\u{a0}1")] {
        let twice = hall(json!([row(one, "R"), row(other, "R")]));
        refused(&office.post("/v1/operator/halls", OPERATOR, twice).await, 400, "invalid_field");
    }
    // Case is to be seen.
    office.make("/v1/operator/halls", hall(json!([row("a", "R"), row("A", "R")]))).await;

    let hall = office.make("/v1/operator/halls", hall(json!([row("1", "R석"), row("2", "Ｒ석\u{200b}")]))).await;
    let concert = office.make("/v1/operator/concerts", json!({"title": "C", "time_zone": "Asia/Seoul"})).await;
    let performance = |prices: Value| {
        json!({"concert_id": concert["id"], "hall_id": hall["id"], "starts_at": "2027-06-01T19:30:00Z",
               "prices": prices})
    };
    let twice = performance(json!({"R석": 1, "Ｒ석": 2}));
    refused(&office.post("/v1/operator/performances", OPERATOR, twice).await, 400, "invalid_field");
    let decomposed = "R\u{1109}\u{1165}\u{11a8}";
    let made = office.make("/v1/operator/performances", performance(json!({decomposed: 1000}))).await;

    let path = format!("/v1/concerts/{}/queue/tokens", text(&concert["id"]));
    let token = text(&office.post(&path, &office.buyer().await.session, Value::Null).await.json()["token"]);
    let dates = office.get("/v1/dates", &token).await.json();
    assert_eq!(
        dates["dates"][0]["grades"],
        json!([{"grade": "R석", "price": 1000, "available": 4,
                                                          "prices": [{"type": "full", "price": 1000}]}])
    );
    let best = json!({"performance_id": made["id"], "best": {"grade": format!(" {decomposed}"), "quantity": 2}});
    let held = office.post("/v1/holds", &token, best).await;
    assert_eq!((held.status, &held.json()["amount"]), (201, &json!(2000)), "{}", held.json());
    office.verify();
}
