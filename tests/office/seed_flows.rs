//! The seed's sequence diagrams, each flow with its failure branches, told as they are drawn.

use serde_json::{Value, json};

use crate::support::{Office, refused, text};

/// Diagram: payment. Token, seats and amount in; balance read, debit, seats booked, queue token expired.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payment_books_the_seats_and_ends_the_token() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 2, 10).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 5000).await;

    let paid = office.pay(&token, &[&seats[0], &seats[1]], 2000).await;

    assert_eq!(paid.status, 201, "{}", paid.json());
    assert_eq!(paid.json()["balance"], 3000);
    assert_eq!(paid.json()["tickets"].as_array().map(Vec::len), Some(2));
    refused(&office.get("/v1/queue/position", &token).await, 401, "token_completed");
    let ticket = text(&paid.json()["tickets"][0]["code"]);
    let shown = office.get(&format!("/v1/tickets/{ticket}"), &buyer.session).await;
    assert_eq!(shown.json()["seat"]["id"], json!(seats[0]));
    office.verify();
}

/// Branch: the balance is too small.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payment_without_enough_money_changes_nothing() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 999).await;

    let paid = office.pay(&token, &[&seats[0]], 1000).await;

    refused(&paid, 402, "insufficient_balance");
    assert_eq!(office.get("/v1/balance", &token).await.json()["balance"], 999);
    assert_eq!(office.get("/v1/queue/position", &token).await.json()["status"], "admitted");
    office.verify();
}
