//! Checkouts through the built-in provider: however it behaves and whoever tells of it, what is paid is credited once, and
//! nothing else; and what was wished for is paid for in the same commit, if it is still held.

use boxoffice::checkout::providers::Conduct;
use boxoffice::client::Answer;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Buyer, Concert, HOUR_MS, OPERATOR, Office, refused, text};

async fn open(office: &Office, buyer: &Buyer, body: Value) -> (Uuid, Value) {
    let answer = office.post("/v1/balance/checkouts", &buyer.session, body).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let opened = answer.json();
    assert_eq!((&opened["state"], &opened["provider"]), (&json!("pending"), &json!("fake")), "{opened}");
    (text(&opened["id"]).parse().expect("an id"), opened)
}

async fn back(office: &Office, buyer: &Buyer, id: Uuid) -> Value {
    let path = format!("/v1/balance/checkouts/{id}/return");
    let answer = office.post(&path, &buyer.session, json!({"parameters": {}})).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

async fn show(office: &Office, buyer: &Buyer, id: Uuid) -> Value {
    office.get(&format!("/v1/balance/checkouts/{id}"), &buyer.session).await.json()
}

async fn balance(office: &Office, buyer: &Buyer) -> i64 {
    office.get("/v1/balance", &buyer.session).await.json()["balance"].as_i64().expect("a balance")
}

/// A notice of the built-in provider, perhaps with another signature.
async fn notify(office: &Office, id: Uuid, signature: Option<&str>) -> Answer {
    let (message, timestamp, genuine, body) = Conduct::notice(id, office.now());
    let signature = signature.unwrap_or(&genuine);
    let headers =
        [("webhook-id", message.as_str()), ("webhook-timestamp", &timestamp), ("webhook-signature", signature)];
    let ask = boxoffice::client::Ask {
        method: "POST",
        path: "/v1/webhooks/fake",
        body: Some(body.into_bytes()),
        headers: &headers,
        ..boxoffice::client::Ask::default()
    };
    office.client().await.send(&ask).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paid_money_is_credited_once_whoever_tells_of_it_and_however_often() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    assert_eq!(office.get("/v1/venue", "").await.json()["checkout_providers"], json!(["fake"]));
    let (id, opened) = open(&office, &buyer, json!({"amount": 5000})).await;
    assert_eq!(opened["redirect_url"], format!("/fake-provider/{id}"));
    assert_eq!(back(&office, &buyer, id).await["state"], "pending", "nobody paid yet");
    Conduct::Twice.set(id);
    for _ in 0..2 {
        assert_eq!(notify(&office, id, None).await.status, 204);
        assert_eq!(back(&office, &buyer, id).await["state"], "paid");
        office.advance_ms(60_000).await;
    }
    assert_eq!(balance(&office, &buyer).await, 5000);
    let postings = office.get("/v1/balance/postings", &buyer.session).await.json();
    assert_eq!(postings["postings"].as_array().map(Vec::len), Some(1), "{postings}");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_declined_wrong_late_or_never_paid_ends_as_it_should() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let mut opened = Vec::new();
    for conduct in [Conduct::Declines, Conduct::WrongAmount, Conduct::Late, Conduct::Never] {
        let (id, _) = open(&office, &buyer, json!({"amount": 1000})).await;
        conduct.set(id);
        opened.push(id);
    }
    let states = async || {
        let mut states = Vec::new();
        for id in &opened {
            states.push(text(&show(&office, &buyer, *id).await["state"]));
        }
        states
    };
    office.advance_ms(10_000).await;
    assert_eq!(states().await, ["failed", "disputed", "pending", "pending"], "the sweep has asked");
    assert_eq!(balance(&office, &buyer).await, 0);
    office.advance_ms(35 * 60_000).await;
    assert_eq!(states().await, ["failed", "disputed", "paid", "expired"], "late money is credited");
    assert_eq!(balance(&office, &buyer).await, 1000);
    // The buyer pays in the end, days later: nobody tells, and the sweep finds it.
    Conduct::Pays.set(opened[3]);
    office.advance_ms(3 * 24 * HOUR_MS).await;
    assert_eq!(states().await, ["failed", "disputed", "paid", "paid"]);
    assert_eq!(balance(&office, &buyer).await, 2000);
    let disputed = office.get("/v1/operator/checkouts?state=disputed", OPERATOR).await.json();
    assert_eq!(disputed["checkouts"][0]["mismatch"], "amount", "{disputed}");
    assert_eq!(disputed["checkouts"].as_array().map(Vec::len), Some(1));
    // Whatever is said of it later.
    Conduct::Pays.set(opened[1]);
    assert_eq!(back(&office, &buyer, opened[1]).await["state"], "disputed");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_hangs_holds_nobody_up_and_is_asked_again() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let (id, _) = open(&office, &buyer, json!({"amount": 1000})).await;
    Conduct::Hangs.set(id);
    let slow = back(&office, &buyer, id);
    // Others go on meanwhile, also through the writer.
    let others = async {
        let other = office.buyer().await;
        let (id, _) = open(&office, &other, json!({"amount": 2000})).await;
        Conduct::Pays.set(id);
        assert_eq!(back(&office, &other, id).await["state"], "paid");
    };
    let (slow, ()) = tokio::join!(slow, others);
    assert_eq!(slow["state"], "pending");
    refused(&notify(&office, id, None).await, 503, "provider_silent");
    Conduct::Pays.set(id);
    office.advance_ms(HOUR_MS).await;
    assert_eq!(show(&office, &buyer, id).await["state"], "paid");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_and_old_notices_open_nothing_and_unknown_ones_are_taken() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let (id, _) = open(&office, &buyer, json!({"amount": 1000})).await;
    Conduct::Pays.set(id);
    for forged in ["", "v1,", "v1,AAAA", "v2,AAAA"] {
        refused(&notify(&office, id, Some(forged)).await, 400, "notice_not_genuine");
    }
    let (.., signature, _) = Conduct::notice(id, office.now().plus_ms(-301_000));
    refused(&notify(&office, id, Some(&signature)).await, 400, "notice_not_genuine");
    assert_eq!(show(&office, &buyer, id).await["state"], "pending");
    assert_eq!(notify(&office, Uuid::nil(), None).await.status, 204, "about nothing that is known here");
    let unknown = office.client().await.post("/v1/webhooks/stripe", None, &json!({})).await.expect("an answer");
    refused(&unknown, 404, "provider_not_found");
    assert_eq!(balance(&office, &buyer).await, 0);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_opens_one_checkout() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let body = json!({"amount": 1000});
        let answer = office.post_once("/v1/balance/checkouts", &buyer.session, "one", body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        ids.insert(text(&answer.json()["id"]));
    }
    assert_eq!(ids.len(), 1);
    let other = office.post_once("/v1/balance/checkouts", &buyer.session, "one", json!({"amount": 2000})).await;
    refused(&other, 422, "idempotency_key_reused");
    office.verify();
}

/// Two seats held, and a checkout that shall pay for them.
async fn wish(office: &Office, concert: &Concert, amount: i64) -> (Buyer, String, Uuid) {
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, concert).await;
    let seats = office.seat_ids(&token, concert).await;
    let free = office.get(&format!("/v1/performances/{}/seats", concert.performance), &token).await.json();
    let free: Vec<_> = free["seats"].as_array().expect("seats").iter().filter(|s| s["state"] == "available").collect();
    assert_eq!(seats.len(), 10);
    let (one, two) = (text(&free[0]["id"]), text(&free[1]["id"]));
    office.held(&token, concert, &[&one, &two]).await;
    let then = json!({"concert_id": concert.id, "seat_ids": [one, two], "amount": amount});
    let (id, _) = open(office, &buyer, json!({"amount": 2000, "then_pay": then})).await;
    (buyer, token, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn held_seats_are_paid_for_in_the_same_commit_and_otherwise_the_money_stays() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 10).await;

    let (buyer, token, id) = wish(&office, &concert, 2000).await;
    Conduct::Pays.set(id);
    let paid = back(&office, &buyer, id).await;
    assert_eq!(paid["state"], "paid", "{paid}");
    let payment = office.get(&format!("/v1/payments/{}", text(&paid["payment_id"])), &buyer.session).await.json();
    assert_eq!(payment["tickets"].as_array().map(Vec::len), Some(2), "{payment}");
    assert_eq!(balance(&office, &buyer).await, 0);
    refused(&office.get("/v1/dates", &token).await, 401, "token_completed");
    office.verify();

    let (buyer, _, id) = wish(&office, &concert, 1999).await;
    Conduct::Pays.set(id);
    let paid = back(&office, &buyer, id).await;
    assert_eq!((&paid["state"], &paid["unpaid_because"]), (&json!("paid"), &json!("price_changed")), "{paid}");
    assert_eq!(balance(&office, &buyer).await, 2000);

    let (buyer, token, id) = wish(&office, &concert, 2000).await;
    Conduct::Pays.set(id);
    for hold in office.holds(&token).await {
        assert_eq!(office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &token).await.status, 204);
    }
    let paid = back(&office, &buyer, id).await;
    assert_eq!((&paid["state"], &paid["unpaid_because"]), (&json!("paid"), &json!("holds_over")), "{paid}");
    assert_eq!(balance(&office, &buyer).await, 2000);

    // The money comes when the visit is over: it waits on the balance.
    let (buyer, _, id) = wish(&office, &concert, 2000).await;
    Conduct::Late.set(id);
    office.advance_ms(HOUR_MS).await;
    let paid = show(&office, &buyer, id).await;
    assert_eq!((&paid["state"], &paid["unpaid_because"]), (&json!("paid"), &json!("visit_over")), "{paid}");
    assert_eq!(balance(&office, &buyer).await, 2000);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_built_in_providers_page_takes_the_buyers_choice_and_sends_them_back() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let (id, opened) = open(&office, &buyer, json!({"amount": 7000})).await;
    let page = text(&opened["redirect_url"]);
    let shown = office.client().await.get(&page, None).await.expect("a page");
    let html = String::from_utf8_lossy(&shown.body).into_owned();
    assert!(shown.status == 200 && html.contains("7000 KRW") && html.contains("value=\"pays\""), "{html}");
    let ask = boxoffice::client::Ask {
        method: "POST",
        path: &page,
        body: Some(b"conduct=twice".to_vec()),
        headers: &[],
        ..boxoffice::client::Ask::default()
    };
    let sent = office.client().await.send(&ask).await.expect("an answer");
    assert_eq!(
        (sent.status, sent.headers["location"].to_str().ok()),
        (303, Some(format!("../?checkout={id}").as_str()))
    );
    assert_eq!(show(&office, &buyer, id).await["state"], "paid");
    assert_eq!(balance(&office, &buyer).await, 7000);
    let nothing = office.client().await.get(&format!("/fake-provider/{}", Uuid::nil()), None).await.expect("an answer");
    assert_eq!(nothing.status, 404);
    office.verify();

    // Whoever serves in earnest has none of it.
    let office = Office::with(|config| config.checkout.fake_provider = false).await;
    let buyer = office.buyer().await;
    let none = office.post("/v1/balance/checkouts", &buyer.session, json!({"amount": 1})).await;
    refused(&none, 404, "provider_not_found");
    let page = office.client().await.get(&page, None).await.expect("an answer");
    assert_eq!(page.status, 404);
}

/// Money that came by card goes back by card, in parts and as much as came, and not more; what a provider refuses is on the
/// balance again; what it does not answer is asked for again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refunds_go_back_through_the_provider_as_far_as_money_came_through_it() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 10).await;
    let (buyer, _, id) = wish(&office, &concert, 2000).await;
    Conduct::Pays.set(id);
    let paid = back(&office, &buyer, id).await;
    let path = format!("/v1/operator/payments/{}", text(&paid["payment_id"]));
    let tickets = office.get(&path, OPERATOR).await.json()["tickets"].as_array().expect("tickets").clone();
    let refund = async |ticket: &Value| {
        let body = json!({"tickets": [ticket["code"]], "to": "provider"});
        office.post(&format!("{path}/refunds"), OPERATOR, body).await
    };
    let refunded = async || {
        let listed = office.get("/v1/operator/checkouts", OPERATOR).await.json();
        listed["checkouts"][0]["refunded"].as_i64().expect("an amount")
    };
    assert_eq!(refund(&tickets[0]).await.status, 201);
    assert_eq!((balance(&office, &buyer).await, refunded().await), (0, 1000));
    office.app.run_due().await;
    office.verify();

    // The provider says nothing for hours, and then refuses: the money is the buyer's again, here.
    Conduct::Hangs.set(id);
    assert_eq!(refund(&tickets[1]).await.status, 201);
    office.advance_ms(3 * HOUR_MS).await;
    assert_eq!((balance(&office, &buyer).await, refunded().await), (0, 2000));
    Conduct::Declines.set(id);
    office.advance_ms(6 * HOUR_MS).await;
    assert_eq!((balance(&office, &buyer).await, refunded().await), (1000, 1000));
    office.verify();

    // Cash that was taken at the counter does not go back by card.
    let other = office.buyer().await;
    let token = office.enter(&other, &concert).await;
    office.top_up(&token, 1000).await;
    let seats = office.seat_ids(&token, &concert).await;
    let paid = office.pay(&token, &[&seats[9]], 1000).await.json();
    let path = format!("/v1/operator/payments/{}/refunds", text(&paid["id"]));
    refused(&office.post(&path, OPERATOR, json!({"to": "provider"})).await, 409, "not_through_provider");
    office.verify();
}
