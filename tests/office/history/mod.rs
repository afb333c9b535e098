//! Real concurrent histories over HTTP: some buyers, each by two connections, and the desk, all at once on a handful of seats, with
//! a cap and little money. Every answer must be one that a plain office gives, in which one thing happens after another, each
//! between its request and its answer (strict serialisability): seats, balances, admissions, and what is read of them.
//!
//! `cargo test` looks at some of them; `BOXOFFICE_HISTORIES=10000 cargo test --test office history` at many. Which requests are
//! made is in the seed; in what order they meet is not: a history that fails is printed whole.

mod check;
mod plain;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use boxoffice::client::Ask;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::checked::Client;
use crate::history::check::{Event, explain};
use crate::history::plain::{Answer, Op, PRICE};
use crate::support::{Buyer, Concert, OPERATOR, Office, text};

const SEED: u64 = 20_261_126;
const HISTORIES: u64 = 60;
const BUYERS: usize = 4;
const SEATS: usize = 4;
/// Inside at once.
const CAP: usize = 2;
/// So much each connection asks.
const ASKED: usize = 8;

type Recorded = Event<Op, Answer>;

/// What all connections of a history share.
struct World {
    office: Arc<Office>,
    concert: Concert,
    buyers: Vec<Buyer>,
    seat_ids: Vec<String>,
    /// Each buyer's last place in line, and the token for it: both connections use it.
    tokens: Vec<Mutex<Option<(u32, String)>>>,
    ticks: AtomicU64,
}

/// One connection of a buyer, or of the desk.
struct Lane {
    world: Arc<World>,
    client: Client,
    buyer: usize,
    random: StdRng,
    /// What it holds.
    holds: Vec<(String, Vec<usize>)>,
    history: Vec<Recorded>,
}

impl Lane {
    async fn ask(&mut self, op: Op, method: &str, path: &str, bearer: &str, body: Value) -> Answer {
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        let began = self.world.ticks.fetch_add(1, Ordering::SeqCst);
        let sent = Ask { method, path, bearer: Some(bearer), body, ..Ask::default() };
        let answer = self.client.send(&sent).await.expect("an answer");
        let ended = self.world.ticks.fetch_add(1, Ordering::SeqCst);
        let mut answer = Answer { status: answer.status, body: answer.json() };
        if let Op::Look = op {
            let letter = |seat: &Value| seat["state"].as_str().and_then(|word| word.chars().next());
            let letters: String = answer.body["seats"].as_array().into_iter().flatten().filter_map(letter).collect();
            answer.body = json!({ "letters": letters });
        }
        self.history.push(Recorded { began, ended, op, answer: answer.clone() });
        // Whose place is over joins again.
        let mut token = self.world.tokens[self.buyer].lock();
        if (answer.status == 401 || path.ends_with("/current")) && token.as_ref().is_some_and(|(_, of)| of == bearer) {
            *token = None;
        }
        drop(token);
        answer
    }

    fn some_seats(&mut self) -> Vec<usize> {
        let first = self.random.random_range(0..SEATS);
        let mut seats = vec![first, (first + 1) % SEATS];
        seats.truncate(self.random.random_range(1..=2));
        seats
    }

    fn ids(&self, seats: &[usize]) -> Vec<String> {
        seats.iter().map(|seat| self.world.seat_ids[*seat].clone()).collect()
    }

    async fn join(&mut self) {
        let (path, session) = (
            format!("/v1/concerts/{}/queue/tokens", self.world.concert.id),
            self.world.buyers[self.buyer].session.clone(),
        );
        let joined = self.ask(Op::Join(self.buyer), "POST", &path, &session, Value::Null).await.body;
        let number = joined["number"].as_u64().expect("a number") as u32;
        *self.world.tokens[self.buyer].lock() = Some((number, text(&joined["token"])));
        self.holds.clear();
    }

    async fn step(&mut self) {
        let session = self.world.buyers[self.buyer].session.clone();
        let performance = self.world.concert.performance.clone();
        let token = self.world.tokens[self.buyer].lock().clone();
        let Some((number, token)) = token else { return self.join().await };
        match self.random.random_range(0..20) {
            0 => self.join().await,
            1 => drop(self.ask(Op::Leave(number), "DELETE", "/v1/queue/tokens/current", &token, Value::Null).await),
            2..=6 => {
                let seats = self.some_seats();
                let body = json!({"performance_id": performance, "seat_ids": self.ids(&seats)});
                let held = self.ask(Op::Hold(number, seats.clone()), "POST", "/v1/holds", &token, body).await;
                if held.status == 201 {
                    self.holds.push((text(&held.body["id"]), seats));
                }
            }
            7 | 8 if !self.holds.is_empty() => {
                let (id, _) = self.holds.remove(0);
                let (op, path) = (Op::Release(number, id.clone()), format!("/v1/holds/{id}"));
                self.ask(op, "DELETE", &path, &token, Value::Null).await;
            }
            7..=11 => {
                let seats = self.holds.first().map(|(_, seats)| seats.clone());
                let seats = seats.unwrap_or_else(|| self.some_seats());
                let body = json!({"seat_ids": self.ids(&seats), "amount": PRICE * seats.len() as i64});
                self.ask(Op::Pay(number, seats), "POST", "/v1/payments", &token, body).await;
            }
            12 | 13 => {
                let amount = self.random.random_range(1..=4) * PRICE / 2;
                let body = json!({ "amount": amount });
                self.ask(Op::TopUp(number, amount), "POST", "/v1/balance/top-ups", &token, body).await;
            }
            14..=16 => drop(self.ask(Op::Position(number), "GET", "/v1/queue/position", &token, Value::Null).await),
            17 => drop(self.ask(Op::Balance(self.buyer), "GET", "/v1/balance", &session, Value::Null).await),
            _ => self.look().await,
        }
    }

    async fn look(&mut self) {
        let path = format!("/v1/operator/performances/{}/seats", self.world.concert.performance);
        self.ask(Op::Look, "GET", &path, OPERATOR, Value::Null).await;
    }
}

async fn open() -> Arc<Office> {
    Arc::new(Office::with(|config| config.terms.seats_per_user = Some(64)).await)
}

/// One history, made by real connections.
async fn record(office: &Arc<Office>, seed: u64) -> (plain::Office, Vec<Recorded>) {
    let concert = office.concert(json!({"max_admitted": CAP}), 1, SEATS as u32).await;
    let buyers = office.buyers(BUYERS as u32).await;
    let map = office.get(&format!("/v1/operator/performances/{}/seats", concert.performance), OPERATOR).await.json();
    let seat_ids: Vec<_> = map["seats"].as_array().expect("seats").iter().map(|seat| text(&seat["id"])).collect();
    let first = plain::Office::new(CAP, BUYERS, seat_ids.clone());
    let tokens = (0..BUYERS).map(|_| Mutex::default()).collect();
    let world = World { office: office.clone(), concert, buyers, seat_ids, tokens, ticks: AtomicU64::new(0) };
    let world = Arc::new(world);
    let mut lanes = Vec::new();
    for lane in 0..=2 * BUYERS {
        let client = world.office.client().await;
        let (holds, history) = (Vec::new(), Vec::new());
        let random = StdRng::seed_from_u64(seed << 8 | lane as u64);
        lanes.push(Lane { world: world.clone(), client, buyer: lane % BUYERS, random, holds, history });
    }
    let asking = lanes.into_iter().enumerate().map(|(at, mut lane)| {
        tokio::spawn(async move {
            for _ in 0..ASKED {
                // The last is the desk's.
                if at == 2 * BUYERS { lane.look().await } else { lane.step().await }
            }
            lane.history
        })
    });
    let made = futures_util::future::join_all(asking).await;
    (first, made.into_iter().flat_map(|history| history.expect("no panic")).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_happens_at_once_happens_one_after_another() {
    let from_environment =
        |name, default| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (seed, histories) =
        (from_environment("BOXOFFICE_TEST_SEED", SEED), from_environment("BOXOFFICE_HISTORIES", HISTORIES));
    let office = open().await;
    let mut overlapping = 0;
    for at in 0..histories {
        let (first, mut history) = record(&office, seed.wrapping_add(at)).await;
        history.sort_by_key(|event| event.began);
        overlapping += history.windows(2).filter(|pair| pair[1].began < pair[0].ended).count();
        if let Err(longest) = explain(&first, &history) {
            let rest = (0..history.len()).filter(|at| !longest.contains(at)).map(|at| &history[at]);
            let order = longest.iter().map(|at| &history[*at]);
            panic!(
                "history {at} of seed {seed} has no order. As far as it goes:\n{}\nand then none of:\n{}",
                order.map(told).collect::<Vec<_>>().join("\n"),
                rest.map(told).collect::<Vec<_>>().join("\n"),
            );
        }
    }
    println!("seed {seed}: {histories} histories, {overlapping} requests that began before the one before had ended");
    assert!(overlapping as u64 > histories, "nothing happened at once");
    office.verify();
}

fn told(Recorded { began, ended, op, answer }: &Recorded) -> String {
    let said = ["code", "status", "number", "ahead", "balance", "letters", "id"];
    let said =
        said.iter().filter(|name| !answer.body[*name].is_null()).map(|name| format!("{name} {}", answer.body[*name]));
    format!("{began:>3} to {ended:>3}: {op:?}: {} {}", answer.status, said.collect::<Vec<_>>().join(", "))
}

/// The checker sees what a broken office would answer: money from nowhere, a place further back, a seat sold and free again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_no_order_explains_is_found() {
    let more = |event: &mut Recorded| {
        let is_it = matches!(event.op, Op::TopUp(..)) && event.answer.status == 201;
        if is_it {
            event.answer.body["balance"] = json!(event.answer.body["balance"].as_i64().expect("a balance") + 1);
        }
        is_it
    };
    let further = |event: &mut Recorded| {
        let is_it = matches!(event.op, Op::Position(_)) && event.answer.body["status"] == "waiting";
        if is_it {
            event.answer.body["ahead"] = json!(9);
        }
        is_it
    };
    let sold = |event: &mut Recorded| {
        let is_it = matches!(event.op, Op::Look);
        if is_it {
            event.answer.body["letters"] = json!("s".repeat(SEATS));
        }
        is_it
    };
    let (office, mut found) = (open().await, [0; 3]);
    for at in 0..5 {
        let (first, mut history) = record(&office, SEED + at).await;
        history.sort_by_key(|event| event.began);
        assert!(explain(&first, &history).is_ok());
        let breaks: [&dyn Fn(&mut Recorded) -> bool; 3] = [&more, &further, &sold];
        for (breaks, found) in breaks.into_iter().zip(&mut found) {
            let mut broken = history.clone();
            if broken.iter_mut().any(breaks) {
                assert!(explain(&first, &broken).is_err(), "history {at} is explained with what did not happen");
                *found += 1;
            }
        }
    }
    assert!(found.iter().all(|found| *found > 0), "nothing to break: {found:?}");
}
