//! Blocks: what the operator keeps from sale, with a reason, and frees again, without touching what is held or sold.

use serde_json::{Value, json};

use crate::contention::{enter_all, post, rush, tally};
use crate::support::{Concert, HOUR_MS, OPERATOR, Office, refused, text};

fn desk(concert: &Concert) -> String {
    format!("/v1/operator/performances/{}/blocks", concert.performance)
}

async fn blocks(office: &Office, concert: &Concert) -> Vec<Value> {
    office.get(&desk(concert), OPERATOR).await.json()["blocks"].as_array().expect("blocks").clone()
}

fn ids(block: &Value) -> Vec<String> {
    block["seats"].as_array().expect("seats").iter().map(|seat| text(&seat["id"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocked_seats_are_not_sold_until_they_are_freed() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 6).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.held(&token, &concert, &[&seats[0]]).await;

    let wanted = json!({"reason": " Camera ", "seat_ids": [seats[0], seats[1], seats[2], seats[3]]});
    let taken = office.post(&desk(&concert), OPERATOR, wanted.clone()).await;
    refused(&taken, 409, "seat_taken");
    assert_eq!(taken.json()["seat_ids"], json!([seats[0]]), "none is blocked");
    let mut wanted = wanted;
    wanted["skip_taken"] = json!(true);
    let block = office.make(&desk(&concert), wanted).await;
    assert_eq!((&block["reason"], ids(&block)), (&json!("Camera"), seats[1..4].to_vec()));
    assert_eq!(blocks(&office, &concert).await, std::slice::from_ref(&block));
    let states = office.seat_states(&token, &concert).await;
    assert_eq!(states, ["held", "blocked", "blocked", "blocked", "available", "available"]);
    refused(&office.hold(&token, &concert, &[&seats[1]]).await, 409, "seat_taken");
    refused(&office.pay(&token, &[&seats[1]], 1000).await, 409, "seat_taken");

    let path = format!("{}/{}", desk(&concert), text(&block["id"]));
    let left = office.post(&format!("{path}/free"), OPERATOR, json!({"seat_ids": [seats[2]]})).await;
    assert_eq!((left.status, ids(&left.json())), (200, vec![seats[1].clone(), seats[3].clone()]));
    office.held(&token, &concert, &[&seats[2]]).await;
    refused(
        &office.post(&format!("{path}/free"), OPERATOR, json!({"seat_ids": [seats[2]]})).await,
        400,
        "invalid_field",
    );
    assert_eq!(office.delete(&path, OPERATOR).await.status, 204);
    refused(&office.delete(&path, OPERATOR).await, 404, "block_not_found");
    assert_eq!(blocks(&office, &concert).await, Vec::<Value>::new());
    let states = office.seat_states(&token, &concert).await;
    assert_eq!(states, ["held", "available", "held", "available", "available", "available"]);
    office.verify();
}

/// A hold that has ended keeps no seat from being blocked, and what was blocked outlives a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_hold_gives_way_to_a_block() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 2).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let hold = office.held(&token, &concert, &[&seats[0]]).await;
    office.clock.set(crate::support::instant(&hold["held_until"]));
    let block = json!({"reason": "Rain", "seat_ids": seats});
    let made = office.make(&desk(&concert), block).await;
    office.advance_ms(1_000).await;
    let office = office.restart().await;
    assert_eq!(blocks(&office, &concert).await, [made], "as it was made");
    let token = office.enter(&office.buyer().await, &concert).await;
    assert_eq!(office.seat_states(&token, &concert).await, ["blocked", "blocked"]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_and_buyers_never_have_the_same_seat() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 40).await;
    let tokens = enter_all(&office, &office.buyers(40).await, &concert).await;
    let seats = office.seat_ids(&tokens[0], &concert).await;
    let mut moves: Vec<_> = tokens
        .iter()
        .zip(&seats)
        .map(|(token, seat)| {
            post("/v1/holds", token, json!({"performance_id": concert.performance, "seat_ids": [seat]}))
        })
        .collect();
    let block = |some: &[String]| {
        post(&desk(&concert), OPERATOR, json!({"reason": "Rush", "seat_ids": some, "skip_taken": true}))
    };
    moves.splice(20..20, seats.chunks(8).map(block));
    let answers = rush(&office, moves).await;
    let kinds = tally(&answers);
    let blocked: usize = blocks(&office, &concert).await.iter().map(|block| ids(block).len()).sum();
    let held = answers.iter().filter(|answer| answer.status == 201).count();
    assert!(kinds.keys().all(|(status, code)| *status == 201 || code == "seat_taken"), "{kinds:?}");
    let states = office.seat_states(&tokens[0], &concert).await;
    let count = |state: &str| states.iter().filter(|is| *is == state).count();
    assert_eq!((count("blocked"), count("blocked") + count("held")), (blocked, 40), "{held} answers of 201");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standing_places_are_blocked_by_number() {
    let office = Office::open().await;
    let of = office.concert(Value::Null, 1, 1).await;
    let hall = json!({"name": "Club", "sections": [{"name": "Floor", "capacity": 100, "grade": "R"},
        {"name": "Balcony", "rows": [{"name": "1", "seats": 2, "grade": "S"}]}]});
    let hall = office.make("/v1/operator/halls", hall).await["id"].clone();
    let starts_at = office.now().plus_ms(30 * 24 * HOUR_MS).to_rfc3339();
    let performance =
        json!({"concert_id": of.id, "hall_id": hall, "starts_at": starts_at, "prices": {"R": 500, "S": 900}});
    let performance = text(&office.make("/v1/operator/performances", performance).await["id"]);
    let concert = Concert { id: of.id, performance };
    let token = office.enter(&office.buyer().await, &concert).await;
    let path = format!("/v1/performances/{}/seats", concert.performance);
    let whole = office.get(&path, &token).await.json();
    let floor =
        |available| json!([{"section": "Floor", "grade": "R", "price": 500, "capacity": 100, "available": available}]);
    assert_eq!(whole["standing"], floor(100));

    let block = |quantity| json!({"reason": "Stage ramp", "standing": {"section": "Floor", "quantity": quantity}});
    let made = office.make(&desk(&concert), block(70)).await;
    assert_eq!((&made["standing"], ids(&made)), (&json!({"section": "Floor", "quantity": 70}), vec![]));
    let too_many = office.post(&desk(&concert), OPERATOR, block(31)).await;
    refused(&too_many, 409, "not_enough_seats");
    assert_eq!(too_many.json()["available"], 30);
    refused(&office.post(&desk(&concert), OPERATOR, block(0)).await, 400, "invalid_field");
    let changes = office.get(&format!("{path}?since={}", whole["version"]), &token).await.json();
    assert_eq!(changes["standing"], json!([{"section": "Floor", "available": 30}]));
    assert_eq!(office.get(&path, &token).await.json()["standing"], floor(30));
    let date = office.get("/v1/dates", &token).await.json();
    let date =
        date["dates"].as_array().expect("dates").iter().find(|date| date["performance_id"] == *concert.performance);
    assert_eq!(date.expect("the date")["available"], 32, "thirty places and two seats");

    let free = format!("{}/{}/free", desk(&concert), text(&made["id"]));
    refused(&office.post(&free, OPERATOR, json!({"quantity": 71})).await, 400, "invalid_field");
    let left = office.post(&free, OPERATOR, json!({"quantity": 20})).await.json();
    assert_eq!(left["standing"]["quantity"], 50);
    let office = office.restart().await;
    let token = office.enter(&office.buyer().await, &concert).await;
    assert_eq!(office.get(&path, &token).await.json()["standing"], floor(50));
    office.verify();
}
