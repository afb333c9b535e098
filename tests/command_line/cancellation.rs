//! `kill -9` in the middle of the refunds of a cancelled performance of 10,000 tickets, several times: they go on, and each
//! ticket is refunded exactly once.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::{Concert, Folder, OPERATOR, Server, text, verify_clean};

/// Fixed, so that a run is another's repeat as far as a kill can be.
const SEED: u64 = 20_261_126;
const ROWS: u32 = 95;
const SEATS_PER_ROW: u32 = 100;
const STANDING: u32 = 500;
const TICKETS: u32 = ROWS * SEATS_PER_ROW + STANDING;
const TICKETS_PER_SALE: usize = 50;
const PRICE: u32 = 1000;
const KILLS: usize = 4;

/// A hall of seats and standing places, sold out at the counter.
async fn sold_out(server: &Server) -> Concert {
    let rows: Vec<_> =
        (1..=ROWS).map(|row| json!({"name": row.to_string(), "seats": SEATS_PER_ROW, "grade": "R"})).collect();
    let hall = json!({"name": "Arena", "sections": [{"name": "Stalls", "rows": rows},
        {"name": "Floor", "capacity": STANDING, "grade": "R"}]});
    let hall = server.make("/v1/operator/halls", OPERATOR, hall).await["id"].clone();
    let concert = json!({"title": "Cancelled", "time_zone": "Asia/Seoul"});
    let id = text(&server.make("/v1/operator/concerts", OPERATOR, concert).await["id"]);
    let performance = json!({"concert_id": id, "hall_id": hall, "starts_at": "2999-12-31T20:00:00Z",
        "prices": {"R": PRICE}});
    let performance = text(&server.make("/v1/operator/performances", OPERATOR, performance).await["id"]);
    let map = server.get(&format!("/v1/operator/performances/{performance}/seats"), OPERATOR).await.json();
    let seats: Vec<_> = map["seats"].as_array().expect("seats").iter().map(|seat| seat["id"].clone()).collect();
    assert_eq!(seats.len() as u32, ROWS * SEATS_PER_ROW);
    for some in seats.chunks(TICKETS_PER_SALE) {
        let sale = json!({"performance_id": performance, "seat_ids": some, "paid_by": "cash"});
        server.make("/v1/operator/sales", OPERATOR, sale).await;
    }
    for _ in 0..STANDING as usize / TICKETS_PER_SALE {
        let standing = json!({"section": "Floor", "quantity": TICKETS_PER_SALE});
        let sale = json!({"performance_id": performance, "standing": standing, "paid_by": "card"});
        server.make("/v1/operator/sales", OPERATOR, sale).await;
    }
    Concert { id, performance }
}

async fn progress(server: &Server, concert: &Concert) -> Value {
    let path = format!("/v1/operator/performances/{}/cancellation", concert.performance);
    let answer = server.get(&path, OPERATOR).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

/// How many were refunded once it is so many, or all.
async fn refunded(server: &Server, concert: &Concert, at_least: u32) -> u32 {
    loop {
        let shown = progress(server, concert).await;
        let refunded = shown["refunded"].as_u64().expect("a count") as u32;
        assert_eq!(shown["amount"], refunded * PRICE, "{shown}");
        if refunded >= at_least || shown.get("done_at").is_some() {
            return refunded;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_a_performance_is_cancelled_each_of_10_000_tickets_is_refunded_once() {
    let seed = std::env::var("BOXOFFICE_TEST_SEED").ok().map_or(SEED, |seed| seed.parse().expect("a seed"));
    println!("BOXOFFICE_TEST_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut kills: BTreeSet<u32> = BTreeSet::from([0]);
    while kills.len() < KILLS {
        kills.insert(random.random_range(0..TICKETS * 9 / 10));
    }
    let folder = Folder::new();
    let mut server = Server::serve(&folder.data(), &["--log", "warn"]);
    let (concert, other) = (sold_out(&server).await, server.concert(Value::Null, KILLS as u32).await);
    let others = server.get(&format!("/v1/operator/performances/{}/seats", other.performance), OPERATOR).await.json();
    let path = format!("/v1/operator/performances/{}/cancellation", concert.performance);
    let begun = server.post(&path, OPERATOR, Value::Null).await;
    assert_eq!((begun.status, &begun.json()["tickets"]), (202, &json!(TICKETS)), "{}", begun.json());
    let (mut interrupted, mut seen) = (0, 0);
    for (no, at) in kills.into_iter().enumerate() {
        // Another concert goes on meanwhile.
        let sale =
            json!({"performance_id": other.performance, "seat_ids": [others["seats"][no]["id"]], "paid_by": "cash"});
        server.make("/v1/operator/sales", OPERATOR, sale).await;
        let before = refunded(&server, &concert, at).await;
        assert!(before >= seen, "what was refunded stays so: {seen}, then {before}");
        server.pull_the_plug();
        drop(server);
        verify_clean(&folder.data());
        interrupted += usize::from(before < TICKETS);
        seen = before;
        server = Server::serve(&folder.data(), &["--log", "warn"]);
    }
    assert!(interrupted > 1, "the refunds were done before the plug was pulled: there were too few");
    assert_eq!(refunded(&server, &concert, TICKETS).await, TICKETS);
    let done = progress(&server, &concert).await;
    assert!(done["done_at"].is_string(), "{done}");
    server.stop();
    verify_clean(&folder.data());
    each_once(&folder);
    println!("{interrupted} of {KILLS} kills came before all were refunded");
}

/// Every ticket of the cancelled performance has its one refund of what it cost, every payment its whole amount back.
fn each_once(folder: &Folder) {
    let file = rusqlite::Connection::open(folder.data()).expect("the data file opens");
    let count = |query: &str| file.query_row(query, [], |row| row.get::<_, i64>(0)).expect("a count");
    let tickets = "SELECT count(*) FROM ticket WHERE performance_key = 1";
    assert_eq!(count(tickets), i64::from(TICKETS));
    assert_eq!(count(&format!("{tickets} AND (refund_key IS NULL OR refunded <> price)")), 0);
    let other = "SELECT count(*) FROM payment p WHERE concert_key = 1 AND amount <> (
                   SELECT coalesce(sum(r.amount), 0) FROM refund r WHERE r.payment_key = p.payment_key)";
    assert_eq!(count(other), 0);
    let balances = "SELECT count(*) FROM payment p
                    JOIN (SELECT user_key, max(posting_key), balance_after FROM posting GROUP BY user_key) USING (user_key)
                    WHERE p.concert_key = 1 AND balance_after <> p.amount";
    assert_eq!(count(balances), 0, "each buyer bought once, and has all of it back");
    assert_eq!(count("SELECT sum(amount) FROM posting WHERE kind = 'refund'"), i64::from(TICKETS * PRICE));
}
