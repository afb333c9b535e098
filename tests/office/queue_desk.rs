//! The operator's hand on a running queue: its four states and what buyers see of them, and its figures.

use boxoffice::queue::Lines;
use serde_json::{Value, json};

use crate::support::{Concert, HOUR_MS, OPERATOR, Office, START, refused, text};

async fn set(office: &Office, concert: &Concert, settings: Value) -> Value {
    let answer = office.patch(&format!("/v1/operator/concerts/{}/queue", concert.id), OPERATOR, settings).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

async fn position(office: &Office, token: &str) -> Value {
    office.get("/v1/queue/position", token).await.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_state_says_who_joins_and_who_is_let_in() {
    let office = Office::open().await;
    for (state, joins, lets_in) in
        [("open", true, true), ("paused", true, false), ("draining", false, true), ("closed", false, false)]
    {
        let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
        let buyers = office.buyers(3).await;
        let inside = office.enter(&buyers[0], &concert).await;
        let waiting = text(&office.join(&buyers[1], &concert).await["token"]);

        assert_eq!(set(&office, &concert, json!({"state": state})).await["state"], state);

        let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
        let join = office.post(&path, &buyers[2].session, Value::Null).await;
        match joins {
            true => assert_eq!(join.json()["position"], 2, "{state}"),
            false => refused(&join, 409, &format!("queue_{state}")),
        }
        let told = position(&office, &waiting).await;
        assert_eq!((&told["queue_state"], &told["position"]), (&json!(state), &json!(1)));
        // Those inside go on whatever the state; the place they leave is given on only where the queue lets in.
        assert_eq!(office.get("/v1/dates", &inside).await.status, 200, "{state}");
        assert_eq!(office.delete("/v1/queue/tokens/current", &inside).await.status, 204, "{state}");
        let told = position(&office, &waiting).await;
        assert_eq!(told["status"], if lets_in { "admitted" } else { "waiting" }, "{state}");
        if !lets_in {
            assert_eq!(told["estimated_wait_seconds"], Value::Null, "{state}: nobody can know");
            set(&office, &concert, json!({"state": "open"})).await;
            assert_eq!(position(&office, &waiting).await["status"], "admitted", "opened again, at once");
        }
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_somebody_else_changed_meanwhile_are_not_written_over() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let path = format!("/v1/operator/concerts/{}/queue", concert.id);
    let seen = office.get(&path, OPERATOR).await;
    let tag = seen.headers["etag"].to_str().expect("text").to_owned();
    assert_eq!(seen.json()["settings_version"], json!(tag));
    let change = |tag: String, cap: u32| {
        let (office, path) = (&office, &path);
        let body = json!({ "max_admitted": cap });
        async move { office.with_header("PATCH", path, OPERATOR, ("if-match", &tag), body).await }
    };

    // Who comes and goes makes no other version.
    office.enter(&office.buyer().await, &concert).await;
    let first = change(tag.clone(), 2).await;
    assert_eq!(first.status, 200, "{}", first.json());
    refused(&change(tag.clone(), 3).await, 412, "changed_meanwhile");
    assert_eq!(office.get(&path, OPERATOR).await.json()["max_admitted"], 2);
    let newer = first.headers["etag"].to_str().expect("text").to_owned();
    assert_ne!(newer, tag);
    assert_eq!(change(newer, 1).await.headers["etag"], tag.as_str(), "the same settings again are the same version");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rate_lets_in_evenly_and_can_be_changed_while_it_runs() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null, "admissions_per_minute": 6}), 1, 4).await;
    for buyer in office.buyers(10).await {
        office.join(&buyer, &concert).await;
    }
    let line = office.app.part::<Lines>().by_id(concert.id.parse().unwrap()).unwrap();
    let mut let_in = Vec::new();
    for _ in 0..30 {
        let_in.push(line.counts().1);
        office.advance_ms(1_000).await;
    }
    // One at once, then one every ten seconds; a second may be made up for.
    let expected: Vec<u32> = (0..30).map(|second: u32| 1 + (second + 1) / 10).collect();
    assert_eq!(let_in, expected);

    set(&office, &concert, json!({"admissions_per_minute": 60})).await;
    office.advance_ms(1_000).await;
    office.advance_ms(1_000).await;
    assert_eq!(line.counts().1, 6, "one a second from now on, not after the old interval");
    office.verify();
}

/// The next admission was planned on a clock that was an hour fast and set right before the restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_corrected_clock_does_not_stop_the_line() {
    let office = Office::open().await;
    let queue = json!({"max_admitted": null, "admissions_per_minute": 60, "absence_seconds": 86_400});
    let concert = office.concert(queue, 1, 4).await;
    for buyer in office.buyers(6).await {
        office.join(&buyer, &concert).await;
    }
    office.advance_ms(HOUR_MS).await;
    office.clock.step_wall_ms(1_000 - HOUR_MS);
    let office = office.restart().await;
    assert_eq!(office.now(), START.plus_ms(1_000));
    let line = office.app.part::<Lines>().by_id(concert.id.parse().unwrap()).unwrap();
    office.app.run_due().await;
    let before = line.queue().now_serving;

    for _ in 0..3 {
        office.advance_ms(1_000).await;
    }

    let let_in = line.queue().now_serving - before;
    assert!(let_in >= 2, "one a second again, but for the first: {let_in}");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_figures_say_what_became_of_everyone() {
    let office = Office::open().await;
    let queue = json!({"max_admitted": 1, "absence_seconds": 600, "no_show_seconds": 100});
    let concert = office.concert(queue, 1, 4).await;
    let buyers = office.buyers(6).await;
    let pays = office.enter(&buyers[0], &concert).await;
    let mut tokens = Vec::new();
    for buyer in &buyers[1..] {
        tokens.push(text(&office.join(buyer, &concert).await["token"]));
    }
    // One pays after 20 s, the next leaves inside after 10 s more, the third does nothing at all.
    office.advance_ms(20_000).await;
    let seats = office.seat_ids(&pays, &concert).await;
    office.top_up(&pays, 1000).await;
    assert_eq!(office.pay(&pays, &[&seats[0]], 1000).await.status, 201);
    office.advance_ms(10_000).await;
    assert_eq!(office.delete("/v1/queue/tokens/current", &tokens[0]).await.status, 204);
    // Of those in line one joins anew.
    office.join(&buyers[3], &concert).await;
    let gone_after_ms = office.silence_ms(101_000);
    office.advance_ms(gone_after_ms).await;

    let shown = office.get(&format!("/v1/operator/concerts/{}/queue", concert.id), OPERATOR).await.json();
    let expected = json!({
        "waiting": 2, "admitted": 1, "completed": 1, "expired": 1, "no_shows": 1, "absent": 0, "left": 1, "replaced": 1,
        // Let in after 0, 20 and 30 seconds, and when the one who did nothing was gone; the last of them within this minute.
        "admissions_per_minute_now": 1, "median_wait_ms": 30_000, "p95_wait_ms": 30_000 + gone_after_ms, "now_serving": 5,
    });
    for (figure, value) in expected.as_object().unwrap() {
        assert_eq!(&shown[figure], value, "{figure} in {shown}");
    }
    office.verify();
}
