//! What doors did without a network, merged in every order, in parts of any size, some of it twice: in the end the earliest scan
//! of each ticket counts and the others are doubles. And what a door may do then, which the performance says.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Concert, HOUR_MS, OPERATOR, Office, text};

/// Fixed, so that a run cannot flake: `BOXOFFICE_TEST_SEED=42 cargo test --test office door_merge` for another.
const SEED: u64 = 20_261_126;
const CASES: usize = 6;
const ORDERS: usize = 4;
const TICKETS: usize = 8;

/// A scan without a network: of which ticket, how many minutes after the doors opened. Its place in the list is its gate.
#[derive(Clone, Copy, Debug)]
struct Scan {
    ticket: usize,
    minute: i64,
}

/// What happened at a door: who came in with the network, by ticket, and then what doors did without one.
#[derive(Debug)]
struct Evening {
    checked_in: Vec<usize>,
    scans: Vec<Scan>,
}

impl Evening {
    fn of(random: &mut StdRng) -> Self {
        let mut scans = Vec::new();
        for ticket in 0..TICKETS {
            for _ in 0..random.random_range(0..5) {
                // Few minutes, so that some are the same.
                scans.push(Scan { ticket, minute: random.random_range(0..4) });
            }
        }
        let checked_in = (0..TICKETS).filter(|_| random.random_range(0..4) == 0).collect();
        Self { checked_in, scans }
    }

    /// Which scan counts of each ticket, that nobody came in by before.
    fn counting(&self) -> BTreeMap<usize, usize> {
        let mut counting: BTreeMap<usize, usize> = BTreeMap::new();
        // Where somebody came in with the network, that was before all of these.
        let offline = self.scans.iter().enumerate().filter(|(_, scan)| !self.checked_in.contains(&scan.ticket));
        for (no, scan) in offline {
            let first = counting.entry(scan.ticket).or_insert(no);
            if scan.minute < self.scans[*first].minute {
                *first = no;
            }
        }
        counting
    }
}

/// A performance of the concert with its tickets.
async fn sold(office: &Office, concert: &Concert, days: i64) -> (Concert, Vec<String>) {
    let starts_at = office.now().plus_ms(days * 24 * HOUR_MS);
    let performance = office.performance(concert, TICKETS as u32, starts_at).await;
    let map =
        office.get(&format!("/v1/operator/performances/{}/seats", performance.performance), OPERATOR).await.json();
    let seats: Vec<_> = map["seats"].as_array().expect("seats").iter().map(|seat| &seat["id"]).collect();
    let sale = json!({"performance_id": performance.performance, "seat_ids": seats, "paid_by": "cash"});
    let payment = office.make("/v1/operator/sales", sale).await;
    let codes = payment["tickets"].as_array().expect("tickets").iter().map(|ticket| text(&ticket["code"])).collect();
    (performance, codes)
}

async fn merge(office: &Office, scans: &[Value]) -> Vec<Value> {
    let merged = office.post("/v1/operator/scans", OPERATOR, json!({ "scans": scans })).await;
    assert_eq!(merged.status, 201, "{}", merged.json());
    merged.json()["scans"].as_array().expect("scans").clone()
}

/// Plays the evening at a performance of its own, the scans merged in this order; they are made after `now`.
async fn play(office: &Office, of: &Evening, codes: &[String], order: &[usize], random: &mut StdRng) {
    for ticket in &of.checked_in {
        let answer =
            office.post("/v1/operator/check-ins", OPERATOR, json!({"code": codes[*ticket], "gate": "Net"})).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
    }
    let salt = random.random::<u64>();
    let told = |no: usize| {
        let Scan { ticket, minute } = of.scans[no];
        // Of two in the same minute the one with the smaller id counts.
        let id = Uuid::from_u128((no as u128) << 64 | u128::from(salt));
        let scanned_at = office.now().plus_ms((minute + 1) * 60_000).to_rfc3339();
        json!({"scan_id": id, "code": codes[ticket], "gate": no.to_string(), "scanned_at": scanned_at})
    };
    let mut left = order;
    while !left.is_empty() {
        let (some, rest) = left.split_at(random.random_range(1..=left.len().min(7)));
        let scans: Vec<_> = some.iter().map(|no| told(*no)).collect();
        merge(office, &scans).await;
        if random.random_range(0..3) == 0 {
            merge(office, &scans).await;
        }
        left = rest;
    }
    if of.scans.is_empty() {
        return;
    }
    let all: Vec<_> = (0..of.scans.len()).map(told).collect();
    let counting = of.counting();
    for (no, result) in merge(office, &all).await.iter().enumerate() {
        let ticket = of.scans[no].ticket;
        let counts = counting.get(&ticket) == Some(&no);
        assert_eq!(result["result"], if counts { "checked_in" } else { "double" }, "scan {no} of {of:?} by {order:?}");
        if !counts {
            let first = counting.get(&ticket).map_or_else(|| "Net".to_owned(), ToString::to_string);
            assert_eq!(result["first"]["gate"], first, "scan {no} of {of:?} by {order:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merged_in_any_order_the_earliest_scan_of_each_ticket_counts() {
    let seed = std::env::var("BOXOFFICE_TEST_SEED").ok().map_or(SEED, |seed| seed.parse().expect("a seed"));
    println!("BOXOFFICE_TEST_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 1).await;
    for case in 0..CASES {
        let evening = Evening::of(&mut random);
        for run in 0..ORDERS {
            let days = 1 + (case * ORDERS + run) as i64;
            let (performance, codes) = sold(&office, &concert, days).await;
            let mut order: Vec<usize> = (0..evening.scans.len()).collect();
            order.shuffle(&mut random);
            play(&office, &evening, &codes, &order, &mut random).await;
            let path = format!("/v1/operator/performances/{}/check-ins", performance.performance);
            let figures = office.get(&path, OPERATOR).await.json();
            let counting = evening.counting().len();
            let expected = [evening.checked_in.len() + counting, evening.scans.len() - counting, counting];
            let seen =
                ["checked_in", "doubles", "without_network"].map(|of| figures[of].as_u64().expect("a count") as usize);
            assert_eq!(seen, expected, "{evening:?} by {order:?}: {figures}");
        }
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_performance_says_what_its_doors_do_without_a_network() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 2).await;
    let (performance, codes) = sold(&office, &concert, 3).await;
    let path = format!("/v1/operator/performances/{}", performance.performance);
    let told = async |code: &str| {
        let list = office.get(&format!("{path}/door-list"), OPERATOR).await.json()["door_policy"].clone();
        let figures = office.get(&format!("{path}/check-ins"), OPERATOR).await.json();
        let checked_in = office.make("/v1/operator/check-ins", json!({ "code": code })).await["door_policy"].clone();
        (list, figures["door_policy"].clone(), checked_in)
    };
    let lenient = json!("lenient");
    assert_eq!(told(&codes[0]).await, (lenient.clone(), lenient.clone(), lenient));
    let strict = office.patch(&path, OPERATOR, json!({"door_policy": "strict"})).await;
    assert_eq!((strict.status, &strict.json()["door_policy"]), (200, &json!("strict")), "{}", strict.json());
    let strict = json!("strict");
    assert_eq!(told(&codes[1]).await, (strict.clone(), strict.clone(), strict));
    // Whoever was let in all the same is noted, and seen.
    let scanned_at = office.now().plus_ms(60_000).to_rfc3339();
    merge(&office, &[json!({"scan_id": Uuid::from_u128(1), "code": codes[2], "scanned_at": scanned_at})]).await;
    let figures = office.get(&format!("{path}/check-ins"), OPERATOR).await.json();
    assert_eq!((&figures["checked_in"], &figures["without_network"]), (&json!(3), &json!(1)), "{figures}");
    let bad = office.patch(&path, OPERATOR, json!({"door_policy": "loose"})).await;
    assert_eq!(bad.status, 400, "{}", bad.json());
    office.verify();
}
