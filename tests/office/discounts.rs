//! Discount codes: made at the desk, given at the payment, each used as often as it may be and never once more.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::contention::{enter_all, post, rush, tally};
use crate::support::{Concert, HOUR_MS, OPERATOR, Office, refused, text};

async fn make(office: &Office, concert: &Concert, batch: Value) -> Value {
    office.make(&format!("/v1/operator/concerts/{}/code-batches", concert.id), batch).await
}

fn percent(percent: u8, code: &str) -> Value {
    json!({"name": "Spring", "discount": {"percent": percent}, "code": code})
}

fn bill_path(code: &str) -> String {
    format!("/v1/bill?code={code}")
}

fn with_code(seats: &[&String], amount: i64, code: &str) -> Value {
    json!({"seat_ids": seats, "amount": amount, "code": code})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sum_that_a_buyer_saw_with_a_code_is_the_sum_that_is_paid() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 10).await;
    make(&office, &concert, percent(15, "Spring 26")).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.held(&token, &concert, &[&seats[0], &seats[1]]).await;
    office.top_up(&token, 5000).await;
    let both = [&seats[0], &seats[1]];

    let bill = office.get("/v1/bill", &token).await.json();
    assert_eq!((&bill["amount"], &bill["discount"]), (&json!(2000), &Value::Null), "{bill}");
    let bill = office.get(&bill_path("spring-26"), &token).await.json();
    assert_eq!((&bill["amount"], &bill["discount"], &bill["fees"]), (&json!(1700), &json!(300), &json!(0)), "{bill}");
    assert_eq!(bill["seats"][0]["price"], 850);

    refused(&office.get(&bill_path("SPRINT26"), &token).await, 404, "code_not_found");
    refused(&office.post("/v1/payments", &token, with_code(&both, 2000, "SPRING26")).await, 409, "amount_mismatch");
    refused(&office.post("/v1/payments", &token, with_code(&both, 1700, "SPRINT26")).await, 404, "code_not_found");
    let without = office.post("/v1/payments", &token, json!({"seat_ids": both, "amount": 1700})).await;
    refused(&without, 409, "amount_mismatch");
    let paid = office.post("/v1/payments", &token, with_code(&both, 1700, "spring 26")).await.json();
    assert_eq!(
        (&paid["amount"], &paid["discount"], &paid["balance"]),
        (&json!(1700), &json!(300), &json!(3300)),
        "{paid}"
    );
    assert_eq!(paid["tickets"][0]["seat"]["price"], 850);
    let shown = office.get(&format!("/v1/payments/{}", text(&paid["id"])), &buyer.session).await.json();
    assert_eq!((&shown["discount"], &shown["tickets"][1]["price"]), (&json!(300), &json!(850)));

    let listed = office.get(&format!("/v1/operator/concerts/{}/code-batches", concert.id), OPERATOR).await.json();
    assert_eq!(listed["code_batches"][0]["uses"], 1, "only what was paid is a use: {listed}");
    office.verify();
}

/// Who never had money here has no wallet before; the payment's debit makes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_for_nothing_is_paid_by_who_never_had_money() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    make(&office, &concert, percent(100, "GUEST")).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;

    let paid = office.post("/v1/payments", &token, with_code(&[&seats[0]], 0, "GUEST")).await;

    assert_eq!(paid.status, 201, "{}", paid.json());
    assert_eq!((&paid.json()["amount"], &paid.json()["balance"]), (&json!(0), &json!(0)));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_amount_goes_off_once_and_only_off_its_own_performance() {
    let office = Office::open().await;
    let first = office.concert(json!({"max_admitted": null}), 1, 10).await;
    let second = office.performance(&first, 10, office.now().plus_ms(40 * 24 * HOUR_MS)).await;
    let discount = json!({"amount": 1500, "performance_id": second.performance});
    make(&office, &first, json!({"name": "Late show", "discount": discount, "code": "LATE"})).await;
    let token = office.enter(&office.buyer().await, &first).await;
    let (here, there) = (office.seat_ids(&token, &first).await, office.seat_ids(&token, &second).await);
    office.top_up(&token, 5000).await;

    assert_eq!(office.get("/v1/bill", &token).await.json()["amount"], 0, "nothing is held");
    refused(&office.get(&bill_path("late"), &token).await, 400, "invalid_field");
    office.held(&token, &first, &[&here[0]]).await;
    refused(&office.get(&bill_path("late"), &token).await, 409, "code_not_for_these");
    office.held(&token, &second, &[&there[0]]).await;
    let bill = office.get(&bill_path("late"), &token).await.json();
    assert_eq!((&bill["amount"], &bill["discount"]), (&json!(1000), &json!(1000)), "never below nothing: {bill}");
    let seats = [&here[0], &there[0], &there[1]];
    let paid = office.post("/v1/payments", &token, with_code(&seats, 1500, "late")).await.json();
    let prices: Vec<_> = paid["tickets"].as_array().unwrap().iter().map(|of| of["seat"]["price"].clone()).collect();
    assert_eq!(prices, [1000, 250, 250], "{paid}");

    // A performance of another concert is none of this one's.
    let other = office.concert(Value::Null, 1, 2).await;
    let foreign = json!({"name": "X", "discount": {"percent": 5, "performance_id": other.performance}, "quantity": 1});
    let path = format!("/v1/operator/concerts/{}/code-batches", first.id);
    refused(&office.post(&path, OPERATOR, foreign).await, 404, "performance_not_found");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_codes_are_made_at_once_listed_and_fetched() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 10).await;
    let asked = json!({"name": "Fan club", "discount": {"percent": 100}, "quantity": 250, "uses_per_code": 1});
    let batch = make(&office, &concert, asked).await;
    let path = format!("/v1/operator/code-batches/{}", text(&batch["id"]));

    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = office.get(&format!("{path}/codes?limit=100{cursor}"), OPERATOR).await.json();
        listed.extend(page["codes"].as_array().unwrap().iter().map(|of| (text(&of["code"]), of["uses"].clone())));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(listed.iter().map(|(code, _)| code).collect::<BTreeSet<_>>().len(), 250, "all different");

    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let free = with_code(&[&seats[0]], 0, &listed[7].0.to_lowercase());
    assert_eq!(office.post("/v1/payments", &token, free).await.status, 201);
    let again = office.enter(&office.buyer().await, &concert).await;
    refused(&office.post("/v1/payments", &again, with_code(&[&seats[1]], 0, &listed[7].0)).await, 409, "code_used_up");

    let csv = office.get(&format!("{path}/codes.csv"), OPERATOR).await;
    let csv = String::from_utf8(csv.body.to_vec()).unwrap();
    let lines: Vec<_> = csv.split("\r\n").collect();
    assert_eq!((lines[0], lines.len(), lines[251]), ("code,uses", 252, ""));
    assert_eq!((lines[8], lines[9]), (&*format!("{},1", listed[7].0), &*format!("{},0", listed[8].0)));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_with_three_uses_is_used_three_times_by_thirty_at_once() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 3, 10).await;
    let mut batch = percent(50, "HALF");
    batch["uses_per_code"] = json!(3);
    let batch = make(&office, &concert, batch).await;
    let tokens = enter_all(&office, &office.buyers(30).await, &concert).await;
    let seats = office.seat_ids(&tokens[0], &concert).await;
    for token in &tokens {
        office.top_up(token, 1000).await;
    }
    let pay = |(token, seat): (&String, &String)| post("/v1/payments", token, with_code(&[seat], 500, "half"));
    let answers = rush(&office, tokens.iter().zip(&seats).map(pay).collect()).await;
    let counts = tally(&answers);
    assert_eq!(counts[&(201, String::new())], 3, "{counts:?}");
    assert_eq!(counts[&(409, "code_used_up".to_owned())], 27, "{counts:?}");
    let shown = office.get(&format!("/v1/operator/code-batches/{}", text(&batch["id"])), OPERATOR).await.json();
    assert_eq!(shown["uses"], 3);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_batch_is_taken_no_more() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 10).await;
    let batch = make(&office, &concert, percent(50, "HALF")).await;
    let path = format!("/v1/operator/code-batches/{}", text(&batch["id"]));
    let codes = format!("/v1/operator/concerts/{}/code-batches", concert.id);
    refused(&office.post(&codes, OPERATOR, percent(10, "h-a-l-f")).await, 409, "code_taken");

    let stale = office.with_header("DELETE", &path, OPERATOR, ("if-match", "\"1\""), Value::Null).await;
    refused(&stale, 412, "changed_meanwhile");
    assert_eq!(office.delete(&path, OPERATOR).await.status, 204);
    assert_ne!(office.get(&path, OPERATOR).await.json()["ended_at"], Value::Null);
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.held(&token, &concert, &[&seats[0]]).await;
    refused(&office.get(&bill_path("half"), &token).await, 404, "code_not_found");
    for bad in [
        json!({"name": "X", "discount": {"percent": 5}, "code": "ABC", "quantity": 3}),
        json!({"name": "X", "discount": {"percent": 5, "amount": 5}, "code": "ABC"}),
        json!({"name": "X", "discount": {"percent": 101}, "code": "ABC"}),
        json!({"name": "X", "discount": {"amount": 0}, "code": "ABC"}),
        json!({"name": "X", "discount": {"percent": 5}, "code": "=SUM(A1)"}),
        json!({"name": "X", "discount": {"percent": 5}, "quantity": 5001}),
        json!({"name": "X", "discount": {"percent": 5}, "code": "ABC", "uses_per_code": 0}),
        json!({"name": "X", "code": "ABC"}),
    ] {
        refused(&office.post(&codes, OPERATOR, bad).await, 400, "invalid_field");
    }
    office.verify();
}
