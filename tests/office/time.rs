//! The machine's clock is set, or the machine sleeps, while people wait, hold and pay: what lasts goes on in elapsed time,
//! nobody pays for the box office's own absence, and no sale starts by a leap.

use boxoffice::clock::{Clock, Instant, STANDS_MS};
use serde_json::{Value, json};

use crate::support::{Buyer, Concert, HOUR_MS, OPERATOR, Office, instant, refused, text};

const MINUTE_MS: i64 = 60_000;

/// One inside, two in line, patience of a minute.
struct Evening {
    office: Office,
    concert: Concert,
    inside: String,
    polls: String,
    silent: String,
}

async fn evening() -> Evening {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1, "absence_seconds": 60}), 1, 4).await;
    let buyers = office.buyers(3).await;
    let inside = office.enter(&buyers[0], &concert).await;
    let polls = text(&office.join(&buyers[1], &concert).await["token"]);
    let silent = text(&office.join(&buyers[2], &concert).await["token"]);
    Evening { office, concert, inside, polls, silent }
}

impl Evening {
    /// Time passes; one asks as told, the other stays silent.
    async fn pass_polling(&self, ms: i64) {
        for _ in 0..ms / 20_000 {
            self.office.advance_ms(20_000).await;
            self.office.position(&self.polls).await;
        }
    }

    async fn is_silent_one_there(&self) -> bool {
        let shown = self.office.get(&format!("/v1/operator/concerts/{}/queue", self.concert.id), OPERATOR).await.json();
        shown["waiting"] == 2
    }
}

/// A pause of 75 s is longer than anyone's patience, and nobody could be heard in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_dropped_for_a_silence_that_the_box_office_caused() {
    for away_ms in [75_000, 6 * MINUTE_MS] {
        let evening = evening().await;
        evening.pass_polling(40_000).await;

        evening.office.clock.pause_ms(away_ms);
        evening.office.app.run_due().await;

        evening.office.advance_ms(59_000).await;
        assert!(evening.is_silent_one_there().await, "away for {away_ms} ms: patience begins anew");
        assert_eq!(evening.office.position(&evening.polls).await["position"], 1);
        evening.office.advance_ms(evening.office.silence_ms(2_000)).await;
        assert!(!evening.is_silent_one_there().await, "and ends");
        refused(&evening.office.get("/v1/queue/position", &evening.silent).await, 401, "token_expired");
        evening.office.verify();
    }
}

/// The commit that drops the silent may be under way when the machine falls asleep.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_found_silent_before_a_pause_is_not_dropped_after_it() {
    let evening = evening().await;
    let line = evening.office.app.part::<boxoffice::queue::Lines>();
    let line = line.by_id(evening.concert.id.parse().unwrap()).unwrap();
    evening.office.clock.advance_ms(evening.office.silence_ms(61_000));
    let found = line.take_absent(evening.office.now());
    assert_eq!(found.len(), 2);

    evening.office.clock.pause_ms(75_000);
    let given_up: Vec<_> = found.iter().filter(|ordinal| line.give_up(**ordinal, evening.office.now())).collect();

    assert_eq!(given_up, [] as [&boxoffice::ids::Ordinal; 0]);
}

/// The time of day is set while people wait: no silence is measured by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_dropped_by_a_clock_that_is_set() {
    for step_ms in [5 * MINUTE_MS, -5 * MINUTE_MS, 24 * HOUR_MS] {
        let evening = evening().await;
        evening.pass_polling(40_000).await;
        evening.office.clock.step_wall_ms(step_ms);
        evening.office.advance_ms(10_000).await;
        assert!(evening.is_silent_one_there().await, "set by {step_ms} ms");
        assert_eq!(evening.office.position(&evening.polls).await["position"], 1);
        assert_eq!(evening.office.position(&evening.inside).await["status"], "admitted");
        evening.office.verify();
    }
}

/// After 280 of its 300 seconds a hold is alive, after 310 it is over, wherever the clock was set meanwhile. The visit that
/// it lengthened ends with it, and the next is let in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holds_and_visits_last_as_long_as_they_last() {
    for step_ms in [-HOUR_MS, HOUR_MS, 5 * MINUTE_MS, -24 * HOUR_MS, 365 * 24 * HOUR_MS] {
        let evening = evening().await;
        let (office, inside) = (&evening.office, &evening.inside);
        let seats = office.seat_ids(inside, &evening.concert).await;
        // A visit is ten minutes, and a little: the last hold ends it.
        evening.pass_polling(9 * MINUTE_MS).await;
        office.held(inside, &evening.concert, &[&seats[0]]).await;
        evening.pass_polling(40_000).await;

        office.clock.step_wall_ms(step_ms);
        evening.pass_polling(4 * MINUTE_MS).await;
        assert_eq!(office.holds(inside).await.len(), 1, "set by {step_ms} ms: not over before its time");
        assert_eq!(office.position(&evening.polls).await["status"], "waiting");

        office.advance_ms(30_000).await;
        refused(&office.get("/v1/queue/position", inside).await, 401, "token_expired");
        assert_eq!(office.position(&evening.polls).await["status"], "admitted", "set by {step_ms} ms");
        assert_eq!(office.seat_states(&evening.polls, &evening.concert).await[0], "available");
        office.verify();
    }
}

/// While the machine sleeps time passes: whoever held seats does not hold them for longer than they were told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_ends_while_the_machine_sleeps() {
    let evening = evening().await;
    let seats = evening.office.seat_ids(&evening.inside, &evening.concert).await;
    evening.office.held(&evening.inside, &evening.concert, &[&seats[0]]).await;

    evening.office.clock.pause_ms(6 * MINUTE_MS);

    assert_eq!(evening.office.holds(&evening.inside).await, [] as [Value; 0]);
    evening.office.app.run_due().await;
    assert_eq!(evening.office.seat_states(&evening.inside, &evening.concert).await[0], "available");
    evening.office.verify();
}

/// Sessions, and answers kept for a repeated request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_back_lengthens_no_session_and_keeps_no_answer() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let short = office.app.store.write(|tx| boxoffice::account::domain::open_sessions(tx, 1, 600)).await;
    let short = short.unwrap_or_else(|error| panic!("{error}")).remove(0).1;
    let topped_up = office.post_once("/v1/balance/top-ups", &token, "once", json!({"amount": 1000})).await;
    assert_eq!(topped_up.status, 201);

    office.clock.step_wall_ms(-24 * HOUR_MS);
    office.advance_ms(580_000).await;
    assert_eq!(office.get("/v1/balance", &short).await.status, 200);
    office.advance_ms(30_000).await;
    refused(&office.get("/v1/balance", &short).await, 401, "session_invalid");
    assert_eq!(jobs_forget(&office).await, 0);
    // An answer is kept for a day.
    office.advance_ms(25 * HOUR_MS).await;
    assert_eq!(jobs_forget(&office).await, 1);
    office.verify();
}

async fn jobs_forget(office: &Office) -> usize {
    boxoffice::jobs::sweep_answers(&office.app).await.unwrap_or_else(|error| panic!("{error}"))
}

/// A concert whose sale starts in ten minutes, and two who wait for it.
async fn presale(office: &Office) -> (Concert, Instant, String) {
    let on_sale_at = office.now().plus_ms(10 * MINUTE_MS);
    let concert = json!({
        "title": "Concert", "time_zone": "Asia/Seoul", "on_sale_at": on_sale_at.to_rfc3339(),
        "queue": {"max_admitted": 1, "absence_seconds": 86_400},
    });
    let concert = text(&office.make("/v1/operator/concerts", concert).await["id"]);
    let concert = Concert { id: concert, performance: String::new() };
    let buyers: Vec<Buyer> = office.buyers(2).await;
    let token = text(&office.join(&buyers[0], &concert).await["token"]);
    office.join(&buyers[1], &concert).await;
    (concert, on_sale_at, token)
}

async fn drawn_at(office: &Office, concert: &Concert) -> Option<Instant> {
    let shown = office.get(&format!("/v1/concerts/{}", concert.id), "").await.json()["draw"].clone();
    shown.get("drawn_at").filter(|drawn_at| !drawn_at.is_null()).map(instant)
}

/// A draw cannot be undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_leap_of_the_last_moments_makes_a_draw() {
    let office = Office::open().await;
    let (concert, on_sale_at, token) = presale(&office).await;
    office.advance_to(on_sale_at, -2_000).await;
    for leap_ms in [2_000, 24 * HOUR_MS] {
        office.clock.step_wall_ms(leap_ms);
        office.advance_ms(500).await;
        // Every operation on the queue would make a draw that is due.
        office.join(&office.buyer().await, &concert).await;
        assert_eq!(drawn_at(&office, &concert).await, None, "{leap_ms} ms early");
        assert_eq!(office.position(&token).await["status"], "waiting");
        office.clock.step_wall_ms(-leap_ms);
        office.advance_ms(0).await;
    }
    office.advance_to(on_sale_at, -1).await;
    assert_eq!(drawn_at(&office, &concert).await, None);
    office.advance_ms(1).await;
    assert_eq!(drawn_at(&office, &concert).await, Some(on_sale_at));
    office.verify();
}

/// The clock was wrong and is set right: once that has stood, the sale starts by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_starts_by_the_clock_that_was_set_right() {
    for step_ms in [5 * MINUTE_MS, -HOUR_MS] {
        let office = Office::open().await;
        let (concert, on_sale_at, _) = presale(&office).await;
        office.clock.step_wall_ms(step_ms);
        office.advance_ms(STANDS_MS).await;
        assert_eq!(drawn_at(&office, &concert).await, None);

        let left_ms = on_sale_at.0 - office.clock.machine_wall().0;
        office.advance_ms(left_ms - 1_000).await;
        assert_eq!(drawn_at(&office, &concert).await, None, "set by {step_ms} ms");
        office.advance_ms(1_100).await;
        assert!(drawn_at(&office, &concert).await.is_some(), "set by {step_ms} ms");
        office.verify();
    }
}

/// A sale that has begun goes on, and a concert put on sale now is on sale now.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_back_stops_no_sale() {
    let office = Office::open().await;
    let before = office.concert(Value::Null, 1, 4).await;
    // Its sale begins, by this or by the running job.
    office.advance_ms(0).await;
    office.clock.step_wall_ms(-24 * HOUR_MS);
    office.advance_ms(1_000).await;
    let after = office.concert(Value::Null, 1, 4).await;
    for concert in [before, after] {
        let token = office.enter(&office.buyer().await, &concert).await;
        let seats = office.seat_ids(&token, &concert).await;
        office.top_up(&token, 1000).await;
        assert_eq!(office.pay(&token, &[&seats[0]], 1000).await.status, 201);
    }
    office.verify();
}

/// A show begins at a time of day: while the clock leaps back and forth, tickets go on being sold.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_show_does_not_begin_by_a_leap() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let tonight = office.performance(&concert, 4, office.now().plus_ms(HOUR_MS)).await;
    let seats = office.seat_ids(&token, &tonight).await;

    office.clock.step_wall_ms(2 * HOUR_MS);
    office.clock.look();
    office.held(&token, &tonight, &[&seats[0]]).await;
    office.advance_ms(STANDS_MS).await;
    refused(&office.hold(&token, &tonight, &[&seats[1]]).await, 409, "performance_started");
    office.verify();
}

/// A new process has nothing but the machine's clock to begin at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_begins_at_the_machines_clock() {
    let office = Office::open().await;
    office.clock.step_wall_ms(HOUR_MS);
    office.advance_ms(1_000).await;
    assert!(office.clock.machine_wall() > office.now());
    let office = office.restart().await;
    assert_eq!(office.clock.machine_wall(), office.now());
    assert_eq!(office.clock.wall(), office.now());
}
