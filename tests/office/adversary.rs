//! A payment provider, its buyers and the machine at their worst: seeded histories of returns, notices (early, late, twice, at
//! once, forged, old, out of order), sweeps, calls that are cut off at any point, and restarts. After each history the laws hold
//! on the file, and every checkout that was paid is credited exactly once, every other never.
//!
//! `cargo test` runs some of them; `BOXOFFICE_HISTORIES=10000 cargo test --test office adversary` runs all.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use boxoffice::app::App;
use boxoffice::checkout::providers::Conduct;
use boxoffice::clock::{Clock, ScriptedClock};
use boxoffice::config::{Config, Limits};
use boxoffice::entropy::SeededEntropy;
use boxoffice::{account, demo, server, verify};
use poem::{Endpoint, Request};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{HOUR_MS, OPERATOR, START, limits, text};

/// So many without being asked for more.
const HISTORIES: u64 = 300;
/// So many on one data file.
const ON_ONE_FILE: u64 = 25;

/// What a call got: status and JSON; nothing where it was cut off.
type Got = Option<(u16, Value)>;

struct World {
    config: Config,
    limits: Limits,
    clock: ScriptedClock,
    app: Arc<App>,
    routes: server::Around,
    concert: Uuid,
    performance: Uuid,
}

/// A checkout as the provider and its buyer know it.
struct Known {
    id: Uuid,
    session: String,
    amount: i64,
    conduct: Option<Conduct>,
}

impl World {
    async fn new(folder: &std::path::Path, seed: u64) -> Self {
        let mut config = demo::config(&folder.join("boxoffice.db"), ([127, 0, 0, 1], 0).into());
        config.operator_key = Some(OPERATOR.to_owned());
        config.lift_limits_for = vec!["127.0.0.0/8".parse().expect("a network")];
        let limits = Limits { provider_patience: Duration::from_millis(4), ..limits() };
        let clock = ScriptedClock::at(START);
        let (app, routes) = open(&config, &limits, &clock, seed).await;
        let made = app.store.write(|tx| demo::fill(tx, "no password", 0)).await.expect("the demo's data");
        Self { config, limits, clock, app, routes, concert: made.concert_id, performance: made.performance_id }
    }

    async fn restart(self, seed: u64) -> Self {
        let Self { config, limits, clock, app, routes, concert, performance } = self;
        drop(routes);
        tokio::task::spawn_blocking(move || app.stop()).await.expect("it stops");
        clock.restart();
        let (app, routes) = open(&config, &limits, &clock, seed).await;
        Self { config, limits, clock, app, routes, concert, performance }
    }

    /// One call; it is dropped when it was looked at `polls` times, as by a crash of the caller or of the machine.
    async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: String, polls: u32) -> Got {
        let mut request =
            Request::builder().method(method.parse().expect("a method")).uri(path.parse().expect("a path"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let mut left = polls;
        let mut answer = pin!(self.routes.call(request.body(body)));
        let answer = poll_fn(|cx| match answer.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => {
                left -= 1;
                Poll::Pending
            }
        });
        let response = answer.await?.expect("an answer");
        let status = response.status().as_u16();
        let body = response.into_body().into_vec().await.expect("a body");
        Some((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }

    async fn ask(&self, method: &str, path: &str, session: &str, body: Value) -> (u16, Value) {
        let bearer = format!("Bearer {session}");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.call(method, path, &[("authorization", &bearer)], body, u32::MAX).await.expect("not cut off")
    }

    async fn come_back(&self, of: &Known, polls: u32) {
        let (bearer, path) = (format!("Bearer {}", of.session), format!("/v1/balance/checkouts/{}/return", of.id));
        let body = json!({"parameters": {"outcome": "whatever"}}).to_string();
        let got = self.call("POST", &path, &[("authorization", &bearer)], body, polls).await;
        assert!(got.is_none_or(|(status, _)| status == 200));
    }

    async fn notify(&self, id: Uuid, ago_ms: i64, forge: bool, polls: u32) {
        let (message, at, mut signature, body) = Conduct::notice(id, self.clock.now().plus_ms(-ago_ms));
        if forge {
            signature.replace_range(5..6, if signature.as_bytes()[5] == b'A' { "B" } else { "A" });
        }
        let headers = [("webhook-id", message.as_str()), ("webhook-timestamp", &at), ("webhook-signature", &signature)];
        let got = self.call("POST", "/v1/webhooks/fake", &headers, body, polls).await;
        let expected = if forge || ago_ms > 300_000 { [400, 400] } else { [204, 503] };
        assert!(got.as_ref().is_none_or(|(status, _)| expected.contains(status)), "{got:?}");
    }
}

async fn open(config: &Config, limits: &Limits, clock: &ScriptedClock, seed: u64) -> (Arc<App>, server::Around) {
    let entropy = Arc::new(SeededEntropy::new(seed));
    let opened = App::open_with(config.clone(), limits.clone(), Arc::new(clock.clone()), entropy).await;
    let app = opened.expect("the data file opens").app;
    (app.clone(), server::routes(app))
}

/// A buyer, perhaps with seats held that a checkout shall pay for; and the checkout.
async fn open_one(world: &World, rng: &mut StdRng) -> Option<Known> {
    let made =
        world.app.store.write(|tx| account::domain::open_sessions(tx, 1, 30 * 24 * 3600)).await.expect("an account");
    let (_, session) = made.into_iter().next()?;
    let mut amount = rng.random_range(1..1_000_000);
    let mut body = json!({ "amount": amount });
    if rng.random_bool(0.5) {
        let tokens = format!("/v1/concerts/{}/queue/tokens", world.concert);
        let (_, joined) = world.ask("POST", &tokens, &session, json!({})).await;
        let token = text(&joined["token"]);
        let best = json!({"performance_id": world.performance, "best": {"quantity": rng.random_range(1..=3)}});
        let (status, held) = world.ask("POST", "/v1/holds", &token, best).await;
        if status == 201 {
            amount = held["amount"].as_i64().expect("an amount") + rng.random_range(-1..=2);
            let seats: Vec<_> = held["seats"].as_array()?.iter().map(|seat| seat["id"].clone()).collect();
            let price = held["amount"].as_i64()? + i64::from(rng.random_bool(0.1));
            body = json!({"amount": amount, "then_pay": {"concert_id": world.concert, "seat_ids": seats, "amount": price}});
            if rng.random_bool(0.2) {
                let hold = format!("/v1/holds/{}", text(&held["id"]));
                world.ask("DELETE", &hold, &token, Value::Null).await;
            }
        }
    }
    // Cut off and repeated under one key: one checkout.
    let (bearer, key) = (format!("Bearer {session}"), format!("key-{}", rng.random::<u64>()));
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", &key)];
    if rng.random_bool(0.3) {
        let polls = rng.random_range(0..6);
        world.call("POST", "/v1/balance/checkouts", &headers, body.to_string(), polls).await;
    }
    let (status, opened) = world.call("POST", "/v1/balance/checkouts", &headers, body.to_string(), u32::MAX).await?;
    assert_eq!(status, 201, "{opened}");
    Some(Known { id: text(&opened["id"]).parse().expect("an id"), session, amount, conduct: None })
}

async fn history(mut world: World, rng: &mut StdRng) -> World {
    let mut known: Vec<Known> = Vec::new();
    for _ in 0..rng.random_range(5..16) {
        if known.is_empty() || (known.len() < 3 && rng.random_bool(0.2)) {
            known.extend(open_one(&world, rng).await);
        }
        let at = rng.random_range(0..known.len());
        let (polls, id) = (if rng.random_bool(0.3) { rng.random_range(0..8) } else { u32::MAX }, known[at].id);
        match rng.random_range(0..12) {
            0..3 if known[at].conduct.is_none() => {
                let conduct = Conduct::ALL[rng.random_range(0..Conduct::ALL.len())];
                conduct.set(id);
                known[at].conduct = Some(conduct);
            }
            0..4 => world.come_back(&known[at], polls).await,
            4 | 5 => world.notify(id, rng.random_range(0..299_000), false, polls).await,
            6 => {
                // All at once.
                tokio::join!(
                    world.notify(id, 0, false, polls),
                    world.come_back(&known[at], u32::MAX),
                    world.notify(id, 1000, false, u32::MAX),
                );
            }
            7 => world.notify(id, rng.random_range(0..299_000), true, polls).await,
            8 => world.notify(id, rng.random_range(301_000..9_000_000), false, polls).await,
            9 => world.clock.advance_ms(rng.random_range(0..40 * 60_000)),
            10 => world.app.run_due().await,
            _ if rng.random_bool(0.3) => world = world.restart(rng.random()).await,
            _ => world.notify(Uuid::from_u128(rng.random()), 0, false, polls).await,
        }
    }
    // In the end the provider answers, and time passes.
    for of in &mut known {
        if of.conduct == Some(Conduct::Hangs) {
            of.conduct = Some(Conduct::Pays);
            Conduct::Pays.set(of.id);
        }
    }
    for _ in 0..3 {
        // More than once, because what was cut off may still be written down after its time.
        world.clock.advance_ms(HOUR_MS);
        world.app.run_due().await;
    }
    for of in &known {
        check(&world, of).await;
    }
    world
}

/// What became of a checkout is what the provider did, and the balance says the same.
async fn check(world: &World, of: &Known) {
    let (_, shown) = world.ask("GET", &format!("/v1/balance/checkouts/{}", of.id), &of.session, Value::Null).await;
    let state = text(&shown["state"]);
    let expected = match of.conduct {
        Some(Conduct::Pays | Conduct::Twice | Conduct::Late | Conduct::Hangs) => ["paid", "paid"],
        Some(Conduct::WrongAmount) => ["disputed", "disputed"],
        // Its time may have been over before the provider said so.
        Some(Conduct::Declines) => ["failed", "expired"],
        Some(Conduct::Never) | None => ["expired", "expired"],
    };
    assert!(expected.contains(&state.as_str()), "{:?}: {shown}", of.conduct);
    let (_, postings) = world.ask("GET", "/v1/balance/postings", &of.session, Value::Null).await;
    let postings = postings["postings"].as_array().expect("postings");
    let credited: Vec<_> = postings.iter().filter(|posting| posting["kind"] == "top_up").collect();
    let paid: i64 =
        postings.iter().filter(|posting| posting["kind"] == "payment").filter_map(|p| p["amount"].as_i64()).sum();
    assert_eq!(credited.len(), usize::from(state == "paid"), "{shown}: {postings:?}");
    assert!(credited.iter().all(|posting| posting["amount"] == of.amount), "{shown}: {postings:?}");
    assert_eq!(paid < 0, shown["payment_id"].is_string(), "{shown}: {postings:?}");
    let (_, balance) = world.ask("GET", "/v1/balance", &of.session, Value::Null).await;
    let expected = if state == "paid" { of.amount } else { 0 } + paid;
    assert_eq!(balance["balance"], expected, "{shown}: {postings:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_provider_does_paid_money_is_credited_exactly_once() {
    let histories = std::env::var("BOXOFFICE_HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(HISTORIES);
    let first: u64 = std::env::var("BOXOFFICE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut seed = first;
    while seed < first + histories {
        let folder = tempfile::tempdir().expect("a folder");
        let mut world = World::new(folder.path(), seed).await;
        for _ in 0..ON_ONE_FILE.min(first + histories - seed) {
            println!("BOXOFFICE_SEED={seed} BOXOFFICE_HISTORIES=1");
            let mut rng = StdRng::seed_from_u64(seed);
            world = history(world, &mut rng).await;
            let report = verify::verify(&world.config.data).expect("the data file opens");
            assert_eq!(report.breaches, [], "seed {seed}");
            assert_eq!(world.app.store.groups_run_again(), 0, "seed {seed}");
            seed += 1;
        }
        let World { app, routes, .. } = world;
        drop(routes);
        tokio::task::spawn_blocking(move || app.stop()).await.expect("it stops");
    }
    println!("{histories} histories");
}
