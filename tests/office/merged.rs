//! Two accounts of one buyer made one: money, tickets and addresses; and what ends with an account.

use serde_json::{Value, json};

use crate::support::{Concert, OPERATOR, Office, refused, text};

const USERS: &str = "/v1/operator/users";

async fn sign_up(office: &Office, email: &str, name: &str) -> (String, String) {
    let new = json!({"email": email, "password": "correct horse", "name": name});
    let answer = office.client().await.post("/v1/users", None, &new).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.json());
    (text(&answer.json()["user"]["id"]), text(&answer.json()["session"]["secret"]))
}

async fn log_in(office: &Office, email: &str) -> u16 {
    let known = json!({"email": email, "password": "correct horse"});
    office.client().await.post("/v1/sessions", None, &known).await.expect("an answer").status
}

/// Tops up 1,500 and buys this seat for 1,000; gives the payment.
async fn buy(office: &Office, session: &str, concert: &Concert, seat: usize) -> Value {
    let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let token = text(&office.post(&path, session, Value::Null).await.json()["token"]);
    let seats = office.seat_ids(&token, concert).await;
    office.top_up(&token, 1500).await;
    let paid = office.pay(&token, &[&seats[seat]], 1000).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    paid.json()
}

async fn merge(office: &Office, into: &str, from: &str, more: Value) -> boxoffice::client::Answer {
    let mut wish = json!({ "from_user_id": from });
    wish.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    office.post(&format!("{USERS}/{into}/merges"), OPERATOR, wish).await
}

/// By concert it is counted what an account has bought: of one that the other has bought of too, and of one that it has not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_bought_of_each_concert_counts_for_the_account_that_stays() {
    let office = Office::open().await;
    let both = office.concert(json!({"max_admitted": null}), 1, 8).await;
    let one = office.concert(json!({"max_admitted": null}), 1, 8).await;
    let (old, old_session) = sign_up(&office, "old@example.org", "Kim").await;
    let (new, session) = sign_up(&office, "new@example.org", "Kim Minji").await;
    buy(&office, &old_session, &both, 0).await;
    buy(&office, &session, &both, 1).await;
    buy(&office, &old_session, &one, 0).await;

    assert_eq!(merge(&office, &new, &old, Value::Null).await.status, 201);

    // It looks that each count is that of the buyer's tickets.
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_accounts_had_is_one_accounts_and_the_other_is_gone() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 8).await;
    let (old, old_session) = sign_up(&office, "old@example.org", "Kim").await;
    let (new, session) = sign_up(&office, "new@example.org", "Kim Minji").await;
    // In turn, so that the histories lie between each other.
    let first = buy(&office, &old_session, &concert, 0).await;
    buy(&office, &session, &concert, 1).await;
    let third = buy(&office, &old_session, &concert, 2).await;
    let handed = format!("/v1/tickets/{}/handovers", text(&third["tickets"][0]["code"]));
    assert_eq!(office.post(&handed, &old_session, json!({"email": "new@example.org"})).await.status, 201);
    let theirs = office.get("/v1/tickets", &session).await.json();
    let handed_code = text(&theirs["tickets"][0]["code"]);
    // A stranger's ticket that was handed on to the one that goes.
    let (_, stranger) = sign_up(&office, "stranger@example.org", "Lee").await;
    let fourth = buy(&office, &stranger, &concert, 3).await;
    let gift = format!("/v1/tickets/{}/handovers", text(&fourth["tickets"][0]["code"]));
    assert_eq!(office.post(&gift, &stranger, json!({"email": "old@example.org"})).await.status, 201);
    let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let waiting = text(&office.post(&path, &old_session, Value::Null).await.json()["token"]);

    refused(&merge(&office, &new, &new, Value::Null).await, 400, "invalid_field");
    refused(&merge(&office, &new, &concert.id, Value::Null).await, 404, "user_not_found");
    let path = format!("{USERS}/{new}/merges");
    let wish = json!({"from_user_id": old});
    let merged = office.post_once(&path, OPERATOR, "one", wish.clone()).await;
    assert_eq!((merged.status, &merged.json()["balance"]), (201, &json!(1500)), "{}", merged.json());
    assert_eq!(merged.json()["email"], "new@example.org");
    let again = office.post_once(&path, OPERATOR, "one", wish.clone()).await;
    assert_eq!((again.headers.contains_key("idempotent-replayed"), again.json()), (true, merged.json()));
    refused(&office.post(&path, OPERATOR, wish).await, 404, "user_not_found");

    refused(&office.get("/v1/account", &old_session).await, 401, "session_invalid");
    assert_eq!([log_in(&office, "old@example.org").await, log_in(&office, "new@example.org").await], [401, 201]);
    refused(&office.get("/v1/queue/position", &waiting).await, 401, "token_left");
    let postings = office.get("/v1/balance/postings", &session).await.json()["postings"].clone();
    let balances: Vec<_> = postings.as_array().expect("postings").iter().map(|of| of["balance"].clone()).collect();
    assert_eq!(json!(balances), json!([1500, 2500, 1000, 2000, 500, 1500]), "as if they had been one: {postings}");
    let payments = office.get("/v1/payments", &session).await.json();
    assert_eq!(payments["payments"].as_array().map(Vec::len), Some(3), "{payments}");
    // The ticket that one had handed on to the other is the payer's, by the code it has.
    assert_eq!(payments["payments"][0]["tickets"][0]["code"], handed_code.as_str());
    assert_eq!(office.get(&format!("/v1/tickets/{handed_code}"), &session).await.status, 200);
    let gifts = office.get("/v1/tickets", &session).await.json();
    assert_eq!(gifts["tickets"].as_array().map(Vec::len), Some(1), "the stranger's: {gifts}");
    let refunds = format!("/v1/operator/payments/{}/refunds", text(&first["id"]));
    assert_eq!(office.post(&refunds, OPERATOR, json!({})).await.status, 201);
    assert_eq!(office.balance(&session).await, 2500);
    let audit = office.get(&format!("/v1/operator/audit?subject={new}"), OPERATOR).await.json();
    let line = audit["lines"].as_array().expect("lines").iter().find(|line| line["operation"] == "merge_users");
    assert_eq!(line.expect("a line")["after"], json!({"merged": old, "postings": 4, "payments": 2}));
    // And the one history goes on.
    buy(&office, &session, &concert, 4).await;
    assert_eq!(office.balance(&session).await, 3000);
    // The address is free.
    sign_up(&office, "old@example.org", "Somebody else").await;
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_and_members_are_merged_as_said() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let (old, _) = sign_up(&office, "old@example.org", "Kim").await;
    let (new, session) = sign_up(&office, "new@example.org", "Kim").await;
    let taken = merge(&office, &new, &old, json!({"take_address": true})).await;
    assert_eq!((taken.status, &taken.json()["email"]), (201, &json!("old@example.org")), "{}", taken.json());
    assert_eq!(office.get("/v1/account", &session).await.status, 200, "whoever stays stays logged in");
    assert_eq!([log_in(&office, "old@example.org").await, log_in(&office, "new@example.org").await], [201, 401]);
    // Bought at the counter without a name, and found by the ticket.
    let map = office.get(&format!("/v1/operator/performances/{}/seats", concert.performance), OPERATOR).await.json();
    let sale = json!({"performance_id": concert.performance, "seat_ids": [map["seats"][0]["id"]], "paid_by": "cash"});
    let payment = office.make("/v1/operator/sales", sale).await;
    let code = text(&payment["tickets"][0]["code"]);
    let nameless = office.get(&format!("{USERS}?code={code}"), OPERATOR).await.json();
    let nameless = text(&nameless["users"][0]["id"]);
    assert_eq!(merge(&office, &new, &nameless, Value::Null).await.status, 201);
    assert_eq!(office.get(&format!("/v1/tickets/{code}"), &session).await.status, 200);
    // A member's account takes the log-in of the one that its bearer had made.
    let member = json!({"external_id": "member-1", "name": "Member"});
    let member = text(&office.make(USERS, member).await["id"]);
    let merged = merge(&office, &member, &new, Value::Null).await;
    assert_eq!(
        (&merged.json()["email"], &merged.json()["external_id"]),
        (&json!("old@example.org"), &json!("member-1"))
    );
    assert_eq!(log_in(&office, "old@example.org").await, 201);
    let other = json!({"external_id": "member-2", "name": "Member"});
    let other = text(&office.make(USERS, other).await["id"]);
    refused(&merge(&office, &member, &other, Value::Null).await, 409, "external_id_taken");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correction_is_meant_for_the_account_as_it_was_seen() {
    let office = Office::open().await;
    let (id, _) = sign_up(&office, "buyer@example.org", "Buyer").await;
    let path = format!("{USERS}/{id}");
    let seen = office.get(&path, OPERATOR).await;
    let tag = seen.headers["etag"].to_str().expect("a tag").to_owned();
    let name = |name: &str| json!({ "name": name });
    let first = office.with_header("PATCH", &path, OPERATOR, ("if-match", &tag), name("First")).await;
    assert_eq!((first.status, &first.json()["name"]), (200, &json!("First")), "{}", first.json());
    let late = office.with_header("PATCH", &path, OPERATOR, ("if-match", &tag), name("Second")).await;
    refused(&late, 412, "changed_meanwhile");
    let tag = first.headers["etag"].to_str().expect("a tag").to_owned();
    assert_eq!(office.with_header("PATCH", &path, OPERATOR, ("if-match", &tag), name("Second")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_in_line_and_on_waitlists_end_with_the_account() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 1).await;
    let keeper = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&keeper, &concert).await;
    let hold = text(&office.held(&keeper, &concert, &[&seats[0]]).await["id"]);
    let (_, gone) = sign_up(&office, "gone@example.org", "Gone").await;
    let next = office.buyer().await;
    let waitlist = format!("/v1/concerts/{}/waitlist", concert.id);
    for session in [&gone, &next.session] {
        assert_eq!(office.post(&waitlist, session, json!({"quantity": 1})).await.status, 201);
    }
    let token = text(
        &office.post(&format!("/v1/concerts/{}/queue/tokens", concert.id), &gone, Value::Null).await.json()["token"],
    );
    assert_eq!(office.delete(&format!("/v1/holds/{hold}"), &keeper).await.status, 204);
    office.app.run_due().await;
    assert_eq!(office.get(&waitlist, &gone).await.json()["status"], "offered");
    assert_eq!(office.delete("/v1/account", &gone).await.status, 204);
    refused(&office.get("/v1/queue/position", &token).await, 401, "token_left");
    office.app.run_due().await;
    assert_eq!(office.get(&waitlist, &next.session).await.json()["status"], "offered", "the offer went to the next");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_pays_for_what_the_waitlist_offers() {
    use boxoffice::checkout::providers::Conduct;
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 1).await;
    let keeper = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&keeper, &concert).await;
    let hold = text(&office.held(&keeper, &concert, &[&seats[0]]).await["id"]);
    let (waiter, late) = (office.buyer().await, office.buyer().await);
    let waitlist = format!("/v1/concerts/{}/waitlist", concert.id);
    assert_eq!(office.post(&waitlist, &waiter.session, json!({"quantity": 1})).await.status, 201);
    assert_eq!(office.delete(&format!("/v1/holds/{hold}"), &keeper).await.status, 204);
    office.app.run_due().await;
    let by_card = async |buyer: &crate::support::Buyer| {
        let wish = json!({"amount": 1000, "then_pay": {"concert_id": concert.id, "amount": 1000}});
        let opened = office.post("/v1/balance/checkouts", &buyer.session, wish).await;
        assert_eq!(opened.status, 201, "{}", opened.json());
        let id = text(&opened.json()["id"]);
        Conduct::Pays.set(id.parse().expect("an id"));
        let back = format!("/v1/balance/checkouts/{id}/return");
        office.post(&back, &buyer.session, json!({"parameters": {}})).await.json()
    };
    let paid = by_card(&waiter).await;
    assert_eq!(paid["state"], "paid", "{paid}");
    let payments = office.get("/v1/payments", &waiter.session).await.json();
    assert_eq!(payments["payments"][0]["id"], paid["payment_id"], "{payments}");
    refused(&office.get(&waitlist, &waiter.session).await, 404, "not_on_waitlist");
    // To whom nothing is offered, the money stays.
    let unpaid = by_card(&late).await;
    assert_eq!((&unpaid["state"], &unpaid["unpaid_because"]), (&json!("paid"), &json!("holds_over")), "{unpaid}");
    assert_eq!(office.balance(&late.session).await, 1000);
    office.verify();
}
