//! Twenty thousand buyers who listen to their position, as the waiting pages do, while others are let in: is all delivered, what does
//! one weigh?

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use boxoffice::config::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::LocalSet;

use crate::ground::{Buyer, Ground, OPERATOR, Spec};
use crate::load::{Connection, request, runtime};
use crate::report::{Table, number};
use crate::server::Server;
use crate::{Bench, verified};

pub fn run(bench: &mut Bench) -> Result<()> {
    let streams = most(bench)?;
    let load = runtime()?;
    let spec =
        Spec { users: streams as u32, joined: streams as u32, rows: 1, max_admitted: Some(1), ..Spec::default() };
    let ground = load.block_on(Ground::prepare(&spec))?;
    let server = Server::boxoffice(&ground.data)?;
    let empty_kb = server.status_kb("VmRSS")?;
    let local = LocalSet::new();
    let seen = load.block_on(local.run_until(listen(&ground, &server, streams)))?;
    let mut table = Table::new(&["streams", "all open, s", "admitted told", "last told after, s", "kB per stream"]);
    table.row([
        number(streams as f64),
        number(seen.open_seconds),
        number(seen.told as f64),
        number(seen.told_seconds),
        number((seen.rss_kb - empty_kb) as f64 / streams as f64),
    ]);
    table.print("Position streams: all waiting buyers listen, then the cap is lifted (1,000 let in per commit)");
    bench.targets.at_least("share of streams told of their admission", 1.0, seen.told as f64 / streams as f64);
    server.stop()?;
    verified(&ground)
}

/// Twenty thousand streams, or as many as this machine lets a process open.
pub fn most(bench: &Bench) -> Result<usize> {
    let wanted: usize = if bench.quick { 5_000 } else { 20_000 };
    let files = descriptors()?;
    let streams = wanted.min(Limits::default().within(files).streams);
    if streams < wanted {
        println!("\nThis machine lets a process open {files} files: {streams} streams, not {wanted}.");
    }
    Ok(streams)
}

/// How many files this process may open; a child may as many.
fn descriptors() -> Result<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find(|line| line.starts_with("Max open files")).context("a limit of open files")?;
    line.split_whitespace().nth(3).and_then(|soft| soft.parse().ok()).context("a number")
}

struct Heard {
    open_seconds: f64,
    told: usize,
    told_seconds: f64,
    rss_kb: u64,
}

/// What all streams have heard so far.
#[derive(Clone, Default)]
pub struct Told {
    /// How many began.
    first: Rc<Cell<usize>>,
    /// How many were told that they are admitted, which ends them.
    admitted: Rc<Cell<usize>>,
    /// Bytes of all of them.
    pub bytes: Rc<Cell<u64>>,
}

/// Opens a stream of this address for each of these buyers, and waits until all have begun.
pub async fn follow(address: SocketAddr, path: &str, buyers: &[Buyer]) -> Result<Told> {
    let told = Told::default();
    for (place, buyer) in buyers.iter().enumerate() {
        let token = buyer.token.clone().context("everyone joined")?;
        let mut stream = connect(address, place).await?;
        stream.write_all(&request("GET", path, &token, "", None)).await?;
        tokio::task::spawn_local(hear(stream, told.clone()));
    }
    until(|| told.first.get() == buyers.len(), Duration::from_secs(60)).await;
    anyhow::ensure!(told.first.get() == buyers.len(), "only {} of {} streams began", told.first.get(), buyers.len());
    Ok(told)
}

/// From ports that the system does not give by itself: where half of its own are taken it looks for the next for milliseconds.
async fn connect(address: SocketAddr, place: usize) -> Result<TcpStream> {
    const FIRST_PORT: usize = 11_000;
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    match u16::try_from(FIRST_PORT + place).map(|port| socket.bind((Ipv4Addr::LOCALHOST, port).into())) {
        Ok(Ok(())) => Ok(socket.connect(address).await?),
        // Another program has it.
        _ => Ok(TcpStream::connect(address).await?),
    }
}

async fn hear(mut stream: TcpStream, told: Told) {
    let (mut text, mut waits) = (Vec::with_capacity(1024), true);
    while let Ok(read) = stream.read_buf(&mut text).await
        && read > 0
    {
        told.bytes.set(told.bytes.get() + read as u64);
        let now = String::from_utf8_lossy(&text);
        let admitted = now.contains("\"status\":\"admitted\"");
        if waits && (admitted || now.contains("\"status\":\"waiting\"")) {
            told.first.set(told.first.get() + 1);
            waits = false;
        }
        if admitted {
            told.admitted.set(told.admitted.get() + 1);
            break;
        }
        if text.len() > 4096 {
            text.clear();
        }
    }
}

async fn listen(ground: &Ground, server: &Server, streams: usize) -> Result<Heard> {
    let started = Instant::now();
    let told = follow(server.address, "/v1/queue/position/stream?seats=true", &ground.buyers[..streams]).await?;
    let open_seconds = started.elapsed().as_secs_f64();
    let rss_kb = server.status_kb("VmRSS")?;
    let started = Instant::now();
    let path = format!("/v1/operator/concerts/{}/queue", ground.concerts[0].id);
    let lift = request("PATCH", &path, OPERATOR, "", Some(r#"{"max_admitted":null}"#));
    let status = Connection::open(server.address).await?.send(&lift).await?;
    anyhow::ensure!(status == 200, "the operator's change: {status}");
    until(|| told.admitted.get() == streams, Duration::from_secs(60)).await;
    Ok(Heard { open_seconds, told: told.admitted.get(), told_seconds: started.elapsed().as_secs_f64(), rss_kb })
}

/// Waits for the other tasks of this thread, for a bounded time.
async fn until(done: impl Fn() -> bool, most: Duration) {
    let deadline = Instant::now() + most;
    while !done() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
