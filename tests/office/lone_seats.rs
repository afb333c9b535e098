//! The lone-seat rule for seats that buyers pick: no single free seat is left alone, unless there is no other way.

use serde_json::{Value, json};

use crate::contention::{enter_all, post, rush, tally};
use crate::support::{Concert, HOUR_MS, Office, refused, text};

/// A concert with these rows, in which no seat may be left alone.
async fn concert_of(office: &Office, rows: Value, prices: Value) -> Concert {
    let free = office.concert(json!({"max_admitted": null}), 1, 1).await;
    let hall = json!({"name": "Small", "sections": [{"name": "Stalls", "rows": rows}]});
    let hall = office.make("/v1/operator/halls", hall).await["id"].clone();
    let starts_at = office.now().plus_ms(30 * 24 * HOUR_MS).to_rfc3339();
    let performance = json!({"concert_id": free.id, "hall_id": hall, "starts_at": starts_at, "prices": prices,
        "refuse_lone_seats": true});
    let performance = office.make("/v1/operator/performances", performance).await["id"].clone();
    Concert { id: free.id, performance: text(&performance) }
}

/// So many rows of five seats.
async fn concert(office: &Office, rows: u32) -> Concert {
    let rows: Vec<_> = (1..=rows).map(|row| json!({"name": row.to_string(), "seats": 5, "grade": "R"})).collect();
    concert_of(office, json!(rows), json!({"R": 1000})).await
}

fn ids(value: &Value) -> Vec<&str> {
    value.as_array().expect("ids").iter().map(|id| id.as_str().expect("an id")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_seat_is_left_alone_while_there_are_others() {
    let office = Office::open().await;
    let concert = concert(&office, 2).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let seat = |row: usize, at: usize| seats[5 * row + at - 1].as_str();
    office.top_up(&token, 10_000).await;

    let held = office.hold(&token, &concert, &[seat(0, 2), seat(0, 3)]).await;
    refused(&held, 409, "lone_seat");
    assert_eq!(ids(&held.json()["lone_seat_ids"]), [seat(0, 1)]);
    let paid = office.pay(&token, &[seat(0, 3), seat(0, 4)], 2000).await;
    refused(&paid, 409, "lone_seat");
    assert_eq!(ids(&paid.json()["lone_seat_ids"]), [seat(0, 5)]);

    let refusal = held.json();
    let instead = ids(&refusal["instead"]);
    assert_eq!(instead.len(), 2, "as many as were picked");
    let hold = office.held(&token, &concert, &instead).await;
    assert_eq!(office.pay(&token, &instead, 2000).await.status, 201, "what is held is not looked at again: {hold}");
    office.verify();
}

/// Where all others are of another grade or kind there is no other way: nobody is sent to a seat that is not alike.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_sent_to_seats_of_another_grade_or_kind() {
    let office = Office::open().await;
    let wheelchair = |label: &str| json!({"label": label, "kind": "wheelchair"});
    let row = |name: &str, seats: Value, grade: &str| json!({"name": name, "seats": seats, "grade": grade});
    let spaces: Vec<_> = ["1", "2", "3"].map(wheelchair).into();
    let rows = json!([row("1", json!(3), "V"), row("2", json!(spaces), "R"), row("3", json!(9), "R")]);
    let concert = concert_of(&office, rows, json!({"R": 1000, "V": 2000})).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.held(&token, &concert, &[&seats[0], &seats[1]]).await;
    office.held(&token, &concert, &[&seats[3], &seats[4]]).await;
    // Of its own kind and grade there are others.
    let other = office.enter(&office.buyer().await, &concert).await;
    refused(&office.hold(&other, &concert, &[&seats[7], &seats[8]]).await, 409, "lone_seat");
    office.verify();
}

/// One row is left, and of that two seats: whoever wants one of them leaves the other alone, and gets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rule_never_costs_a_sale() {
    let office = Office::open().await;
    let concert = concert(&office, 1).await;
    let (first, second) = (office.buyer().await, office.buyer().await);
    let (first, second) = (office.enter(&first, &concert).await, office.enter(&second, &concert).await);
    let seats = office.seat_ids(&first, &concert).await;
    let three: Vec<_> = seats[..3].iter().map(String::as_str).collect();
    office.held(&first, &concert, &three).await;
    let hold = office.held(&second, &concert, &[&seats[3]]).await;
    assert_eq!(hold["amount"], 1000);
    office.top_up(&first, 1000).await;
    assert_eq!(office.pay(&first, &[&seats[4]], 1000).await.status, 201, "the last seat is nobody's neighbour");
    office.verify();
}

/// All of them pick two seats of the first rows; the last ones stay free, so that everybody could sit there instead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rush_leaves_no_seat_alone() {
    let office = Office::open().await;
    let concert = concert(&office, 20).await;
    let tokens = enter_all(&office, &office.buyers(120).await, &concert).await;
    let seats = office.seat_ids(&tokens[0], &concert).await;
    let pick = |(at, token): (usize, &String)| {
        let first = 5 * (at % 16) + at / 16 % 4;
        let body = json!({"performance_id": concert.performance, "seat_ids": [seats[first], seats[first + 1]]});
        post("/v1/holds", token, body)
    };
    let answers = rush(&office, tokens.iter().enumerate().map(pick).collect()).await;
    let kinds = tally(&answers);
    let count = |status: u16, code: &str| kinds.get(&(status, code.to_owned())).copied().unwrap_or_default();
    assert_eq!(count(201, "") + count(409, "lone_seat") + count(409, "seat_taken"), 120, "{kinds:?}");
    assert!(count(201, "") > 0 && count(409, "lone_seat") > 0, "{kinds:?}");
    let map = office.get(&format!("/v1/performances/{}/seats", concert.performance), &tokens[0]).await.json();
    let states: Vec<_> = map["seats"].as_array().expect("seats").iter().map(|seat| text(&seat["state"])).collect();
    for row in states.chunks(5) {
        let is_free = |at: usize| row.get(at).is_some_and(|state| state == "available");
        let alone = (0..5).find(|at| is_free(*at) && !is_free(at.wrapping_sub(1)) && !is_free(at + 1));
        assert_eq!(alone, None, "{row:?}");
    }
    office.verify();
}
