//! What those who wait are told of what they wait for: how the sale stands, and what is left, by grade.

use serde_json::{Value, json};

use crate::streams::Stream;
use crate::support::{Concert, OPERATOR, Office, refused, text};

const POSITION: &str = "/v1/queue/position";
const WITH_SEATS: &str = "/v1/queue/position?seats=true";

/// What the first date's grade has left, as everyone may see it.
async fn in_public(office: &Office, concert: &Concert) -> Value {
    let answer = office.client().await.get(&format!("/v1/concerts/{}", concert.id), None).await.expect("an answer");
    let (shown, date) = (answer.json(), &answer.json()["dates"][0]);
    let grade = &date["grades"][0];
    let grade = json!({"grade": grade["grade"], "left": grade["left"], "available": grade["available"]});
    assert_eq!(shown["dates"].as_array().expect("dates").len(), 1);
    json!([{"performance_id": date["performance_id"], "sale": date["sale"], "left": date["left"], "grades": [grade]}])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_is_told_that_nothing_is_left() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let [inside, waiting] = office.buyers(2).await.try_into().expect("two buyers");
    let token = office.enter(&inside, &concert).await;
    let in_line = text(&office.join(&waiting, &concert).await["token"]);
    let seats = office.seat_ids(&token, &concert).await;
    let all: Vec<_> = seats.iter().map(String::as_str).collect();
    office.held(&token, &concert, &all).await;
    office.advance_ms(0).await;
    assert_eq!(office.position(&in_line).await["sale"], Value::Null, "what is held may come back");
    office.top_up(&token, 4000).await;
    let desk = format!("/v1/operator/concerts/{}/queue", concert.id);
    assert_eq!(office.patch(&desk, OPERATOR, json!({"state": "paused"})).await.status, 200);
    assert_eq!(office.pay(&token, &all, 4000).await.status, 201);
    office.advance_ms(0).await;
    let position = office.position(&in_line).await;
    assert_eq!((&position["status"], &position["sale"]), (&json!("waiting"), &json!("sold_out")));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_and_asks_knows_what_is_left() {
    let office = Office::with(|config| config.terms.seats_per_user = Some(64)).await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 8).await;
    let [inside, waiting] = office.buyers(2).await.try_into().expect("two buyers");
    let token = office.enter(&inside, &concert).await;
    let in_line = text(&office.join(&waiting, &concert).await["token"]);
    let seats = office.seat_ids(&token, &concert).await;
    office.advance_ms(0).await;

    let left = office.get(WITH_SEATS, &in_line).await.json()["seats_left"].clone();
    assert_eq!(left, in_public(&office, &concert).await);
    assert_eq!((&left[0]["left"], &left[0]["grades"][0]["available"]), (&json!("available"), &json!(8)));
    for without in [POSITION, "/v1/queue/position?seats=false"] {
        assert_eq!(office.get(without, &in_line).await.json()["seats_left"], Value::Null, "{without}");
    }
    // By the framework's own road.
    let long_way = office.get("/v1/queue/position?seats=true&more=1", &in_line).await;
    assert_eq!(long_way.json()["seats_left"], left);
    refused(&office.get("/v1/queue/position?seats=perhaps", &in_line).await, 400, "malformed_request");

    let stream = format!("{POSITION}/stream?seats=true");
    let mut follows = Stream::open(&office, &stream, Some(&in_line), &[]).await;
    assert_eq!(follows.data().await["seats_left"], left);
    let six: Vec<_> = seats[..6].iter().map(String::as_str).collect();
    office.held(&token, &concert, &six).await;
    office.advance_ms(0).await;
    let left = office.get(WITH_SEATS, &in_line).await.json()["seats_left"].clone();
    assert_eq!(left, in_public(&office, &concert).await);
    assert_eq!((&left[0]["left"], &left[0]["grades"][0]["available"]), (&json!("few"), &json!(2)));
    follows.until(|position| position["seats_left"] == left).await;
    office.verify();
}
