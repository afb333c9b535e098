//! The venue's two weeks: each step a new concert, its buyers, what begins meanwhile, and what forgets.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use boxoffice::app::App;
use boxoffice::client::{Answer, Ask, Client};
use boxoffice::clock::{Clock as _, Instant, ScriptedClock};
use boxoffice::config::Limits;
use boxoffice::entropy::SystemEntropy;
use boxoffice::limiter::Limiter;
use boxoffice::queue::Lines;
use boxoffice::reservation::SeatMaps;
use boxoffice::{demo, jobs, server, verify};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::measured::{Measured, anonymous_kb};

const OPERATOR: &str = "op_of_the_office_that_soaks";
/// 2026-11-23T00:00:00Z.
const START: Instant = Instant(1_795_392_000_000);
const HOUR_MS: i64 = 3_600_000;
const HALLS: usize = 3;
/// Buyers who come again and again.
const REGULARS: u32 = 20;
const PRICE: i64 = 1_000;
/// The log's, so that so short a season sees it kept.
pub const LOG_BYTES: u64 = 8 << 20;

struct Buyer {
    id: String,
    session: String,
}

struct Show {
    concert: String,
    performance: String,
    starts_at: Instant,
    codes: Vec<String>,
}

/// The box office and all who come.
pub struct Season {
    app: Arc<App>,
    address: SocketAddr,
    clock: ScriptedClock,
    data: PathBuf,
    folder: TempDir,
    stop: oneshot::Sender<()>,
    server: JoinHandle<anyhow::Result<()>>,
    client: Client,
    random: StdRng,
    halls: Vec<String>,
    regulars: Vec<Buyer>,
    to_come: VecDeque<Show>,
    memory_kb: u64,
    keys: u64,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}

impl Season {
    pub async fn open(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("boxoffice.db");
        let mut config = demo::config(&data, ([127, 0, 0, 1], 0).into());
        config.operator_key = Some(OPERATOR.to_owned());
        let clock = ScriptedClock::at(START);
        // What is kept for a month is kept for a day, so that two weeks see it forgotten.
        let day = 24 * 3600;
        let limits = Limits { session_seconds: day, told_seconds: day, log_bytes: LOG_BYTES, ..Limits::default() };
        let opened = App::open_with(config.clone(), limits, Arc::new(clock.clone()), Arc::new(SystemEntropy)).await;
        let app = opened.expect("the data file opens").app;
        let serving = server::serve(app.clone(), server::bind(&config.listen).expect("a free port"));
        let (address, (stop, stopped)) = (serving.address, oneshot::channel());
        let server = tokio::spawn(serving.run(async {
            let _ = stopped.await;
        }));
        let client = Client::connect(address).await.expect("it listens");
        let random = StdRng::seed_from_u64(seed);
        let (halls, regulars, to_come) = (Vec::new(), Vec::new(), VecDeque::new());
        let memory_kb = u64::MAX;
        let mut season = Self {
            app,
            address,
            clock,
            data,
            folder,
            stop,
            server,
            client,
            random,
            halls,
            regulars,
            to_come,
            memory_kb,
            keys: 0,
        };
        for hall in 0..HALLS {
            let rows: Vec<_> =
                (1..=10).map(|row| json!({"name": row.to_string(), "seats": 20, "grade": "R"})).collect();
            let hall = json!({"name": format!("Hall {hall}"), "sections": [{"name": "Stalls", "rows": rows}]});
            let made = season.desk("/halls", hall).await;
            season.halls.push(text(&made["id"]));
        }
        season
    }

    /// Time passes; what is due is done; a concert is made and its buyers come; what begins lets in.
    pub async fn next(&mut self, ms: i64) {
        // A night is no leap: every job looks in between, as it does in a real one.
        for _ in 0..4 {
            self.clock.advance_ms(ms / 4);
            self.app.run_due().await;
        }
        self.forget().await;
        self.let_in().await;
        let mut show = self.publish().await;
        let strangers = self.buyers(3).await;
        for buyer in &strangers {
            self.visit(&mut show, buyer).await;
        }
        if self.regulars.is_empty() || self.random.random_ratio(1, 20) {
            self.regulars = self.buyers(REGULARS).await;
        }
        for _ in 0..2 {
            let buyer = self.random.random_range(0..self.regulars.len());
            let buyer = self.regulars.swap_remove(buyer);
            self.visit(&mut show, &buyer).await;
            self.regulars.push(buyer);
        }
        self.to_come.push_back(show);
    }

    /// What the office's own jobs do every ten minutes.
    async fn forget(&self) {
        let office = &self.app.office;
        jobs::sweep_sessions(office).await.expect("swept");
        jobs::sweep_desk_sessions(office).await.expect("swept");
        jobs::sweep_answers(office).await.expect("swept");
        jobs::sweep_told(office).await.expect("swept");
        jobs::retire_queues(office).await.expect("retired");
        office.part::<SeatMaps>().evict(office.wall());
        office.part::<Lines>().shrink();
        office.part::<Limiter>().forget();
    }

    async fn ask(&mut self, method: &str, path: &str, bearer: &str, body: Value) -> Answer {
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        self.keys += 1;
        let key = format!("soak-{}", self.keys);
        let headers = [("idempotency-key", key.as_str())];
        let headers = if method == "POST" { &headers[..] } else { &[] };
        let ask = Ask { method, path, bearer: Some(bearer), body, headers };
        self.client.send(&ask).await.expect("an answer")
    }

    async fn done(&mut self, method: &str, path: &str, bearer: &str, body: Value) -> Value {
        let answer = self.ask(method, path, bearer, body).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.json());
        answer.json()
    }

    async fn desk(&mut self, path: &str, body: Value) -> Value {
        self.done("POST", &format!("/v1/operator{path}"), OPERATOR, body).await
    }

    async fn buyers(&mut self, count: u32) -> Vec<Buyer> {
        let made = self.desk("/sessions", json!({ "count": count })).await;
        let sessions = made["sessions"].as_array().expect("sessions");
        sessions.iter().map(|of| Buyer { id: text(&of["user_id"]), session: text(&of["secret"]) }).collect()
    }

    async fn publish(&mut self) -> Show {
        let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "cancel_until_minutes": 30,
            "queue": {"max_admitted": 100}});
        let concert = text(&self.desk("/concerts", concert).await["id"]);
        let starts_at = self.clock.now().plus_ms(self.random.random_range(2..20) * HOUR_MS);
        let hall = self.halls.choose(&mut self.random).expect("a hall").clone();
        let performance = json!({"concert_id": concert, "hall_id": hall, "starts_at": starts_at.to_rfc3339(),
            "prices": {"R": PRICE}, "allow_overlap": true});
        let performance = text(&self.desk("/performances", performance).await["id"]);
        Show { concert, performance, starts_at, codes: Vec::new() }
    }

    async fn visit(&mut self, show: &mut Show, buyer: &Buyer) {
        let joined =
            self.ask("POST", &format!("/v1/concerts/{}/queue/tokens", show.concert), &buyer.session, Value::Null).await;
        if joined.status == 401 {
            // A regular whose session is over; the next ones come soon.
            return;
        }
        assert_eq!(joined.status, 201, "{}", joined.json());
        let token = text(&joined.json()["token"]);
        match self.random.random_range(0..8) {
            0 => drop(self.done("DELETE", "/v1/queue/tokens/current", &token, Value::Null).await),
            1 => self.listen(&token).await,
            2 => drop(self.hold(show, &token).await),
            _ => self.buy(show, &token, buyer).await,
        }
    }

    /// Opens a stream, hears where it stands, and goes.
    async fn listen(&self, token: &str) {
        use http_body_util::BodyExt as _;
        let mut own = Client::connect(self.address).await.expect("it listens");
        let ask = Ask { method: "GET", path: "/v1/queue/position/stream", bearer: Some(token), ..Ask::default() };
        let mut stream = own.open(&ask).await.expect("a stream").into_body();
        stream.frame().await.expect("a message").expect("whole");
    }

    /// Keeps two seats.
    async fn hold(&mut self, show: &Show, token: &str) -> Vec<String> {
        let map = self.done("GET", &format!("/v1/performances/{}/seats", show.performance), token, Value::Null).await;
        let free = map["seats"].as_array().expect("seats").iter().filter(|seat| seat["state"] == "available");
        let free: Vec<String> = free.map(|seat| text(&seat["id"])).collect();
        let seats: Vec<String> = free.sample(&mut self.random, 2).cloned().collect();
        let hold = json!({"performance_id": show.performance, "seat_ids": seats});
        self.done("POST", "/v1/holds", token, hold).await;
        seats
    }

    async fn buy(&mut self, show: &mut Show, token: &str, buyer: &Buyer) {
        let seats = self.hold(show, token).await;
        let amount = PRICE * seats.len() as i64;
        self.done("POST", "/v1/balance/top-ups", token, json!({ "amount": amount })).await;
        let paid = self.done("POST", "/v1/payments", token, json!({"seat_ids": seats, "amount": amount})).await;
        if self.random.random_ratio(1, 6) {
            let path = format!("/v1/payments/{}/cancellations", text(&paid["id"]));
            self.done("POST", &path, &buyer.session, json!({})).await;
            let path = format!("/users/{}/pay-outs", buyer.id);
            self.desk(&path, json!({"amount": amount, "means": "cash", "note": "gone home"})).await;
        } else {
            let codes = paid["tickets"].as_array().expect("tickets").iter().map(|ticket| text(&ticket["code"]));
            show.codes.extend(codes);
        }
    }

    /// Those whose performance begins are let in.
    async fn let_in(&mut self) {
        let now = self.clock.now();
        let (begun, to_come) =
            std::mem::take(&mut self.to_come).into_iter().partition(|show: &Show| show.starts_at <= now);
        self.to_come = to_come;
        let begun: VecDeque<Show> = begun;
        for code in begun.iter().flat_map(|show| &show.codes) {
            self.desk("/check-ins", json!({ "code": code })).await;
        }
    }

    /// Notes what memory comes to, in the last few steps before a mark: the least of them counts.
    pub fn least_memory_of(&mut self, step: u32, few: u32) {
        let begins_anew = step.is_multiple_of(few.max(1));
        self.memory_kb = if begins_anew { anonymous_kb() } else { self.memory_kb.min(anonymous_kb()) };
    }

    pub fn measure(&mut self, concerts: u32) -> Measured {
        let office = &self.app.office;
        let lines = office.part::<Lines>().len() as u64;
        let maps = office.part::<SeatMaps>();
        let memory = [
            ("queues in memory", lines),
            ("seat maps in memory", maps.len() as u64),
            ("holds in memory", maps.holds().len() as u64),
        ];
        Measured::of(concerts, &self.data, self.memory_kb, &memory)
    }

    /// Stops in order; the laws hold.
    pub async fn close(self) {
        let _ = self.stop.send(());
        self.server.await.expect("the server ends").expect("in order");
        drop((self.app, self.client));
        let report = verify::verify(&self.data).expect("the data file opens");
        assert_eq!(report.breaches, [], "the laws hold");
        drop(self.folder);
    }
}
