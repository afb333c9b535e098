//! One buyer after the other on one connection: joins, waits, holds, tops up, pays or leaves. Whatever was not answered, or was
//! answered by a 503, is asked again with the same key, of the next node.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use boxoffice::client::{Answer, Ask, Client};

use crate::cluster::Cluster;
use crate::load::Shared;

/// A connection that is made anew whenever it breaks, and the keys of what is sent over it.
pub struct Line {
    addresses: Vec<SocketAddr>,
    at: usize,
    client: Option<Client>,
    name: String,
    keys: u32,
    /// Of the change that is under way: how often it was sent again.
    again: usize,
}

/// Buyers, one after the other.
pub struct Buyer {
    shared: Arc<Shared>,
    line: Line,
    random: StdRng,
    sessions: Vec<(Uuid, String)>,
}

/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(3);
/// Until then there must be one, however often it was asked for.
const ANSWERED_WITHIN: Duration = Duration::from_secs(180);
/// Before the same is asked again.
const PAUSE: Duration = Duration::from_millis(50);
/// Sessions opened at once.
const SESSIONS: usize = 20;

impl Line {
    pub fn new(cluster: &Cluster, name: String, at: usize) -> Self {
        Self { addresses: cluster.addresses.clone(), at, client: None, name, keys: 0, again: 0 }
    }

    /// Sends until it is answered.
    ///
    /// # Errors
    /// When it is not in time.
    async fn send(&mut self, ask: &Ask<'_>) -> anyhow::Result<Answer> {
        self.again = 0;
        let began = Instant::now();
        loop {
            match timeout(PATIENCE, self.send_once(ask)).await {
                Ok(Ok(answer)) if answer.status < 500 => return Ok(answer),
                // Not answered, or not by one who leads: of the next.
                _ => {
                    self.client = None;
                    self.at += 1;
                }
            }
            self.again += 1;
            if began.elapsed() > ANSWERED_WITHIN {
                bail!("{} {}: no answer within {} s", ask.method, ask.path, ANSWERED_WITHIN.as_secs());
            }
            sleep(PAUSE).await;
        }
    }

    async fn send_once(&mut self, ask: &Ask<'_>) -> anyhow::Result<Answer> {
        if self.client.is_none() {
            self.client = Some(Client::connect(self.addresses[self.at % self.addresses.len()]).await?);
        }
        self.client.as_mut().context("a connection")?.send(ask).await
    }

    /// A change with a key of its own.
    async fn change(&mut self, path: &str, bearer: &str, body: &Value) -> anyhow::Result<Answer> {
        self.keys += 1;
        let key = format!("drill-{}-{}", self.name, self.keys);
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        let headers = [("idempotency-key", key.as_str())];
        self.send(&Ask { method: "POST", path, bearer: Some(bearer), body, headers: &headers }).await
    }

    /// A change that must succeed.
    ///
    /// # Errors
    /// What it was refused with.
    pub async fn make(&mut self, path: &str, bearer: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.change(path, bearer, body).await?;
        match answer.status {
            200..=299 => Ok(answer.json()),
            status => bail!("{path}: {status} {} {}", answer.code(), answer.json()["detail"]),
        }
    }
}

/// Why a journey ended early.
enum Over {
    /// As it may.
    Empty,
    /// As it must not.
    Wrong(String),
}

impl From<anyhow::Error> for Over {
    fn from(error: anyhow::Error) -> Self {
        Self::Wrong(format!("{error:#}"))
    }
}

impl Buyer {
    pub fn new(shared: Arc<Shared>, line: Line, seed: u64) -> Self {
        Self { shared, line, random: StdRng::seed_from_u64(seed), sessions: Vec::new() }
    }

    /// Until the round is over.
    pub async fn buy(mut self) {
        while !self.shared.stops.load(Ordering::Relaxed) {
            match self.journey().await {
                Ok(()) => {}
                // Sold out: nobody comes any more.
                Err(Over::Empty) => return,
                Err(Over::Wrong(what)) => {
                    self.shared.refuse(what);
                    return;
                }
            }
        }
    }

    async fn journey(&mut self) -> Result<(), Over> {
        let (user, session) = self.session().await?;
        let path = format!("/v1/concerts/{}/queue/tokens", self.shared.concert);
        let mut joined = self.change(&path, &session, &Value::Null).await?.json();
        if self.random.random_ratio(1, 10) {
            // Anew: the place before is given up.
            joined = self.change(&path, &session, &Value::Null).await?.json();
        }
        let token = joined["token"].as_str().context("a token")?.to_owned();
        if joined["status"] != "admitted" {
            self.wait(&token).await?;
        }
        self.think().await;
        let seats = self.random.random_range(1..=4);
        let best = json!({"performance_id": self.shared.performance, "best": {"grade": "R", "quantity": seats}});
        let held = self.change("/v1/holds", &token, &best).await?.json();
        let amount = held["amount"].as_i64().context("an amount")?;
        if self.random.random_ratio(1, 10) {
            return self.leave(&token).await;
        }
        self.think().await;
        self.change("/v1/balance/top-ups", &token, &json!({"amount": amount + 7})).await?;
        self.shared.ledger.change(user, |buyer| {
            buyer.top_ups.0 += 1;
            buyer.top_ups.1 += amount + 7;
        });
        self.think().await;
        let seat_ids: Vec<_> = held["seats"].as_array().context("seats")?.iter().map(|seat| &seat["id"]).collect();
        let paid = self.change("/v1/payments", &token, &json!({"seat_ids": seat_ids, "amount": amount})).await?.json();
        let id = paid["id"].as_str().and_then(|id| id.parse().ok()).context("a payment's id")?;
        self.shared.ledger.change(user, |buyer| {
            buyer.payments.insert(id, (amount, seats));
        });
        Ok(())
    }

    async fn wait(&mut self, token: &str) -> Result<(), Over> {
        loop {
            let ask = Ask { method: "GET", path: "/v1/queue/position", bearer: Some(token), ..Ask::default() };
            let answer = self.line.send(&ask).await?;
            match answer.json()["status"].as_str() {
                Some("admitted") => return Ok(()),
                Some("waiting") => sleep(Duration::from_millis(20)).await,
                _ => return Err(self.wrong("queue_position", &answer)),
            }
        }
    }

    async fn leave(&mut self, token: &str) -> Result<(), Over> {
        let ask = Ask { method: "DELETE", path: "/v1/queue/tokens/current", bearer: Some(token), ..Ask::default() };
        let answer = self.line.send(&ask).await?;
        self.count();
        match (answer.status, answer.code().as_str()) {
            (204, _) => Ok(()),
            // The time before it was done, and the answer lost.
            (401, "token_left") if self.line.again > 0 => Ok(()),
            _ => Err(self.wrong("leave_queue", &answer)),
        }
    }

    async fn session(&mut self) -> Result<(Uuid, String), Over> {
        if self.sessions.is_empty() {
            let key = self.shared.operator_key.clone();
            let opened = self.change("/v1/operator/sessions", &key, &json!({"count": SESSIONS})).await?.json();
            for opened in opened["sessions"].as_array().context("sessions")? {
                let user = opened["user_id"].as_str().and_then(|id| id.parse().ok()).context("a user's id")?;
                self.sessions.push((user, opened["secret"].as_str().context("a secret")?.to_owned()));
            }
        }
        Ok(self.sessions.pop().context("a session")?)
    }

    async fn change(&mut self, path: &str, bearer: &str, body: &Value) -> Result<Answer, Over> {
        let answer = self.line.change(path, bearer, body).await?;
        self.count();
        match (answer.status, answer.code().as_str()) {
            (200..=299, _) => Ok(answer),
            (_, "not_enough_seats") => Err(Over::Empty),
            _ => Err(self.wrong(path, &answer)),
        }
    }

    fn count(&self) {
        self.shared.repeated.fetch_add(self.line.again, Ordering::Relaxed);
        self.shared.acknowledge();
    }

    fn wrong(&self, what: &str, answer: &Answer) -> Over {
        let (again, detail) = (self.line.again, answer.json()["detail"].to_string());
        Over::Wrong(format!("{what}, sent {} times: {} {} {detail}", again + 1, answer.status, answer.code()))
    }

    async fn think(&mut self) {
        sleep(Duration::from_millis(self.random.random_range(5..25))).await;
    }
}
