//! Every time limit one millisecond before, at and after its instant. The clock is moved without telling the box
//! office: what has ended is dead at its instant, whether or not anything came by to note it.

use boxoffice::clock::Instant;
use boxoffice::ids::Ordinal;
use boxoffice::reservation::HoldKey;
use boxoffice::visit;
use serde_json::{Value, json};

use crate::support::{Concert, HOUR_MS, Office, instant, refused, text};

/// Moves the clock, and nothing else.
fn at(office: &Office, instant: Instant, ms: i64) {
    office.clock.set(instant.plus_ms(ms));
}

/// Two buyers inside, and the seats they look at.
async fn two_inside(office: &Office) -> (Concert, String, String, Vec<String>) {
    let concert = office.concert(Value::Null, 1, 4).await;
    let one = office.enter(&office.buyer().await, &concert).await;
    let other = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&one, &concert).await;
    (concert, one, other, seats)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_keeps_its_seat_to_its_last_millisecond() {
    let office = Office::open().await;
    let (concert, one, other, seats) = two_inside(&office).await;
    let hold = office.held(&one, &concert, &[&seats[0]]).await;
    let until = instant(&hold["held_until"]);
    assert_eq!(until, office.now().plus_ms(300_000));
    let release = format!("/v1/holds/{}", text(&hold["id"]));

    at(&office, until, -1);
    refused(&office.hold(&other, &concert, &[&seats[0]]).await, 409, "seat_taken");
    assert_eq!(office.holds(&one).await, [hold]);
    assert_eq!(office.seat_states(&other, &concert).await[0], "held");

    at(&office, until, 0);
    assert_eq!(office.holds(&one).await, [] as [Value; 0]);
    assert_eq!(office.seat_states(&other, &concert).await[0], "available");
    refused(&office.delete(&release, &one).await, 404, "hold_not_found");
    office.held(&other, &concert, &[&seats[0]]).await;

    at(&office, until, 1);
    refused(&office.hold(&one, &concert, &[&seats[0]]).await, 409, "seat_taken");
    assert_eq!(office.seat_states(&one, &concert).await[0], "held");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admission_lasts_to_its_last_millisecond() {
    let office = Office::open().await;
    let (concert, one, _, seats) = two_inside(&office).await;
    let until = instant(&office.position(&one).await["admitted_until"]);
    assert_eq!(until, office.now().plus_ms(600_000));

    at(&office, until, -1);
    assert_eq!(office.get("/v1/dates", &one).await.status, 200);
    assert_eq!(office.position(&one).await["status"], "admitted");
    office.top_up(&one, 1000).await;

    for ms in [0, 1] {
        at(&office, until, ms);
        for path in ["/v1/dates", "/v1/queue/position", "/v1/holds", "/v1/balance"] {
            refused(&office.get(path, &one).await, 401, "token_expired");
        }
        refused(&office.hold(&one, &concert, &[&seats[0]]).await, 401, "token_expired");
        refused(&office.pay(&one, &[&seats[0]], 1000).await, 401, "token_expired");
        refused(&office.delete("/v1/queue/tokens/current", &one).await, 401, "token_expired");
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_of_the_last_millisecond_of_an_admission_lengthens_the_visit() {
    let office = Office::open().await;
    let (concert, one, other, seats) = two_inside(&office).await;
    let admitted_until = instant(&office.position(&one).await["admitted_until"]);

    at(&office, admitted_until, -1);
    let until = instant(&office.held(&one, &concert, &[&seats[0]]).await["held_until"]);
    assert_eq!(until, admitted_until.plus_ms(299_999));

    at(&office, until, -1);
    let standing = office.position(&one).await;
    assert_eq!(instant(&standing["admitted_until"]), admitted_until);
    assert_eq!(instant(&standing["expires_at"]), until);
    refused(&office.get("/v1/dates", &other).await, 401, "token_expired");
    for ms in [0, 1] {
        at(&office, until, ms);
        refused(&office.get("/v1/queue/position", &one).await, 401, "token_expired");
        refused(&office.pay(&one, &[&seats[0]], 1000).await, 401, "token_expired");
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_admission_what_is_held_is_paid_and_nothing_else_taken() {
    let office = Office::open().await;
    let (concert, one, _, seats) = two_inside(&office).await;
    let admitted_until = instant(&office.position(&one).await["admitted_until"]);
    office.top_up(&one, 5000).await;
    at(&office, admitted_until, -1000);
    office.held(&one, &concert, &[&seats[0], &seats[1]]).await;
    let best = json!({"performance_id": concert.performance, "best": {"grade": "R", "quantity": 1}});

    for ms in [0, 1] {
        at(&office, admitted_until, ms);
        refused(&office.hold(&one, &concert, &[&seats[2]]).await, 403, "admission_over");
        refused(&office.post("/v1/holds", &one, best.clone()).await, 403, "admission_over");
        refused(&office.pay(&one, &[&seats[2]], 1000).await, 403, "admission_over");
        refused(&office.pay(&one, &[&seats[0], &seats[2]], 2000).await, 403, "admission_over");
    }
    assert_eq!(office.get("/v1/dates", &one).await.status, 200);
    assert_eq!(office.balance(&one).await, 5000);

    let paid = office.pay(&one, &[&seats[0], &seats[1]], 2000).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn releasing_the_last_hold_gives_the_visit_its_own_end_back() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 2}), 1, 4).await;
    let (one, other) = (office.buyer().await, office.buyer().await);
    let (one, other) = (office.enter(&one, &concert).await, office.enter(&other, &concert).await);
    let seats = office.seat_ids(&one, &concert).await;
    let admitted_until = instant(&office.position(&one).await["admitted_until"]);
    at(&office, admitted_until, -1000);
    let release = |hold: Value| format!("/v1/holds/{}", text(&hold["id"]));
    let early = release(office.held(&one, &concert, &[&seats[0]]).await);
    let late = release(office.held(&other, &concert, &[&seats[1]]).await);

    let next = text(&office.join(&office.buyer().await, &concert).await["token"]);
    assert_eq!(office.position(&next).await["status"], "waiting");
    assert_eq!(office.delete(&early, &one).await.status, 204);
    assert_eq!(instant(&office.position(&one).await["expires_at"]), admitted_until);
    at(&office, admitted_until, 0);
    refused(&office.get("/v1/queue/position", &one).await, 401, "token_expired");

    assert_eq!(office.position(&other).await["status"], "admitted");
    assert_eq!(office.delete(&late, &other).await.status, 204);
    refused(&office.get("/v1/queue/position", &other).await, 401, "token_expired");
    assert_eq!(office.position(&next).await["status"], "admitted", "in the same commit");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_seat_is_paid_in_the_last_millisecond_of_its_hold() {
    let office = Office::open().await;
    let (concert, one, _, seats) = two_inside(&office).await;
    let admitted_until = instant(&office.position(&one).await["admitted_until"]);
    office.top_up(&one, 1000).await;
    at(&office, admitted_until, -1);
    let until = instant(&office.held(&one, &concert, &[&seats[0]]).await["held_until"]);

    at(&office, until, -1);
    let paid = office.pay(&one, &[&seats[0]], 1000).await;

    assert_eq!(paid.status, 201, "{}", paid.json());
    at(&office, until, 1);
    let next = office.enter(&office.buyer().await, &concert).await;
    assert_eq!(office.seat_states(&next, &concert).await[0], "sold");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_whose_hold_ended_is_lost_to_whoever_takes_it_at_that_instant() {
    let office = Office::open().await;
    let (concert, one, other, seats) = two_inside(&office).await;
    office.top_up(&one, 2000).await;
    office.top_up(&other, 1000).await;
    let until = instant(&office.held(&one, &concert, &[&seats[0], &seats[1]]).await["held_until"]);

    at(&office, until, 0);
    office.held(&other, &concert, &[&seats[0]]).await;
    let late = office.pay(&one, &[&seats[0], &seats[1]], 2000).await;

    refused(&late, 409, "seat_taken");
    assert_eq!(late.json()["seat_ids"], json!([seats[0]]));
    assert_eq!(office.balance(&one).await, 2000);
    assert_eq!(office.pay(&other, &[&seats[0]], 1000).await.status, 201);
    // Noting the end of the first hold leaves the other buyer's seat alone.
    office.advance_ms(1).await;
    assert_eq!(office.seat_states(&one, &concert).await[..2], ["sold", "available"]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_whose_hold_ended_is_still_sold_to_its_holder_while_it_is_free() {
    let office = Office::open().await;
    let (concert, one, other, seats) = two_inside(&office).await;
    office.top_up(&one, 2000).await;
    let until = instant(&office.held(&one, &concert, &[&seats[0]]).await["held_until"]);

    at(&office, until, 0);
    let paid = office.pay(&one, &[&seats[0]], 1000).await;

    assert_eq!(paid.status, 201, "{}", paid.json());
    office.advance_ms(1).await;
    assert_eq!(office.seat_states(&other, &concert).await[0], "sold");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_token_lasts_to_its_last_millisecond() {
    let office = Office::open().await;
    let concert = office.concert(json!({"state": "paused", "absence_seconds": 86_400}), 1, 4).await;
    let buyer = office.buyer().await;
    let joined = office.join(&buyer, &concert).await;
    let (token, until) = (text(&joined["token"]), instant(&joined["expires_at"]));
    assert_eq!(until, office.now().plus_ms(24 * HOUR_MS));
    let current = format!("/v1/concerts/{}/queue/tokens/current", concert.id);

    at(&office, until, -1);
    assert_eq!(office.position(&token).await["status"], "waiting");
    assert_eq!(office.get(&current, &buyer.session).await.status, 200);
    for ms in [0, 1] {
        at(&office, until, ms);
        refused(&office.get("/v1/queue/position", &token).await, 401, "token_expired");
        refused(&office.get("/v1/dates", &token).await, 401, "token_expired");
        refused(&office.get(&current, &buyer.session).await, 404, "not_in_queue");
    }
    // Its place is not in the way of anyone, not even of its own buyer.
    assert_eq!(office.join(&buyer, &concert).await["position"], 1);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_let_in_at_its_last_millisecond_serves_the_whole_visit() {
    let office = Office::open().await;
    let concert = office.concert(json!({"state": "paused", "absence_seconds": 86_400}), 1, 4).await;
    let joined = office.join(&office.buyer().await, &concert).await;
    let (token, until) = (text(&joined["token"]), instant(&joined["expires_at"]));

    at(&office, until, -1);
    let path = format!("/v1/operator/concerts/{}/queue", concert.id);
    assert_eq!(office.patch(&path, crate::support::OPERATOR, json!({"state": "open"})).await.status, 200);
    let admitted_until = instant(&office.position(&token).await["admitted_until"]);
    at(&office, admitted_until, -1);
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 1000).await;
    let held_until = instant(&office.held(&token, &concert, &[&seats[0]]).await["held_until"]);
    at(&office, held_until, -1);

    let paid = office.pay(&token, &[&seats[0]], 1000).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_lasts_to_its_last_millisecond() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let account = json!({"email": "one@example.org", "password": "correct horse", "name": "Buyer"});
    let signed_up = office.client().await.post("/v1/users", None, &account).await.expect("an answer").json();
    let session = text(&signed_up["session"]["secret"]);
    let until = instant(&signed_up["session"]["expires_at"]);
    let join = format!("/v1/concerts/{}/queue/tokens", concert.id);

    at(&office, until, -1);
    assert_eq!(office.post(&join, &session, Value::Null).await.status, 201);
    assert_eq!(office.balance(&session).await, 0);
    for ms in [0, 1] {
        at(&office, until, ms);
        refused(&office.post(&join, &session, Value::Null).await, 401, "session_invalid");
        for path in ["/v1/balance", "/v1/payments", &format!("{join}/current")] {
            refused(&office.get(path, &session).await, 401, "session_invalid");
        }
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_opens_and_a_sale_begins_at_their_milliseconds() {
    let office = Office::open().await;
    let (opens_at, on_sale_at) = (office.now().plus_ms(HOUR_MS), office.now().plus_ms(2 * HOUR_MS));
    let concert = json!({
        "title": "Concert", "time_zone": "Asia/Seoul", "queue": {"max_admitted": 1, "absence_seconds": 86_400},
        "queue_opens_at": opens_at.to_rfc3339(), "on_sale_at": on_sale_at.to_rfc3339(),
    });
    let concert = text(&office.make("/v1/operator/concerts", concert).await["id"]);
    let concert = Concert { id: concert, performance: String::new() };
    let buyers = office.buyers(3).await;

    at(&office, opens_at, -1);
    let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let early = office.post(&path, &buyers[0].session, Value::Null).await;
    refused(&early, 409, "queue_not_open");
    assert_eq!(instant(&early.json()["opens_at"]), opens_at);
    at(&office, opens_at, 0);
    let first = office.join(&buyers[0], &concert).await;
    at(&office, opens_at, 1);
    let second = office.join(&buyers[1], &concert).await;
    let tokens = [text(&first["token"]), text(&second["token"])];

    office.advance_to(on_sale_at, -1).await;
    for token in &tokens {
        let before = office.position(token).await;
        assert_eq!((&before["status"], &before["number"]), (&json!("waiting"), &Value::Null));
        assert_eq!((&before["position"], &before["ahead"]), (&Value::Null, &Value::Null));
        refused(&office.get("/v1/dates", token).await, 403, "not_admitted");
    }
    at(&office, on_sale_at, 0);
    let third = office.join(&buyers[2], &concert).await;
    assert_eq!((&third["number"], &third["position"], &third["status"]), (&json!(3), &json!(2), &json!("waiting")));
    let mut drawn = [office.position(&tokens[0]).await, office.position(&tokens[1]).await];
    drawn.sort_by_key(|standing| standing["number"].as_u64());
    assert_eq!((&drawn[0]["number"], &drawn[0]["status"]), (&json!(1), &json!("admitted")));
    assert_eq!((&drawn[1]["number"], &drawn[1]["position"]), (&json!(2), &json!(1)));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_performance_is_sold_until_the_millisecond_before_it_starts() {
    let office = Office::open().await;
    let (concert, one, other, seats) = two_inside(&office).await;
    let starts_at = office.now().plus_ms(60_000);
    let tonight = office.performance(&concert, 4, starts_at).await;
    let tonight_seats = office.seat_ids(&one, &tonight).await;
    office.held(&other, &tonight, &[&tonight_seats[3]]).await;
    office.top_up(&one, 1000).await;
    office.top_up(&other, 1000).await;
    let dates = async |token| office.get("/v1/dates", token).await.json()["dates"].as_array().map(Vec::len);

    at(&office, starts_at, -1);
    assert_eq!(dates(&one).await, Some(2));
    office.held(&one, &tonight, &[&tonight_seats[0]]).await;
    assert_eq!(office.pay(&one, &[&tonight_seats[0]], 1000).await.status, 201);
    for ms in [0, 1] {
        at(&office, starts_at, ms);
        assert_eq!(dates(&other).await, Some(1));
        refused(&office.hold(&other, &tonight, &[&tonight_seats[1]]).await, 409, "performance_started");
        refused(&office.pay(&other, &[&tonight_seats[3]], 1000).await, 409, "performance_started");
    }
    // The other date goes on.
    assert_eq!(office.pay(&other, &[&seats[0]], 1000).await.status, 201);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_is_joined_until_the_millisecond_before_the_sale_ends() {
    let office = Office::open().await;
    let end = office.now().plus_ms(HOUR_MS);
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "sale_ends_at": end.to_rfc3339()});
    let id = text(&office.make("/v1/operator/concerts", concert).await["id"]);
    let path = format!("/v1/concerts/{id}/queue/tokens");
    let (early, late) = (office.buyer().await, office.buyer().await);
    at(&office, end, -1);
    assert_eq!(office.post(&path, &early.session, Value::Null).await.status, 201);
    at(&office, end, 0);
    refused(&office.post(&path, &late.session, Value::Null).await, 409, "sale_over");
    office.verify();
}

/// Whoever says too early that a hold is over, as memory may that is a moment behind, gives nothing back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_lives_is_not_written_off() {
    let office = Office::open().await;
    let (concert, one, _, seats) = two_inside(&office).await;
    let hold = office.held(&one, &concert, &[&seats[0]]).await;
    let hold =
        HoldKey { concert: office.concert_key(&concert), ordinal: Ordinal(1), id: text(&hold["id"]).parse().unwrap() };
    office.app.store.write(move |tx| visit::domain::expire_holds(tx, &[hold])).await.expect("an answer");
    assert_eq!(office.seat_states(&one, &concert).await[0], "held");
    office.verify();
}
