//! A server with bounds of the test's own, and a client that sends bytes as they are.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use boxoffice::app::App;
use boxoffice::client::Client;
use boxoffice::config::{Config, Limits};
use boxoffice::{demo, server};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub const OPERATOR: &str = "op_connections_0123456789";
/// How soon a patience ends that the test waits for.
pub const SOON: Duration = Duration::from_millis(200);
/// How long nothing takes that works.
const LONG: Duration = Duration::from_secs(60);

/// A running box office. The task that serves it ends with the test's runtime.
pub struct Server {
    pub address: SocketAddr,
    _folder: TempDir,
}

impl Server {
    pub async fn with_limits(change: impl FnOnce(&mut Limits)) -> Self {
        Self::with(change, |_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Limits), settings: impl FnOnce(&mut Config)) -> Self {
        Self::until(change, settings, std::future::pending()).await.0
    }

    /// One that runs until `stop`; with the task that serves it.
    pub async fn until(
        change: impl FnOnce(&mut Limits),
        settings: impl FnOnce(&mut Config),
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> (Self, JoinHandle<anyhow::Result<()>>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = demo::config(&folder.path().join("boxoffice.db"), ([127, 0, 0, 1], 0).into());
        config.operator_key = Some(OPERATOR.to_owned());
        settings(&mut config);
        // Nothing ends by itself but what the test is about.
        let mut limits = Limits {
            password_memory_kib: 8,
            password_passes: 1,
            read_patience: LONG,
            crowded_patience: LONG,
            idle_patience: LONG,
            write_patience: LONG,
            answer_patience: LONG,
            ..Limits::default()
        };
        change(&mut limits);
        let bound = server::bind(&config.listen).expect("a free port");
        let bound = bound.with_tls(config.tls.as_ref()).expect("a certificate");
        let address = bound.address;
        let app = App::open(config, limits).await.expect("a data file").app;
        let served = tokio::spawn(server::serve(app, bound).run(stop));
        (Self { address, _folder: folder }, served)
    }

    /// A connection from this machine's own address.
    pub async fn connect(&self) -> Raw {
        self.connect_from([127, 0, 0, 1].into()).await
    }

    /// A connection from another address of the loopback network: another client.
    pub async fn connect_from(&self, from: IpAddr) -> Raw {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((from, 0).into()).expect("an address of loopback");
        let stream = socket.connect(self.address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        Raw { stream, read: Vec::new() }
    }

    pub async fn client(&self) -> Client {
        Client::connect(self.address).await.expect("the server listens")
    }

    /// A whole answer to a plain request on a connection of its own.
    pub async fn is_served(&self) {
        let mut other = self.connect().await;
        other.send(GET).await;
        assert_eq!(other.answer().await.status, 200);
    }
}

/// A plain request.
pub const GET: &[u8] = b"GET /v1/concerts HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// An answer as it came.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl RawAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (is, value) = line.split_once(": ")?;
            is.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// It is a problem with this status and code, and says so everywhere.
    #[track_caller]
    pub fn refuses(&self, status: u16, code: &str) {
        let problem = self.json();
        assert_eq!((self.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        self.is_guarded();
    }

    /// It has the headers that every answer has.
    #[track_caller]
    pub fn is_guarded(&self) {
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "no-referrer")]
        {
            assert_eq!(self.header(name), Some(value), "{}", self.head);
        }
    }
}

/// A connection that sends bytes as they are.
pub struct Raw {
    pub stream: TcpStream,
    read: Vec<u8>,
}

impl Raw {
    /// Sends; a server that closed meanwhile is no failure here.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next answer, head and body.
    pub async fn answer(&mut self) -> RawAnswer {
        timeout(LONG, self.read_answer()).await.expect("an answer in time")
    }

    /// The next answer, or nothing where the server closed the connection without one.
    pub async fn answer_if_any(&mut self) -> Option<RawAnswer> {
        let heard = timeout(LONG, self.stream.readable()).await.expect("an answer or the end in time");
        let any = heard.is_ok() && self.stream.peek(&mut [0]).await.is_ok_and(|count| count > 0);
        if any { Some(self.answer().await) } else { None }
    }

    async fn read_answer(&mut self) -> RawAnswer {
        let end = loop {
            if let Some(at) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at;
            }
            self.more().await;
        };
        let head = String::from_utf8(self.read[..end].to_vec()).expect("text");
        self.read.drain(..end + 4);
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let answer = RawAnswer { status, head, body: Vec::new() };
        let length: usize = answer.header("content-length").map_or(0, |length| length.parse().expect("a length"));
        while self.read.len() < length {
            self.more().await;
        }
        RawAnswer { body: self.read.drain(..length).collect(), ..answer }
    }

    async fn more(&mut self) {
        let count = self.stream.read_buf(&mut self.read).await.expect("the connection holds");
        assert!(count > 0, "closed after {:?}", String::from_utf8_lossy(&self.read));
    }

    /// Waits until the server has closed the connection without another byte.
    pub async fn sees_the_end(mut self) {
        let mut rest = Vec::new();
        // A reset is an end too: what was sent was not all read.
        let _ = timeout(LONG, self.stream.read_to_end(&mut rest)).await.expect("it is closed in time");
        rest.splice(..0, self.read);
        assert_eq!(String::from_utf8_lossy(&rest), "", "an answer where none was expected");
    }

    /// Waits until text has come, whatever else came before it.
    pub async fn hears(&mut self, text: &str) {
        let hears = async {
            while !self.read.windows(text.len()).any(|bytes| bytes == text.as_bytes()) {
                self.more().await;
            }
        };
        timeout(LONG, hears).await.expect("it comes in time");
        self.read.clear();
    }

    /// Asks again and again for a long answer without reading any, until the server closes the connection.
    pub async fn asks_without_reading(&mut self) {
        let ask = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
        let asks = async { while self.stream.write_all(&ask).await.is_ok() {} };
        timeout(LONG, asks).await.expect("it is closed in time");
    }
}
