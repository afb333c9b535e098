//! The load: keep-alive HTTP/1.1 connections on one thread, with requests written beforehand.
//!
//! A general client spends more than the server under test does; this one writes bytes, reads a status and a length,
//! and nothing else. It shares the two cores with the server, as every figure here does.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::LocalSet;

/// Bytes of a request.
pub fn request(method: &str, path: &str, bearer: &str, extra: &str, body: Option<&str>) -> Vec<u8> {
    let body_head = match body {
        Some(body) => format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()),
        None if method == "POST" => "content-length: 0\r\n".to_owned(),
        None => String::new(),
    };
    let body = body.unwrap_or_default();
    format!("{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {bearer}\r\n{extra}{body_head}\r\n{body}")
        .into_bytes()
}

/// What a load saw.
pub struct Seen {
    pub seconds: f64,
    pub statuses: BTreeMap<u16, u64>,
    /// Microseconds.
    pub latency: Histogram<u64>,
    pub bytes: u64,
}

impl Seen {
    fn new() -> Self {
        #[expect(clippy::expect_used, reason = "these bounds always make a histogram")]
        let latency = Histogram::new_with_bounds(1, 60_000_000, 3).expect("bounds in order");
        Self { seconds: 0.0, statuses: BTreeMap::new(), latency, bytes: 0 }
    }

    /// Answers.
    pub fn count(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.count() as f64 / self.seconds
    }

    /// All answers had this status.
    pub fn require(&self, status: u16) -> Result<&Self> {
        anyhow::ensure!(self.statuses.keys().eq([&status]), "expected only {status}: {:?}", self.statuses);
        Ok(self)
    }

    pub fn ms_at(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1000.0
    }
}

/// One connection: in clear, or through TLS.
pub struct Connection<S = TcpStream> {
    stream: S,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        Self::opened(TcpStream::connect(address).await?)
    }

    /// From one of this machine's many addresses, as if from another client.
    pub async fn open_from(from: Ipv4Addr, address: SocketAddr) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        Self::opened(socket.connect(address).await?)
    }

    fn opened(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self::over(stream))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub fn over(stream: S) -> Self {
        Self { stream, buffer: Vec::with_capacity(16 << 10) }
    }

    /// Sends a request; gives the answer's status and where its body lies in [`Connection::body`].
    pub async fn send(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some((status, total)) = measure(&self.buffer)? {
                while self.buffer.len() < total {
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        bail!("the server closed the connection in an answer");
                    }
                }
                return Ok(status);
            }
        }
    }

    /// The last answer's body.
    pub fn body(&self) -> &[u8] {
        let head = self.buffer.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
        &self.buffer[head..]
    }

    /// The last answer, head and body.
    pub fn answer(&self) -> &[u8] {
        &self.buffer
    }
}

/// The status and the whole length of the answer that begins here, once its head is complete.
fn measure(answer: &[u8]) -> Result<Option<(u16, usize)>> {
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&answer[..head])?;
    let status = text.get(9..12).and_then(|status| status.parse().ok()).context("no status")?;
    let length = text.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Ok(Some((status, head + 4 + length.unwrap_or(0))))
}

/// When a load ends.
#[derive(Clone, Copy)]
pub enum Until {
    /// Each request was sent once.
    Sent,
    /// So much time has passed; requests repeat.
    Time(Duration),
}

/// As fast as the server answers: `connections` at a time, each with one request under way. For throughput only.
pub async fn closed_loop(
    address: SocketAddr,
    connections: usize,
    requests: &Rc<Vec<Vec<u8>>>,
    until: Until,
) -> Result<Seen> {
    run(opened(address, connections).await?, requests, until, None).await
}

/// At `rate` requests a second whatever the server does; latency counts from when each was due. For latency claims.
pub async fn open_loop(
    address: SocketAddr,
    connections: usize,
    requests: &Rc<Vec<Vec<u8>>>,
    until: Until,
    rate: f64,
) -> Result<Seen> {
    run(opened(address, connections).await?, requests, until, Some(rate)).await
}

/// So many connections.
async fn opened(address: SocketAddr, connections: usize) -> Result<Vec<Connection>> {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    Ok(open)
}

/// Over connections that are open already: as fast as the server answers, or at `rate` requests a second.
pub async fn run<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    open: Vec<Connection<S>>,
    requests: &Rc<Vec<Vec<u8>>>,
    until: Until,
    rate: Option<f64>,
) -> Result<Seen> {
    let (seen, next) = (Rc::new(RefCell::new(Seen::new())), Rc::new(Cell::new(0_usize)));
    let started = Instant::now();
    let local = LocalSet::new();
    let tasks: Vec<_> = open
        .into_iter()
        .map(|mut connection| {
            let (seen, next, requests) = (seen.clone(), next.clone(), requests.clone());
            local.spawn_local(async move {
                loop {
                    let number = next.replace(next.get() + 1);
                    let due = rate.map_or(started.elapsed(), |rate| Duration::from_secs_f64(number as f64 / rate));
                    let over = match until {
                        Until::Sent => number >= requests.len(),
                        Until::Time(time) => due >= time,
                    };
                    if over {
                        return Ok::<_, anyhow::Error>(());
                    }
                    if due > started.elapsed() {
                        tokio::time::sleep_until((started + due).into()).await;
                    }
                    let status = connection.send(&requests[number % requests.len()]).await?;
                    let took = started.elapsed() - due;
                    let mut seen = seen.borrow_mut();
                    seen.bytes += connection.answer().len() as u64;
                    *seen.statuses.entry(status).or_default() += 1;
                    seen.latency.saturating_record(took.as_micros() as u64);
                }
            })
        })
        .collect();
    local
        .run_until(async {
            for task in tasks {
                task.await??;
            }
            Ok::<_, anyhow::Error>(())
        })
        .await?;
    let mut seen = Rc::into_inner(seen).context("all tasks have ended")?.into_inner();
    seen.seconds = started.elapsed().as_secs_f64();
    Ok(seen)
}

/// The runtime that drives the load: one thread.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
