//! The box office stops and starts again in the middle of a journey: the buyer goes on where they were.

use boxoffice::store::StoreError;
use serde_json::{Value, json};

use crate::support::{Concert, HOUR_MS, Office, instant, refused, text};

/// What a buyer can see of their own place.
#[derive(Debug, PartialEq)]
struct Seen {
    position: Value,
    current: Value,
    holds: Vec<Value>,
    balance: Value,
    seats: Vec<String>,
}

async fn look_inside(office: &Office, session: &str, token: &str, concert: &Concert) -> Seen {
    let current = office.get(&format!("/v1/concerts/{}/queue/tokens/current", concert.id), session).await;
    assert_eq!(current.status, 200, "{}", current.json());
    Seen {
        position: office.position(token).await,
        current: current.json(),
        holds: office.holds(token).await,
        balance: office.balance(session).await,
        seats: office.seat_states(token, concert).await,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_buyer_goes_on_after_a_restart_at_every_step() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let first = office.enter(&office.buyer().await, &concert).await;
    let buyer = office.buyer().await;
    let joined = office.join(&buyer, &concert).await;
    let token = text(&joined["token"]);
    let behind = text(&office.join(&office.buyer().await, &concert).await["token"]);

    // Waiting.
    let before = (office.position(&token).await, office.position(&behind).await);
    let office = office.restart().await;
    assert_eq!((office.position(&token).await, office.position(&behind).await), before);
    assert_eq!(before.0["position"], 1);
    let current = office.get(&format!("/v1/concerts/{}/queue/tokens/current", concert.id), &buyer.session).await;
    assert_eq!(current.json(), joined);

    // Admitted, a minute later.
    office.advance_ms(60_000).await;
    office.delete("/v1/queue/tokens/current", &first).await;
    let before = look_inside(&office, &buyer.session, &token, &concert).await;
    assert_eq!(before.position["status"], "admitted");
    let office = office.restart().await;
    assert_eq!(look_inside(&office, &buyer.session, &token, &concert).await, before);
    refused(&office.get("/v1/dates", &behind).await, 403, "not_admitted");

    // Holding.
    let seats = office.seat_ids(&token, &concert).await;
    let hold = office.held(&token, &concert, &[&seats[0], &seats[1]]).await;
    let before = look_inside(&office, &buyer.session, &token, &concert).await;
    let office = office.restart().await;
    let after = look_inside(&office, &buyer.session, &token, &concert).await;
    assert_eq!(after, before);
    assert_eq!(after.holds, [hold]);
    assert_eq!(after.seats, ["held", "held", "available", "available"]);

    // Topped up.
    office.top_up(&token, 5000).await;
    let before = look_inside(&office, &buyer.session, &token, &concert).await;
    let office = office.restart().await;
    assert_eq!(look_inside(&office, &buyer.session, &token, &concert).await, before);
    assert_eq!(before.balance, 5000);

    // Paid.
    let paid = office.pay(&token, &[&seats[0], &seats[1]], 2000).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    let office = office.restart().await;
    refused(&office.get("/v1/queue/position", &token).await, 401, "token_completed");
    assert_eq!(office.balance(&buyer.session).await, 3000);
    let ticket = format!("/v1/tickets/{}", text(&paid.json()["tickets"][1]["code"]));
    assert_eq!(office.get(&ticket, &buyer.session).await.json()["seat"]["id"], json!(seats[1]));
    let listed = office.get("/v1/payments", &buyer.session).await.json();
    assert_eq!(listed["payments"][0]["id"], paid.json()["id"]);
    assert_eq!(office.position(&behind).await["status"], "admitted");
    assert_eq!(office.seat_states(&behind, &concert).await, ["sold", "sold", "available", "available"]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_died_before_a_restart_stays_dead_and_says_why() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let dead = office.dead_tokens(&concert).await;

    let office = office.restart().await;

    for (token, code) in dead {
        refused(&office.get("/v1/queue/position", &token).await, 401, code);
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_ends_at_its_instant_though_the_box_office_was_restarted() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 2).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let other = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let until = instant(&office.held(&token, &concert, &[&seats[0]]).await["held_until"]);
    office.advance_to(until, -1).await;

    let office = office.restart().await;

    refused(&office.hold(&other, &concert, &[&seats[0]]).await, 409, "seat_taken");
    office.advance_to(until, 0).await;
    assert_eq!(office.seat_states(&other, &concert).await, ["available", "available"]);
    office.held(&other, &concert, &[&seats[0]]).await;
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_box_office_frees_its_data_file_though_a_task_still_holds_it() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 2).await;
    let held = office.app.clone();

    let office = office.restart().await;

    let late = held.store.write(|_| Ok::<_, StoreError>(())).await;
    assert!(matches!(late, Err(StoreError::Stopped)), "{late:?}");
    drop(held);
    office.enter(&office.buyer().await, &concert).await;
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_due_while_the_box_office_was_closed_is_done_when_it_opens() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 2).await;
    let inside = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&inside, &concert).await;
    office.held(&inside, &concert, &[&seats[0]]).await;
    let next = text(&office.join(&office.buyer().await, &concert).await["token"]);
    office.clock.advance_ms(HOUR_MS);

    let office = office.restart().await;
    office.advance_ms(0).await;

    refused(&office.get("/v1/queue/position", &inside).await, 401, "token_expired");
    let standing = office.position(&next).await;
    assert_eq!(standing["status"], "admitted");
    assert_eq!(instant(&standing["admitted_until"]), office.now().plus_ms(600_000));
    assert_eq!(office.seat_states(&next, &concert).await, ["available", "available"]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_wait_get_fresh_grace_after_a_restart() {
    let office = Office::open().await;
    let concert = office.concert(json!({"state": "paused", "absence_seconds": 60}), 1, 4).await;
    let token = text(&office.join(&office.buyer().await, &concert).await["token"]);
    office.advance_ms(59_000).await;

    let office = office.restart().await;

    office.advance_ms(59_000).await;
    assert_eq!(office.position(&token).await["status"], "waiting");
    office.advance_ms(office.silence_ms(62_000)).await;
    refused(&office.get("/v1/queue/position", &token).await, 401, "token_expired");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_line_keeps_its_order() {
    const LINE: usize = 120;
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1, "absence_seconds": 86_400}), 1, 4).await;
    let mut line = Vec::new();
    for buyer in office.buyers(LINE as u32).await {
        line.push(text(&office.join(&buyer, &concert).await["token"]));
    }
    // Every seventh has left: places were given up in the middle of the line.
    for leaver in line.iter().skip(6).step_by(7) {
        assert_eq!(office.delete("/v1/queue/tokens/current", leaver).await.status, 204);
    }
    let mut line: Vec<_> = line.into_iter().enumerate().filter(|(at, _)| at % 7 != 6).map(|(_, token)| token).collect();
    let mut before = Vec::new();
    for token in &line {
        before.push(office.position(token).await);
    }

    let office = office.restart().await;

    for (token, before) in line.iter().zip(&before) {
        assert_eq!(office.position(token).await, *before);
    }
    let positions: Vec<_> = before.iter().map(|standing| standing["position"].as_u64()).collect();
    assert_eq!(positions, (0..line.len() as u64).map(Some).collect::<Vec<_>>());
    let latecomer = office.join(&office.buyer().await, &concert).await;
    assert_eq!(latecomer["number"], LINE + 1);
    line.push(text(&latecomer["token"]));
    for pair in line.windows(2) {
        assert_eq!(office.position(&pair[0]).await["status"], "admitted");
        assert_eq!(office.position(&pair[1]).await["status"], "waiting");
        office.delete("/v1/queue/tokens/current", &pair[0]).await;
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_came_before_the_sale_are_drawn_after_a_restart() {
    let office = Office::open().await;
    let on_sale_at = office.now().plus_ms(60_000);
    let concert = json!({
        "title": "Concert", "time_zone": "Asia/Seoul", "queue": {"max_admitted": 1},
        "on_sale_at": on_sale_at.to_rfc3339(),
    });
    let concert = office.make("/v1/operator/concerts", concert).await;
    let shown = format!("/v1/concerts/{}", text(&concert["id"]));
    let concert = Concert { id: text(&concert["id"]), performance: String::new() };
    let mut tokens = Vec::new();
    for buyer in office.buyers(10).await {
        tokens.push(text(&office.join(&buyer, &concert).await["token"]));
    }
    let promised = office.get(&shown, "").await.json()["draw"].clone();
    assert_eq!((&promised["seed"], &promised["drawn_at"]), (&Value::Null, &Value::Null));

    let office = office.restart().await;
    assert_eq!(office.get(&shown, "").await.json()["draw"], promised);
    assert_eq!(office.position(&tokens[0]).await["number"], Value::Null);
    office.advance_to(on_sale_at, 0).await;
    let mut numbers = Vec::new();
    for token in &tokens {
        numbers.push(office.position(token).await["number"].as_u64().expect("a number"));
    }
    let office = office.restart().await;

    for (token, number) in tokens.iter().zip(&numbers) {
        assert_eq!(office.position(token).await["number"], *number);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert_eq!(office.get(&shown, "").await.json()["draw"]["seed_hash"], promised["seed_hash"]);
    office.verify();
}

/// What was held before a stop is written off when its time comes, as if there had been none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_written_off_after_a_restart_too() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let until = instant(&office.held(&token, &concert, &[&seats[0]]).await["held_until"]);
    let office = office.restart().await;
    let holds = || {
        let file = rusqlite::Connection::open(&office.data).expect("the data file");
        file.query_row("SELECT count(*) FROM hold", [], |row| row.get::<_, i64>(0)).expect("a count")
    };
    assert_eq!(holds(), 1);
    office.advance_to(until, 1).await;
    assert_eq!(holds(), 0);
    office.verify();
}
