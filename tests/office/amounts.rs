//! Every bound of an amount, and of how much is paid for at once: at it, and one beyond.

use serde_json::{Value, json};

use crate::support::{OPERATOR, Office, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_is_moved_up_to_its_bound_and_not_a_coin_beyond() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let largest = office.get("/v1/venue", "").await.json()["largest_top_up"].as_i64().expect("a number");
    // What its amounts mean is the venue's to say until there is one.
    let means =
        async |currency: &str| office.patch("/v1/operator/venue", OPERATOR, json!({ "currency": currency })).await;
    assert_eq!(means("JPY").await.status, 200);
    let at_counter = |path: &'static str, body: Value| {
        let path = format!("/v1/operator/users/{}/{path}", buyer.id);
        let office = &office;
        async move { office.post(&path, OPERATOR, body).await }
    };
    let balance_after = async |path, amount: i64, note: &str| {
        let body = if note.is_empty() { json!({"amount": amount}) } else { json!({"amount": amount, "note": note}) };
        let answer = at_counter(path, body).await;
        assert_eq!(answer.status, 201, "{path} {amount}: {}", answer.json());
        answer.json()["balance"].as_i64()
    };

    for amount in [-1, 0, largest + 1] {
        refused(&at_counter("top-ups", json!({"amount": amount})).await, 400, "invalid_field");
        refused(
            &office.post("/v1/balance/top-ups", &buyer.session, json!({"amount": amount})).await,
            400,
            "invalid_field",
        );
    }
    assert_eq!(balance_after("top-ups", largest, "").await, Some(largest));
    refused(&means("EUR").await, 409, "currency_fixed");
    assert_eq!(balance_after("top-ups", 1, "").await, Some(largest + 1));

    let beyond = json!({"amount": largest + 2, "note": "All, and one more"});
    for amount in [-1, 0] {
        refused(&at_counter("pay-outs", json!({"amount": amount, "note": "None"})).await, 400, "invalid_field");
    }
    refused(&at_counter("pay-outs", beyond).await, 409, "balance_too_small");
    assert_eq!(balance_after("pay-outs", largest + 1, "All").await, Some(0));
    refused(&at_counter("pay-outs", json!({"amount": 1, "note": "More"})).await, 409, "balance_too_small");

    refused(&at_counter("corrections", json!({"amount": 0, "note": "None"})).await, 400, "invalid_field");
    refused(&at_counter("corrections", json!({"amount": -1, "note": "More"})).await, 409, "balance_too_small");
    assert_eq!(balance_after("corrections", 7, "Up").await, Some(7));
    refused(&at_counter("corrections", json!({"amount": -8, "note": "Too far"})).await, 409, "balance_too_small");
    assert_eq!(balance_after("corrections", -7, "Down to nothing").await, Some(0));

    // Why it was, beside each that needed a reason.
    let booked = office.get("/v1/operator/reports/postings", OPERATOR).await.json();
    let notes =
        booked["postings"].as_array().expect("postings").iter().map(|of| of["note"].as_str().unwrap_or_default());
    let mut notes: Vec<_> = notes.collect();
    notes.sort_unstable();
    assert_eq!(notes, ["", "", "All", "Down to nothing", "Up"], "{booked}");

    // The newest first, each with what was left; a page goes on where the one before it ended.
    let told = async |path: &str| {
        let page = office.get(path, &buyer.session).await.json();
        let amounts = page["postings"].as_array().expect("postings").iter().map(|one| one["amount"].as_i64());
        (amounts.collect::<Option<Vec<_>>>().expect("amounts"), page["next_cursor"].clone())
    };
    let (first, next) = told("/v1/balance/postings?limit=2").await;
    assert_eq!(first, [-7, 7]);
    let next = next.as_str().expect("more follow").to_owned();
    let (rest, end) = told(&format!("/v1/balance/postings?cursor={next}")).await;
    assert_eq!((rest, end), (vec![-largest - 1, 1, largest], Value::Null));
    let other = office.buyer().await;
    let anothers = office.get(&format!("/v1/balance/postings?cursor={next}"), &other.session).await;
    refused(&anothers, 400, "invalid_field");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_seats_are_paid_for_at_once_and_not_one_more() {
    let office = Office::with(|config| config.terms.seats_per_user = Some(64)).await;
    let concert = office.concert(Value::Null, 2, 50).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let some = |count: usize| seats[..count].iter().map(String::as_str).collect::<Vec<_>>();
    office.top_up(&token, 100_000).await;
    refused(&office.pay(&token, &some(65), 65_000).await, 400, "invalid_field");
    let twice = [seats[0].as_str(), &seats[1], &seats[0]];
    refused(&office.pay(&token, &twice, 3000).await, 400, "invalid_field");
    refused(&office.hold(&token, &concert, &twice).await, 400, "invalid_field");
    let paid = office.pay(&token, &some(64), 64_000).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    office.verify();
}
