//! Who is silent makes room, who asks as told stays: nobody is dropped between an answer and the next poll it names.

use boxoffice::ids::Ordinal;
use boxoffice::queue::Lines;
use boxoffice::reservation::SeatMaps;
use boxoffice::visit;
use serde_json::json;

use crate::support::{OPERATOR, Office, refused, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_silent_drop_out_and_block_nobody() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1, "absence_seconds": 60}), 1, 4).await;
    let buyers = office.buyers(3).await;
    office.enter(&buyers[0], &concert).await;
    let silent = text(&office.join(&buyers[1], &concert).await["token"]);
    let joined = office.join(&buyers[2], &concert).await;
    let polls = text(&joined["token"]);
    assert_eq!(joined["position"], 2);

    // The longest pause between two polls that anyone is told is half a minute.
    for _ in 0..2 {
        office.advance_ms(30_000).await;
        assert_eq!(office.get("/v1/queue/position", &polls).await.json()["position"], 2);
    }
    office.advance_ms(office.silence_ms(1_000)).await;

    assert_eq!(office.get("/v1/queue/position", &polls).await.json()["position"], 1);
    refused(&office.get("/v1/queue/position", &silent).await, 401, "token_expired");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admitted_buyer_who_does_nothing_makes_room() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 2, "no_show_seconds": 60}), 1, 4).await;
    let buyers = office.buyers(3).await;
    let absent = office.enter(&buyers[0], &concert).await;
    let busy = office.enter(&buyers[1], &concert).await;
    let next = text(&office.join(&buyers[2], &concert).await["token"]);
    let seats = office.seat_ids(&busy, &concert).await;

    office.advance_ms(59_000).await;
    assert_eq!(office.hold(&busy, &concert, &[&seats[0]]).await.status, 201);
    assert_eq!(office.get("/v1/queue/position", &next).await.json()["status"], "waiting");
    // Looking at the position is not doing something.
    assert_eq!(office.get("/v1/queue/position", &absent).await.json()["status"], "admitted");
    office.advance_ms(office.silence_ms(2_000)).await;

    refused(&office.get("/v1/queue/position", &absent).await, 401, "token_expired");
    assert_eq!(office.get("/v1/queue/position", &next).await.json()["status"], "admitted");
    // Whoever keeps seats is there, however still.
    office.advance_ms(120_000).await;
    assert_eq!(office.get("/v1/queue/position", &busy).await.json()["status"], "admitted");
    office.verify();
}

/// Between the look for the silent and the commit that drops them, two are heard of: one who waits and one inside.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_heard_of_at_the_last_moment_stays() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let buyers = office.buyers(2).await;
    let inside = office.enter(&buyers[0], &concert).await;
    let waits = text(&office.join(&buyers[1], &concert).await["token"]);
    let (key, both) = (office.concert_key(&concert), [Ordinal(1), Ordinal(2)]);
    office.app.store.write(move |tx| visit::domain::drop_silent(tx, key, &both, |_| false)).await.expect("nobody");
    for (token, status) in [(&inside, "admitted"), (&waits, "waiting")] {
        assert_eq!(office.get("/v1/queue/position", token).await.json()["status"], status);
    }
    office.app.store.write(move |tx| visit::domain::drop_silent(tx, key, &both, |_| true)).await.expect("both");
    for token in [&inside, &waits] {
        refused(&office.get("/v1/queue/position", token).await, 401, "token_expired");
    }
    office.verify();
}

/// The next poll of one far back is half a minute off; a shorter patience could end a visit before it was known.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patience_is_longer_than_the_longest_pause_between_polls() {
    let office = Office::open().await;
    let concert = office.concert(serde_json::Value::Null, 1, 4).await;
    let path = format!("/v1/operator/concerts/{}/queue", concert.id);
    for setting in ["absence_seconds", "no_show_seconds"] {
        refused(&office.patch(&path, OPERATOR, json!({setting: 59})).await, 400, "invalid_field");
        assert_eq!(office.patch(&path, OPERATOR, json!({setting: 60})).await.status, 200);
    }
}

/// A poll can come while a commit is dropping the entry: it is heard before, or answered as dead after, never both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_to_come_back_to_a_place_that_is_being_dropped() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1, "absence_seconds": 60}), 1, 4).await;
    let buyers = office.buyers(3).await;
    office.enter(&buyers[0], &concert).await;
    let early = text(&office.join(&buyers[1], &concert).await["token"]);
    let late = text(&office.join(&buyers[2], &concert).await["token"]);
    let line = office.app.part::<Lines>().by_id(concert.id.parse().unwrap()).unwrap();
    // The clock stands where both are absent; what the commit does is done here step by step.
    office.clock.advance_ms(office.silence_ms(60_000));

    assert_eq!(office.get("/v1/queue/position", &early).await.status, 200);
    assert!(!line.give_up(Ordinal(2), office.now()), "just heard of");
    assert!(line.give_up(Ordinal(3), office.now()));
    refused(&office.get("/v1/queue/position", &late).await, 401, "token_expired");

    office.advance_ms(2_000).await;
    assert_eq!(office.get("/v1/queue/position", &early).await.json()["position"], 1);
    refused(&office.get("/v1/queue/position", &late).await, 401, "token_expired");
    office.verify();
}

/// A store that has stopped refuses at once. The clockwork must not ask it again without a pause: it would neither
/// let go of its thread nor be stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_due_does_not_spin_on_a_store_that_refuses() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    assert_eq!(office.hold(&token, &concert, &[&seats[0]]).await.status, 201);
    let app = office.app.clone();
    tokio::task::spawn_blocking(move || app.store.stop()).await.unwrap();

    office.clock.advance_ms(3_600_000);
    office.app.run_due().await;

    let later = [office.app.part::<Lines>().due().next(), office.app.part::<SeatMaps>().holds().next()];
    assert!(later.iter().flatten().all(|at| *at > office.now()), "tried again after a pause: {later:?}");
    assert_ne!(later, [None, None], "and not forgotten");
}
