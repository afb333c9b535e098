//! Many buyers at once, through the real HTTP server: whoever loses gets a clear refusal, and the laws hold after it.

use std::collections::BTreeMap;
use std::sync::Arc;

use boxoffice::client::{Answer, Ask};
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::checked::Client;
use crate::support::{Buyer, Concert, OPERATOR, Office, refused, text};

/// A request that waits for all the others.
pub struct Move {
    method: &'static str,
    path: String,
    bearer: String,
    body: Value,
}

pub fn post(path: &str, bearer: &str, body: Value) -> Move {
    Move { method: "POST", path: path.to_owned(), bearer: bearer.to_owned(), body }
}

/// Sends every move on a connection of its own, all at once; the answers come in the order of the moves.
pub async fn rush(office: &Office, moves: Vec<Move>) -> Vec<Answer> {
    let start = Arc::new(Barrier::new(moves.len()));
    let sent = moves.into_iter().map(|one| {
        let (start, address) = (start.clone(), office.address);
        tokio::spawn(async move {
            let mut client = Client::connect(address).await.expect("the server listens");
            let body = (!one.body.is_null()).then(|| one.body.to_string().into_bytes());
            let ask = Ask { method: one.method, path: &one.path, bearer: Some(&one.bearer), body, ..Ask::default() };
            start.wait().await;
            client.send(&ask).await.expect("an answer")
        })
    });
    join_all(sent).await.into_iter().map(|answer| answer.expect("no panic")).collect()
}

/// All join at once a queue that lets everyone in; their tokens.
pub async fn enter_all(office: &Office, buyers: &[Buyer], concert: &Concert) -> Vec<String> {
    let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let joined = rush(office, buyers.iter().map(|buyer| post(&path, &buyer.session, Value::Null)).collect()).await;
    joined.iter().map(|answer| text(&answer.json()["token"])).collect()
}

/// How many answers have which status and code.
pub fn tally(answers: &[Answer]) -> BTreeMap<(u16, String), usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry((answer.status, answer.code())).or_default() += 1;
    }
    counts
}

/// How many seats are in which state, as a buyer sees them.
async fn seat_states(office: &Office, token: &str, concert: &Concert) -> BTreeMap<String, usize> {
    let map = office.get(&format!("/v1/performances/{}/seats", concert.performance), token).await.json();
    let mut counts = BTreeMap::new();
    for seat in map["seats"].as_array().expect("seats") {
        *counts.entry(text(&seat["state"])).or_default() += 1;
    }
    counts
}

/// Random choices that can be made again: `TEST_SEED=… cargo test --test office contention`.
fn choices() -> StdRng {
    #[expect(clippy::disallowed_methods, reason = "the seed is printed, so the choices can be made again")]
    let fresh = rand::random();
    let seed = std::env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(fresh);
    println!("TEST_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

fn no_bound() -> Value {
    json!({"max_admitted": null})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_buyers_want_one_seat() {
    let office = Office::open().await;
    let concert = office.concert(no_bound(), 1, 1).await;
    let tokens = enter_all(&office, &office.buyers(500).await, &concert).await;
    let seat = office.seat_ids(&tokens[0], &concert).await.remove(0);

    let body = json!({"performance_id": concert.performance, "seat_ids": [seat]});
    let answers = rush(&office, tokens.iter().map(|token| post("/v1/holds", token, body.clone())).collect()).await;

    let expected = BTreeMap::from([((201, String::new()), 1), ((409, "seat_taken".to_owned()), 499)]);
    assert_eq!(tally(&answers), expected);
    for loser in answers.iter().filter(|answer| answer.status == 409) {
        assert_eq!(loser.json()["seat_ids"], json!([seat]), "the refusal names the seat");
    }
    office.verify();
}

/// Two hundred buyers choose four of a hundred seats each; the moves for them, and all the tokens.
async fn four_random_seats_each(
    office: &Office,
    concert: &Concert,
    choose: impl Fn(&str, Vec<String>) -> Move,
) -> (Vec<Move>, Vec<String>) {
    let mut random = choices();
    let tokens = enter_all(office, &office.buyers(200).await, concert).await;
    let seats = office.seat_ids(&tokens[0], concert).await;
    assert_eq!(seats.len(), 100);
    let moves = tokens.iter().map(|token| choose(token, seats.sample(&mut random, 4).cloned().collect())).collect();
    (moves, tokens)
}

/// Every winner has four seats, no seat has two winners, and every loser was told which seats were gone.
fn each_seat_went_once(answers: &[Answer], seats_of: impl Fn(&Value) -> Vec<String>) -> usize {
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    for (buyer, answer) in answers.iter().enumerate() {
        if answer.status == 201 {
            for seat in seats_of(&answer.json()) {
                assert_eq!(owners.insert(seat.clone(), buyer), None, "seat {seat} went twice");
            }
        } else {
            refused(answer, 409, "seat_taken");
            assert_ne!(answer.json()["seat_ids"], json!([]), "the refusal names seats");
        }
    }
    let winners = answers.iter().filter(|answer| answer.status == 201).count();
    assert!((1..=25).contains(&winners), "{winners} of 200 won");
    assert_eq!(owners.len(), 4 * winners);
    winners
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_buyers_hold_four_random_seats_each() {
    let office = Office::open().await;
    let concert = office.concert(no_bound(), 10, 10).await;
    let hold = |token: &str, seats: Vec<String>| {
        post("/v1/holds", token, json!({"performance_id": concert.performance, "seat_ids": seats}))
    };
    let (moves, tokens) = four_random_seats_each(&office, &concert, hold).await;

    let answers = rush(&office, moves).await;

    let ids = |hold: &Value| hold["seats"].as_array().expect("seats").iter().map(|seat| text(&seat["id"])).collect();
    let winners = each_seat_went_once(&answers, ids);
    let states = seat_states(&office, &tokens[0], &concert).await;
    assert_eq!(states.get("held"), Some(&(4 * winners)), "{states:?}");
    assert_eq!(states.values().sum::<usize>(), 100);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_buyers_pay_for_four_random_seats_each() {
    let office = Office::open().await;
    let concert = office.concert(no_bound(), 10, 10).await;
    let pay = |token: &str, seats: Vec<String>| post("/v1/payments", token, json!({"seat_ids": seats, "amount": 4000}));
    let (moves, tokens) = four_random_seats_each(&office, &concert, pay).await;
    let top_ups = tokens.iter().map(|token| post("/v1/balance/top-ups", token, json!({"amount": 4000}))).collect();
    assert_eq!(tally(&rush(&office, top_ups).await), BTreeMap::from([((201, String::new()), 200)]));

    let answers = rush(&office, moves).await;

    let ids = |paid: &Value| {
        let tickets = paid["tickets"].as_array().expect("tickets");
        tickets.iter().map(|ticket| text(&ticket["seat"]["id"])).collect()
    };
    let winners = each_seat_went_once(&answers, ids);
    for (token, answer) in tokens.iter().zip(&answers) {
        let balance = office.get("/v1/balance", token).await;
        match answer.status {
            201 => refused(&balance, 401, "token_completed"),
            _ => assert_eq!(balance.json()["balance"], 4000, "a refused payment costs nothing"),
        }
    }
    let onlooker = office.enter(&office.buyer().await, &concert).await;
    let states = seat_states(&office, &onlooker, &concert).await;
    assert_eq!(states.get("sold"), Some(&(4 * winners)), "{states:?}");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_payments_of_one_visit_with_money_for_one() {
    let office = Office::open().await;
    let concert = office.concert(no_bound(), 1, 100).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 1000).await;

    let pay = |seat| post("/v1/payments", &token, json!({"seat_ids": [seat], "amount": 1000}));
    let answers = rush(&office, seats.iter().map(pay).collect()).await;

    let expected = BTreeMap::from([((201, String::new()), 1), ((401, "token_completed".to_owned()), 99)]);
    assert_eq!(tally(&answers), expected);
    assert_eq!(office.get("/v1/balance", &buyer.session).await.json()["balance"], 0);
    let payments = office.get("/v1/payments", &buyer.session).await.json();
    assert_eq!(payments["payments"].as_array().map(Vec::len), Some(1));
    office.verify();
}

/// The same balance from twenty visits: here only the money stands between the buyer and twenty tickets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payments_of_twenty_visits_with_money_for_one() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let mut moves = Vec::new();
    for _ in 0..20 {
        let concert = office.concert(no_bound(), 1, 1).await;
        let token = office.enter(&buyer, &concert).await;
        let seat = office.seat_ids(&token, &concert).await.remove(0);
        moves.push(post("/v1/payments", &token, json!({"seat_ids": [seat], "amount": 1000})));
    }
    office.top_up(&moves[0].bearer, 1000).await;

    let answers = rush(&office, moves).await;

    let expected = BTreeMap::from([((201, String::new()), 1), ((402, "insufficient_balance".to_owned()), 19)]);
    assert_eq!(tally(&answers), expected);
    assert_eq!(office.get("/v1/balance", &buyer.session).await.json()["balance"], 0);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_user_joins_a_hundred_times_at_once() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let ahead = office.buyer().await;
    office.enter(&ahead, &concert).await;
    let buyer = office.buyer().await;

    let tokens = enter_all(&office, &vec![buyer; 100], &concert).await;

    let looks = tokens.iter().map(|token| office.get("/v1/queue/position", token));
    let looks = tally(&join_all(looks).await);
    let expected = BTreeMap::from([((200, String::new()), 1), ((401, "token_replaced".to_owned()), 99)]);
    assert_eq!(looks, expected, "one token lives");
    let queue = office.get(&format!("/v1/operator/concerts/{}/queue", concert.id), OPERATOR).await.json();
    assert_eq!((&queue["waiting"], &queue["admitted"], &queue["replaced"]), (&json!(1), &json!(1), &json!(99)));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holding_and_leaving_at_once_leaves_no_seat_behind() {
    let office = Office::open().await;
    let concert = office.concert(no_bound(), 1, 50).await;
    let tokens = enter_all(&office, &office.buyers(50).await, &concert).await;
    let seats = office.seat_ids(&tokens[0], &concert).await;
    let mut moves = Vec::new();
    for (token, seat) in tokens.iter().zip(&seats) {
        moves.push(post("/v1/holds", token, json!({"performance_id": concert.performance, "seat_ids": [seat]})));
        let path = "/v1/queue/tokens/current".to_owned();
        moves.push(Move { method: "DELETE", path, bearer: token.clone(), body: Value::Null });
    }

    let answers = rush(&office, moves).await;

    for pair in answers.chunks(2) {
        assert_eq!(pair[1].status, 204, "leaving always works: {}", pair[1].json());
        if pair[0].status != 201 {
            refused(&pair[0], 401, "token_left");
        }
    }
    let onlooker = office.enter(&office.buyer().await, &concert).await;
    let states = seat_states(&office, &onlooker, &concert).await;
    assert_eq!(states, BTreeMap::from([("available".to_owned(), 50)]));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cap_is_exact_while_three_hundred_come_and_go() {
    const CAP: u64 = 7;
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": CAP}), 1, 4).await;
    let mut random = choices();
    let buyers = office.buyers(300).await;
    let leaves: Vec<bool> = buyers.iter().map(|_| random.random_bool(0.5)).collect();
    let stayers = leaves.iter().filter(|leaves| !**leaves).count() as u64;
    let figures = format!("/v1/operator/concerts/{}/queue", concert.id);
    let (done, mut watch) = tokio::sync::oneshot::channel();

    let rush = async {
        let start = Barrier::new(buyers.len());
        let visits = buyers.iter().zip(&leaves).map(|(buyer, leaves)| async {
            start.wait().await;
            let token = text(&office.join(buyer, &concert).await["token"]);
            if *leaves {
                assert_eq!(office.delete("/v1/queue/tokens/current", &token).await.status, 204);
            }
        });
        join_all(visits).await;
        done.send(()).expect("somebody watches");
    };
    let look_on = async {
        let mut looks = 0;
        while watch.try_recv().is_err() {
            let queue = office.get(&figures, OPERATOR).await.json();
            let admitted = queue["admitted"].as_u64().expect("a count");
            assert!(admitted <= CAP, "{admitted} are inside: {queue}");
            looks += 1;
        }
        looks
    };
    let ((), looks) = tokio::join!(rush, look_on);

    assert!(looks > 0, "nobody looked while they came and went");
    let queue = office.get(&figures, OPERATOR).await.json();
    let admitted = queue["admitted"].as_u64().expect("a count");
    assert_eq!(admitted, CAP, "a free place is given at once: {queue}");
    assert_eq!(queue["waiting"].as_u64().expect("a count") + admitted, stayers, "{queue}");
    assert_eq!(queue["left"].as_u64(), Some(300 - stayers), "{queue}");
    office.verify();
}

/// A null takes the bound away; what is left out stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_the_cap_away_lets_all_who_wait_in() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1, "admissions_per_minute": null}), 1, 4).await;
    let tokens = enter_all(&office, &office.buyers(100).await, &concert).await;
    let path = format!("/v1/operator/concerts/{}/queue", concert.id);
    let waiting = office.patch(&path, OPERATOR, json!({"absence_seconds": 600})).await.json();
    assert_eq!((&waiting["admitted"], &waiting["waiting"]), (&json!(1), &json!(99)));

    let changed = office.patch(&path, OPERATOR, json!({"max_admitted": null})).await.json();

    assert_eq!((&changed["max_admitted"], &changed["absence_seconds"]), (&Value::Null, &json!(600)));
    assert_eq!((&changed["admitted"], &changed["waiting"]), (&json!(100), &json!(0)));
    let looks = join_all(tokens.iter().map(|token| office.get("/v1/dates", token))).await;
    assert_eq!(tally(&looks), BTreeMap::from([((200, String::new()), 100)]));
    office.verify();
}
