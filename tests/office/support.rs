//! A real box office for each test: a real data file in a temporary folder, a real server on loopback, a scripted
//! clock. Nothing is mocked, nothing sleeps for time to pass.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use boxoffice::account::{LinkSecrets, Purpose};
use boxoffice::app::App;
use boxoffice::client::{Answer, Ask};
use boxoffice::clock::{Clock, Instant, ScriptedClock};
use boxoffice::config::{BookSettings, Config, Limits};
use boxoffice::entropy::SystemEntropy;
use boxoffice::ids::ConcertKey;
use boxoffice::queue::Lines;
use boxoffice::queue::heard::LATE_MS;
use boxoffice::standing::Standing;
use boxoffice::store::{StoreError, Tx};
use boxoffice::{account, demo, server, verify};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::checked::Client;

/// The operator key of every test office.
pub const OPERATOR: &str = "op_of_the_offices_under_test";
/// Where the scripted clock begins: 2026-11-23T00:00:00Z.
pub const START: Instant = Instant(1_795_392_000_000);
pub const HOUR_MS: i64 = 3_600_000;

/// Bounds for tests: passwords that cost nothing.
pub fn limits() -> Limits {
    let mail_patience = std::time::Duration::from_millis(1500);
    let provider_patience = mail_patience;
    Limits { password_memory_kib: 8, password_passes: 1, mail_patience, provider_patience, ..Limits::default() }
}

/// An open box office with a server.
pub struct Office {
    pub app: Arc<App>,
    pub address: SocketAddr,
    pub metrics: Option<SocketAddr>,
    pub data: PathBuf,
    pub clock: ScriptedClock,
    pub config: Config,
    folder: TempDir,
    stop: oneshot::Sender<()>,
    server: JoinHandle<anyhow::Result<()>>,
}

/// A buyer with a session.
#[derive(Clone, Debug)]
pub struct Buyer {
    pub id: String,
    pub session: String,
}

/// A concert with one performance in a hall of its own.
#[derive(Clone, Debug)]
pub struct Concert {
    pub id: String,
    pub performance: String,
}

impl Office {
    /// With the settings that `serve` has by default.
    pub async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::with_limits(limits(), change).await
    }

    /// With other bounds too.
    pub async fn with_limits(limits: Limits, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("boxoffice.db");
        let mut config = demo::config(&data, ([127, 0, 0, 1], 0).into());
        config.operator_key = Some(OPERATOR.to_owned());
        // Time stands still unless a test moves it, so that no share ever comes back. `limits` has the tests with limits.
        config.lift_limits_for = vec!["127.0.0.0/8".parse().expect("a network")];
        // The same office on PostgreSQL: `.ci/cluster` runs these tests so. The file is its copy then.
        if let Ok(server) = std::env::var("BOXOFFICE_TEST_PG") {
            static OFFICES: AtomicU32 = AtomicU32::new(0);
            let (process, office) = (std::process::id(), OFFICES.fetch_add(1, Ordering::Relaxed));
            config.data = format!("{server}?schema=t_{process}_{office}").into();
            config.book = BookSettings { copy: data.clone(), node_url: None, unreplicated: true };
        }
        change(&mut config);
        Self::start(folder, data, config, limits, ScriptedClock::at(START)).await
    }

    async fn start(folder: TempDir, data: PathBuf, config: Config, limits: Limits, clock: ScriptedClock) -> Self {
        let opened = App::open_with(config.clone(), limits, Arc::new(clock.clone()), Arc::new(SystemEntropy));
        let app = opened.await.expect("the data file opens").app;
        let bound = server::bind(&config.listen).expect("a free port");
        let bound = bound.with_metrics(config.metrics_listen.as_ref()).expect("another");
        let metrics = bound.metrics_address();
        let serving = server::serve(app.clone(), bound);
        let (address, (stop, stopped)) = (serving.address, oneshot::channel());
        let server = tokio::spawn(serving.run(async {
            let _ = stopped.await;
        }));
        Self { app, address, metrics, data, clock, config, folder, stop, server }
    }

    /// Stops in order and starts again on the same data file and clock.
    pub async fn restart(self) -> Self {
        let Self { app, data, clock, config, folder, stop, server, .. } = self;
        let _ = stop.send(());
        server.await.expect("the server ends").expect("in order");
        let limits = app.limits.clone();
        drop(app);
        clock.restart();
        Self::start(folder, data, config, limits, clock).await
    }

    /// Moves the clock and does what is due.
    pub async fn advance_ms(&self, ms: i64) {
        self.clock.advance_ms(ms);
        self.app.run_due().await;
    }

    /// When whoever was silent for `ms` is taken for gone: later by as much as another node's word may take, where there may be one.
    pub fn silence_ms(&self, ms: i64) -> i64 {
        let may_have_nodes = self.app.part::<Standing>().has_nodes();
        ms + if may_have_nodes { LATE_MS } else { 0 }
    }

    /// Moves the clock to `instant` plus `ms` and does what is due.
    pub async fn advance_to(&self, instant: Instant, ms: i64) {
        self.advance_ms(instant.plus_ms(ms).0 - self.now().0).await;
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    pub async fn client(&self) -> Client {
        Client::connect(self.address).await.expect("the server listens")
    }

    /// One request on a connection of its own.
    pub async fn get(&self, path: &str, bearer: &str) -> Answer {
        self.client().await.get(path, Some(bearer)).await.expect("an answer")
    }

    pub async fn post(&self, path: &str, bearer: &str, body: Value) -> Answer {
        self.client().await.post(path, Some(bearer), &body).await.expect("an answer")
    }

    /// POST with an `Idempotency-Key`.
    pub async fn post_once(&self, path: &str, bearer: &str, key: &str, body: Value) -> Answer {
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        let headers = &[("idempotency-key", key)][..];
        let ask = Ask { method: "POST", path, bearer: Some(bearer), body, headers };
        self.client().await.send(&ask).await.expect("an answer")
    }

    pub async fn patch(&self, path: &str, bearer: &str, body: Value) -> Answer {
        let body = Some(body.to_string().into_bytes());
        let ask = Ask { method: "PATCH", path, bearer: Some(bearer), body, ..Ask::default() };
        self.client().await.send(&ask).await.expect("an answer")
    }

    pub async fn put(&self, path: &str, bearer: &str, body: Value) -> Answer {
        let body = Some(body.to_string().into_bytes());
        let ask = Ask { method: "PUT", path, bearer: Some(bearer), body, ..Ask::default() };
        self.client().await.send(&ask).await.expect("an answer")
    }

    /// A request with this header.
    pub async fn with_header(
        &self,
        method: &str,
        path: &str,
        bearer: &str,
        header: (&str, &str),
        body: Value,
    ) -> Answer {
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        let bearer = (!bearer.is_empty()).then_some(bearer);
        let ask = Ask { method, path, bearer, body, headers: &[header] };
        self.client().await.send(&ask).await.expect("an answer")
    }

    pub async fn delete(&self, path: &str, bearer: &str) -> Answer {
        self.client().await.delete(path, Some(bearer)).await.expect("an answer")
    }

    /// Buyers made at the counter, each with a session.
    pub async fn buyers(&self, count: u32) -> Vec<Buyer> {
        let made = self.app.store.write(move |tx| account::domain::open_sessions(tx, count, 30 * 24 * 3600)).await;
        let made = made.expect("accounts");
        made.into_iter().map(|(id, session)| Buyer { id: id.to_string(), session }).collect()
    }

    pub async fn buyer(&self) -> Buyer {
        self.buyers(1).await.remove(0)
    }

    /// A concert on sale now with this queue (null: the defaults), with `rows` rows A, B, … of `seats` seats of grade
    /// R at 1,000 each, thirty days ahead.
    pub async fn concert(&self, queue: Value, rows: u32, seats: u32) -> Concert {
        let rows: Vec<_> =
            (0..rows).map(|row| json!({"name": format!("{}", row + 1), "seats": seats, "grade": "R"})).collect();
        let hall = json!({"name": "Hall", "sections": [{"name": "Stalls", "rows": rows}]});
        let hall = self.make("/v1/operator/halls", hall).await["id"].clone();
        let mut concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "cancel_until_minutes": 60});
        if !queue.is_null() {
            concert["queue"] = queue;
        }
        let concert = self.make("/v1/operator/concerts", concert).await["id"].clone();
        let starts_at = self.now().plus_ms(30 * 24 * HOUR_MS).to_rfc3339();
        let performance =
            json!({"concert_id": concert, "hall_id": hall, "starts_at": starts_at, "prices": {"R": 1000}});
        let performance = self.make("/v1/operator/performances", performance).await["id"].clone();
        Concert { id: text(&concert), performance: text(&performance) }
    }

    /// One more performance of a concert, in a hall of its own with one row of `seats` seats of grade R at 1,000.
    pub async fn performance(&self, concert: &Concert, seats: u32, starts_at: Instant) -> Concert {
        let rows = json!([{"name": "1", "seats": seats, "grade": "R"}]);
        let hall = json!({"name": "Hall", "sections": [{"name": "Stalls", "rows": rows}]});
        let hall = self.make("/v1/operator/halls", hall).await["id"].clone();
        let starts_at = starts_at.to_rfc3339();
        let performance =
            json!({"concert_id": concert.id, "hall_id": hall, "starts_at": starts_at, "prices": {"R": 1000}});
        let performance = self.make("/v1/operator/performances", performance).await["id"].clone();
        Concert { id: concert.id.clone(), performance: text(&performance) }
    }

    /// The operator makes something; it must work.
    pub async fn make(&self, path: &str, body: Value) -> Value {
        let answer = self.post(path, OPERATOR, body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()
    }

    /// By which operations name it.
    pub fn concert_key(&self, concert: &Concert) -> ConcertKey {
        self.app.part::<Lines>().by_id(concert.id.parse().expect("an id")).expect("its line").concert
    }

    /// Joins a queue; gives the answer with the token.
    pub async fn join(&self, buyer: &Buyer, concert: &Concert) -> Value {
        let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
        let answer = self.post(&path, &buyer.session, Value::Null).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()
    }

    /// Joins a queue that lets in at once; gives the token.
    pub async fn enter(&self, buyer: &Buyer, concert: &Concert) -> String {
        let joined = self.join(buyer, concert).await;
        assert_eq!(joined["status"], "admitted", "{joined}");
        text(&joined["token"])
    }

    /// Where a live token stands.
    pub async fn position(&self, token: &str) -> Value {
        let answer = self.get("/v1/queue/position", token).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()
    }

    /// Tokens of this concert that are no use any more, or never were, each with the code that says why.
    pub async fn dead_tokens(&self, concert: &Concert) -> Vec<(String, &'static str)> {
        let buyers = self.buyers(4).await;
        let expired = self.enter(&buyers[0], concert).await;
        self.advance_ms(i64::from(self.app.store.terms().admission_seconds) * 1000).await;
        let left = self.enter(&buyers[1], concert).await;
        assert_eq!(self.delete("/v1/queue/tokens/current", &left).await.status, 204);
        let completed = self.enter(&buyers[2], concert).await;
        let seats = self.seat_ids(&completed, concert).await;
        let last = seats.last().expect("a seat");
        self.top_up(&completed, 1000).await;
        assert_eq!(self.pay(&completed, &[last], 1000).await.status, 201);
        let replaced = self.enter(&buyers[3], concert).await;
        let live = self.enter(&buyers[3], concert).await;
        let forged = format!("{}AAAA", &live[..live.len() - 4]);
        let session = buyers[3].session.clone();
        assert_eq!(self.delete("/v1/queue/tokens/current", &live).await.status, 204);
        vec![
            (expired, "token_expired"),
            (left, "token_left"),
            (completed, "token_completed"),
            (replaced, "token_replaced"),
            (forged, "token_invalid"),
            (session, "token_invalid"),
        ]
    }

    /// The ids of a performance's seats, in order.
    pub async fn seat_ids(&self, token: &str, concert: &Concert) -> Vec<String> {
        let answer = self.get(&format!("/v1/performances/{}/seats", concert.performance), token).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        let map = answer.json();
        map["seats"].as_array().expect("seats").iter().map(|seat| text(&seat["id"])).collect()
    }

    pub async fn hold(&self, token: &str, concert: &Concert, seat_ids: &[&str]) -> Answer {
        self.post("/v1/holds", token, json!({"performance_id": concert.performance, "seat_ids": seat_ids})).await
    }

    /// A hold that must work.
    pub async fn held(&self, token: &str, concert: &Concert, seat_ids: &[&str]) -> Value {
        let answer = self.hold(token, concert, seat_ids).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()
    }

    /// The holds that live now.
    pub async fn holds(&self, token: &str) -> Vec<Value> {
        let answer = self.get("/v1/holds", token).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["holds"].as_array().expect("holds").clone()
    }

    /// What each seat is, in order.
    pub async fn seat_states(&self, token: &str, concert: &Concert) -> Vec<String> {
        let answer = self.get(&format!("/v1/performances/{}/seats", concert.performance), token).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["seats"].as_array().expect("seats").iter().map(|seat| text(&seat["state"])).collect()
    }

    pub async fn balance(&self, credential: &str) -> Value {
        let answer = self.get("/v1/balance", credential).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["balance"].clone()
    }

    pub async fn top_up(&self, token: &str, amount: i64) {
        let answer = self.post("/v1/balance/top-ups", token, json!({"amount": amount})).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
    }

    pub async fn pay(&self, token: &str, seat_ids: &[&str], amount: i64) -> Answer {
        self.post("/v1/payments", token, json!({"seat_ids": seat_ids, "amount": amount})).await
    }

    /// Gives the writer something that it waits in.
    pub async fn hold_writer(&self) -> HeldWriter {
        let (enter, entered) = std::sync::mpsc::channel::<()>();
        let (go, gate) = std::sync::mpsc::channel::<()>();
        let (gate, app) = (std::sync::Mutex::new(gate), self.app.clone());
        let hold_up = move |_: &Tx| {
            enter.send(()).ok();
            gate.lock().expect("no panic").recv().ok();
            Ok::<_, StoreError>(())
        };
        let busy = tokio::spawn(async move { app.store.write(hold_up).await });
        while entered.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        HeldWriter { go, busy }
    }

    /// The secret in the mail of the last link that was made for this.
    pub fn link(&self, purpose: Purpose) -> String {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let file = rusqlite::Connection::open_with_flags(&self.data, flags).expect("the data file opens");
        let query = "SELECT id FROM account_link WHERE purpose = ?1 ORDER BY made_at DESC LIMIT 1";
        let id: [u8; 16] = file.query_row(query, [purpose.as_str()], |row| row.get(0)).expect("a link");
        self.app.part::<LinkSecrets>().secret(purpose, Uuid::from_bytes(id))
    }

    /// The laws hold on the data file as it is now, and no refusal has cost other buyers a second run.
    pub fn verify(&self) {
        let report = verify::verify(&self.data).expect("the data file opens");
        assert_eq!(report.breaches, [], "the laws hold");
        assert_eq!(self.app.store.groups_run_again(), 0, "whoever was refused had changed nothing before");
    }
}

/// The writer, held up.
pub struct HeldWriter {
    go: std::sync::mpsc::Sender<()>,
    busy: JoinHandle<Result<(), StoreError>>,
}

impl HeldWriter {
    /// Lets it go on with what waits.
    pub async fn go(self) {
        self.go.send(()).expect("it waits");
        self.busy.await.expect("it ends").expect("a commit");
    }
}

/// The answer is a refusal with this status and code.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.json());
    assert_eq!(answer.headers["content-type"], "application/problem+json");
}

/// A JSON string's text.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// A JSON string's instant.
#[track_caller]
pub fn instant(value: &Value) -> Instant {
    Instant::parse_rfc3339(&text(value)).expect("RFC 3339")
}
