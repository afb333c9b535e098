//! Configuration ([`Config`], from flags and the environment) and [`Limits`]: every bound and duration in one place.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Who may put money on a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum TopUpBy {
    /// Buyers themselves, as in the seed: for demonstrations, or behind a payment provider of the venue's own.
    Buyers,
    /// The operator alone, at the counter.
    Operator,
}

/// The settings of a running box office.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// The data file; made if it is missing
    #[arg(long, env = "BOXOFFICE_DATA", value_name = "FILE", default_value = "boxoffice.db")]
    pub data: PathBuf,
    /// The address to listen on
    #[arg(long, env = "BOXOFFICE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The operator's key; without it the key made on first start stays in force
    #[arg(long, env = "BOXOFFICE_OPERATOR_KEY", value_name = "KEY", hide_env_values = true)]
    pub operator_key: Option<String>,
    /// ISO 4217 code of the one currency; amounts are its minor units
    #[arg(long, env = "BOXOFFICE_CURRENCY", value_name = "CODE", default_value = "KRW", value_parser = currency)]
    pub currency: String,
    /// Who may top up a balance
    #[arg(long, env = "BOXOFFICE_TOP_UP_BY", value_enum, default_value = "buyers")]
    pub top_up_by: TopUpBy,
    /// How long an admitted buyer may choose and pay
    #[arg(long, env = "BOXOFFICE_ADMISSION_SECONDS", value_name = "SECONDS", default_value_t = 600,
          value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub admission_seconds: u32,
    /// How long a hold keeps its seats
    #[arg(long, env = "BOXOFFICE_HOLD_SECONDS", value_name = "SECONDS", default_value_t = 300,
          value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub hold_seconds: u32,
    /// Seats one user may have of one performance, held and bought together
    #[arg(long, env = "BOXOFFICE_SEATS_PER_USER", value_name = "SEATS", default_value_t = 4,
          value_parser = clap::value_parser!(u32).range(1..=64))]
    pub seats_per_user: u32,
    /// What is logged: off, error, warn, info (a line per request) or a tracing filter
    #[arg(long, env = "BOXOFFICE_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,
    /// How the log is written
    #[arg(long, env = "BOXOFFICE_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

fn currency(text: &str) -> Result<String, String> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_code { Ok(text.to_owned()) } else { Err("three capital letters, such as KRW or EUR".to_owned()) }
}

/// The bounds of everything that could grow.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Changes that may wait for the writer; beyond it 503.
    pub writer_queue: usize,
    /// Changes in one commit at most.
    pub group_commit: usize,
    /// A group of changes is small enough to run only so many times as long as its commit takes (`store::pace`).
    pub group_run_per_commit: f64,
    /// Reader connections.
    pub readers: u32,
    /// How long a request waits for a reader before 503.
    pub reader_patience: Duration,
    /// Bytes of a request's body; beyond it 413.
    pub body_bytes: usize,
    /// Open connections; further ones wait to be accepted.
    pub connections: usize,
    /// Open event streams; beyond it 503.
    pub streams: usize,
    /// Time for a request's head to arrive after the connection opened or went idle.
    pub head_patience: Duration,
    /// Time for open requests to finish once the server is told to stop.
    pub stop_patience: Duration,
    /// Passwords hashed at one time (each takes a core and [`Limits::password_memory_kib`]).
    pub password_hashers: usize,
    /// Sign-ups and log-ins that may wait for a hasher; beyond it 503.
    pub password_queue: usize,
    /// argon2id's memory (OWASP's recommendation: 19 MiB with two passes).
    pub password_memory_kib: u32,
    /// argon2id's passes.
    pub password_passes: u32,
    /// How long a session lasts.
    pub session_seconds: u32,
    /// How long a queue token lasts when nothing else ends it.
    pub queue_token_seconds: u32,
    /// How long an answer is kept for its `Idempotency-Key`.
    pub idempotency_seconds: u32,
    /// The largest top-up.
    pub largest_top_up: i64,
    /// Numbers of a draw that one commit writes.
    pub numbers_per_commit: u32,
    /// Seats of one hall.
    pub hall_seats: usize,
    /// Items on one page of a list.
    pub page: u32,
}

/// Descriptors that are not connections: the data file and its readers, the log, the runtime.
const OTHER_FILES: u64 = 64;

impl Limits {
    /// These, but no more connections than this process may open files, and some of them left for who does not listen
    /// to a stream.
    #[must_use]
    pub fn within(self, open_files: u64) -> Self {
        let most = usize::try_from(open_files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
        let connections = self.connections.min(most.max(1));
        Self { connections, streams: self.streams.min(connections - connections / 20), ..self }
    }
}

/// Raises this process's limit on open files as far as it may, also for its children. Gives the limit.
pub fn raise_open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let now = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    now.unwrap_or(u64::MAX)
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            writer_queue: 8192,
            group_commit: 256,
            group_run_per_commit: 2.0,
            readers: 8,
            reader_patience: Duration::from_secs(2),
            body_bytes: 1 << 20,
            connections: 50_000,
            streams: 40_000,
            head_patience: Duration::from_secs(20),
            stop_patience: Duration::from_secs(10),
            password_hashers: 2,
            password_queue: 256,
            password_memory_kib: 19 * 1024,
            password_passes: 2,
            session_seconds: 30 * 24 * 3600,
            queue_token_seconds: 24 * 3600,
            idempotency_seconds: 24 * 3600,
            largest_top_up: 10_000_000_000,
            numbers_per_commit: 1000,
            hall_seats: 100_000,
            page: 100,
        }
    }
}
