//! Dead queue entries become counts: while a sale goes on those whom nobody needs, long after the concert all. The data file
//! does not grow with a crowd that joins again and again, and what is over can still be told truthfully.

use std::collections::BTreeSet;

use boxoffice::clock::Instant;
use boxoffice::jobs::{self, Looked};
use boxoffice::queue::Lines;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::audit_draw::{audit, digest, fetch};
use crate::draw::PRESALE_MS;
use crate::support::{Buyer, Concert, HOUR_MS, OPERATOR, Office, instant, refused, text};

const DAY_MS: i64 = 24 * HOUR_MS;

async fn fold(office: &Office) -> u32 {
    jobs::fold_entries(&office.app, &mut Looked::default()).await.expect("a sweep")
}

/// How many entries and turns the data file has, and how many of its pages are in use.
fn rows(office: &Office) -> (u32, u32, i64) {
    let file = Connection::open_with_flags(&office.data, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the file opens");
    let count = |query: &str| file.query_row(query, [], |row| row.get(0)).expect("a count");
    let pragma = |name: &str| -> i64 { file.pragma_query_value(None, name, |row| row.get(0)).expect("a pragma") };
    let in_use = pragma("page_count") - pragma("freelist_count");
    (count("SELECT count(*) FROM queue_entry"), count("SELECT count(*) FROM queue_turn"), in_use)
}

/// A token's whole life: the longest wait, the longest visit, its last hold, and the second that an `exp` is rounded by.
fn token_ms(office: &Office) -> i64 {
    let terms = office.app.store.terms();
    i64::from(terms.token_seconds + terms.admission_seconds + terms.hold_seconds) * 1000 + 1000
}

async fn shown(office: &Office, concert: &Concert) -> Value {
    office.get(&format!("/v1/operator/concerts/{}/queue", concert.id), OPERATOR).await.json()
}

/// Every buyer joins so many times, and leaves at the end; nobody is inside for long.
async fn crowd(office: &Office, concert: &Concert, buyers: &[Buyer], times: u32) -> Vec<String> {
    let mut last = Vec::new();
    for buyer in buyers {
        for _ in 0..times {
            last.push(text(&office.join(buyer, concert).await["token"]));
        }
        assert_eq!(office.delete("/v1/queue/tokens/current", last.last().expect("a token")).await.status, 204);
    }
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_joins_again_and_again_leaves_counts_alone() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1, "absence_seconds": 86_400}), 1, 4).await;
    let buyers = office.buyers(20).await;
    let (resident, mut used) = (office.buyer().await, Vec::new());
    for round in 1..=6_u32 {
        // Nobody's turn comes: the one inside stays, and turns are left behind too.
        let inside = office.enter(&resident, &concert).await;
        let tokens = crowd(&office, &concert, &buyers, 10).await;
        assert_eq!(rows(&office).0, 200 + 1, "round {round}");
        assert_eq!(fold(&office).await, 0, "their tokens live");
        refused(&office.get("/v1/queue/position", &tokens[0]).await, 401, "token_replaced");
        refused(&office.get("/v1/queue/position", &tokens[9]).await, 401, "token_left");
        assert_eq!(office.delete("/v1/queue/tokens/current", &inside).await.status, 204);

        office.advance_ms(token_ms(&office) - 1001).await;
        assert_eq!(fold(&office).await, 0, "a moment before the first token is over");
        office.advance_ms(1001).await;
        assert_eq!(fold(&office).await, 201, "round {round}");

        let (entries, turns, in_use) = rows(&office);
        assert_eq!((entries, turns), (0, 0));
        used.push(in_use);
        refused(&office.get("/v1/queue/position", &tokens[0]).await, 401, "token_expired");
        let seen = shown(&office, &concert).await;
        assert_eq!((&seen["replaced"], &seen["left"]), (&json!(round * 180), &json!(round * 21)));
        office.verify();
    }
    assert!(used[5] <= used[1], "the file grew from round to round: {used:?}");
    assert_eq!(office.app.part::<Lines>().folded(), 6 * 201);

    let office = office.restart().await;
    let joined = office.join(&buyers[0], &concert).await;
    assert_eq!((&joined["status"], &joined["number"]), (&json!("admitted"), &json!(6 * 201 + 1)), "no number twice");
    office.verify();
}

/// Somebody may still ask with a token that outlives its entry: the venue has shortened what tokens last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_outlives_its_entry_is_told_that_it_is_over() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    assert_eq!(office.delete("/v1/queue/tokens/current", &token).await.status, 204);
    let venue = office.patch("/v1/operator/venue", OPERATOR, json!({"token_seconds": 60})).await;
    assert_eq!(venue.status, 200, "{}", venue.json());
    office.advance_ms(token_ms(&office)).await;
    assert_eq!(fold(&office).await, 1);
    for answer in [
        office.get("/v1/queue/position", &token).await,
        office.delete("/v1/queue/tokens/current", &token).await,
        office.get("/v1/dates", &token).await,
        office.pay(&token, &["1-1"], 1000).await,
    ] {
        refused(&answer, 401, "token_expired");
    }
    office.verify();
}

/// A pre-sale: five are drawn, one of two who have left by then is folded before it; two pay.
async fn drawn(office: &Office) -> (Concert, Vec<Buyer>, Vec<String>) {
    let on_sale_at = office.now().plus_ms(PRESALE_MS).to_rfc3339();
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "on_sale_at": on_sale_at,
        "queue": {"max_admitted": 2, "absence_seconds": 86_400}});
    let id = text(&office.make("/v1/operator/concerts", concert).await["id"]);
    let concert = Concert { id, performance: String::new() };
    let concert = office.performance(&concert, 8, office.now().plus_ms(10 * DAY_MS)).await;
    let buyers = office.buyers(6).await;
    let mut tokens = Vec::new();
    for buyer in &buyers {
        tokens.push(text(&office.join(buyer, &concert).await["token"]));
    }
    assert_eq!(office.delete("/v1/queue/tokens/current", &tokens[0]).await.status, 204);
    office.advance_ms(PRESALE_MS).await;
    let mut inside = Vec::new();
    for token in &tokens[1..] {
        if office.position(token).await["status"] == "admitted" {
            inside.push(token.clone());
        }
    }
    assert_eq!(inside.len(), 2);
    let mut codes = Vec::new();
    for token in &inside {
        let seats = office.seat_ids(token, &concert).await;
        office.top_up(token, 1000).await;
        let paid = office.pay(token, &[&seats[codes.len()]], 1000).await;
        assert_eq!(paid.status, 201, "{}", paid.json());
        codes.push(text(&paid.json()["tickets"][0]["code"]));
    }
    (concert, buyers, codes)
}

async fn record(office: &Office, concert: &Concert) -> Value {
    let (url, concert) = (format!("http://{}", office.address), concert.id.clone());
    tokio::task::spawn_blocking(move || fetch(&url, &concert).expect("the record")).await.expect("no panic")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draw_is_shown_for_thirty_days_and_proved_by_its_digest_after() {
    let office = Office::open().await;
    let (concert, buyers, codes) = drawn(&office).await;
    let listed = record(&office, &concert).await;
    assert_eq!(audit(&listed, None), Ok(5));
    assert_eq!(
        (&listed["drawn_count"], &listed["folded_at"], &listed["digest"]),
        (&json!(5), &Value::Null, &Value::Null)
    );

    // Whoever took part in no draw goes first; the list stays whole, also when memory knows the queue no more.
    office.advance_ms(token_ms(&office) + HOUR_MS).await;
    assert_eq!(fold(&office).await, 1, "the one who left before the draw");
    let starts_at = instant(&shown_performance(&office, &concert).await["starts_at"]);
    office.advance_to(starts_at, 3 * DAY_MS).await;
    assert_eq!(jobs::retire_queues(&office.app).await.expect("a sweep"), 1);
    assert_eq!(record(&office, &concert).await["entries"], listed["entries"]);
    let ends_at = over_since(&office);
    office.advance_to(ends_at, 30 * DAY_MS - 1).await;
    assert_eq!(fold(&office).await, 0, "so long it can be audited");
    let before = shown(&office, &concert).await;

    office.advance_ms(1).await;
    assert_eq!(fold(&office).await, 5);

    assert_eq!((rows(&office).0, rows(&office).1), (0, 0));
    let office = office.restart().await;
    assert_eq!(shown(&office, &concert).await, before, "what became of all is told as before");
    let folded = record(&office, &concert).await;
    assert_eq!(folded["entries"], json!([]));
    for told in ["seed", "seed_hash", "drawn_at", "drawn_count"] {
        assert_eq!(folded[told], listed[told], "{told}");
    }
    assert_eq!(instant(&folded["folded_at"]), office.now());
    assert_eq!(text(&folded["digest"]), digest(&listed).expect("a list"), "whoever kept the list can prove it");
    assert!(audit(&folded, None).expect_err("no list").contains("was folded"));
    let mut other = listed.clone();
    other["entries"][3]["number"] = json!(9);
    assert_ne!(text(&folded["digest"]), digest(&other).expect("a list"));
    assert_eq!(fold(&office).await, 0, "once");
    whole(&office, &buyers, &codes).await;
    office.verify();
}

async fn shown_performance(office: &Office, concert: &Concert) -> Value {
    office.get(&format!("/v1/operator/performances/{}", concert.performance), OPERATOR).await.json()
}

/// When the concert of this data file is over.
fn over_since(office: &Office) -> Instant {
    let file = Connection::open_with_flags(&office.data, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the file opens");
    let ends_at = file.query_row("SELECT max(ends_at) FROM concert", [], |row| row.get(0)).expect("an instant");
    Instant(ends_at)
}

/// What belongs to the buyers is as whole as before: payments and tickets of those who paid.
async fn whole(office: &Office, buyers: &[Buyer], codes: &[String]) {
    let mut paid = BTreeSet::new();
    for buyer in buyers {
        let found = office.get(&format!("/v1/operator/users/{}/payments", buyer.id), OPERATOR).await.json();
        for payment in found["payments"].as_array().expect("payments") {
            paid.extend(payment["tickets"].as_array().expect("tickets").iter().map(|ticket| text(&ticket["code"])));
        }
    }
    assert_eq!(paid, codes.iter().cloned().collect());
}

/// A concert that goes on after all was folded: with another date it sells again, and no number is given twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_was_folded_can_run_again() {
    let office = Office::open().await;
    let (concert, ..) = drawn(&office).await;
    let starts_at = instant(&shown_performance(&office, &concert).await["starts_at"]);
    office.advance_to(starts_at, 3 * DAY_MS).await;
    assert_eq!(jobs::retire_queues(&office.app).await.expect("a sweep"), 1);
    office.advance_ms(30 * DAY_MS).await;
    assert_eq!(fold(&office).await, 6);
    let before = record(&office, &concert).await;

    let more = office.performance(&concert, 2, office.now().plus_ms(DAY_MS)).await;
    let joined = office.join(&office.buyer().await, &more).await;
    assert_eq!((&joined["status"], &joined["number"]), (&json!("admitted"), &json!(6)));
    assert_eq!(record(&office, &more).await["digest"], before["digest"], "the draw is what it was");
    office.verify();

    assert_eq!(office.delete("/v1/queue/tokens/current", &text(&joined["token"])).await.status, 204);
    office.advance_ms(3 * DAY_MS).await;
    assert_eq!(fold(&office).await, 1);
    assert_eq!(jobs::retire_queues(&office.app).await.expect("a sweep"), 1);
    office.advance_ms(31 * DAY_MS).await;
    assert_eq!(fold(&office).await, 0);
    let after = record(&office, &more).await;
    assert_eq!(
        (&after["digest"], &after["folded_at"]),
        (&before["digest"], &before["folded_at"]),
        "the draw was folded then"
    );
    let office = office.restart().await;
    office.verify();
}
