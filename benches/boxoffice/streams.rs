//! Twenty thousand buyers who listen to their position, as the waiting pages do, while others are let in: is all delivered, what does
//! one weigh?

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use boxoffice::config::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::ground::{Ground, OPERATOR, Spec};
use crate::load::{Connection, request, runtime};
use crate::report::{Table, number};
use crate::server::Server;
use crate::{Bench, verified};

pub fn run(bench: &mut Bench) -> Result<()> {
    let wanted: u64 = if bench.quick { 5_000 } else { 20_000 };
    let files = descriptors()?;
    let streams = (wanted as usize).min(Limits::default().within(files).streams);
    if (streams as u64) < wanted {
        println!("\nThis machine lets a process open {files} files: {streams} streams, not {wanted}.");
    }
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

async fn listen(ground: &Ground, server: &Server, streams: usize) -> Result<Heard> {
    let (first, told) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let started = Instant::now();
    for buyer in ground.buyers.iter().take(streams) {
        let token = buyer.token.clone().context("everyone joined")?;
        let (first, told, address) = (first.clone(), told.clone(), server.address);
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(&request("GET", "/v1/queue/position/stream?seats=true", &token, "", None)).await?;
        tokio::task::spawn_local(async move {
            let (mut text, mut waits) = (Vec::with_capacity(1024), true);
            while let Ok(read) = stream.read_buf(&mut text).await
                && read > 0
            {
                let now = String::from_utf8_lossy(&text);
                let admitted = now.contains("\"status\":\"admitted\"");
                if waits && (admitted || now.contains("\"status\":\"waiting\"")) {
                    first.set(first.get() + 1);
                    waits = false;
                }
                if admitted {
                    told.set(told.get() + 1);
                    break;
                }
                if text.len() > 4096 {
                    text.clear();
                }
            }
        });
    }
    until(|| first.get() == streams, Duration::from_secs(60)).await;
    anyhow::ensure!(first.get() == streams, "only {} of {streams} streams began", first.get());
    let open_seconds = started.elapsed().as_secs_f64();
    let rss_kb = server.status_kb("VmRSS")?;
    let started = Instant::now();
    let path = format!("/v1/operator/concerts/{}/queue", ground.concerts[0].id);
    let lift = request("PATCH", &path, OPERATOR, "", Some(r#"{"max_admitted":null}"#));
    let status = Connection::open(server.address).await?.send(&lift).await?;
    anyhow::ensure!(status == 200, "the operator's change: {status}");
    until(|| told.get() == streams, Duration::from_secs(60)).await;
    Ok(Heard { open_seconds, told: told.get(), told_seconds: started.elapsed().as_secs_f64(), rss_kb })
}

/// Waits for the other tasks of this thread, for a bounded time.
async fn until(done: impl Fn() -> bool, most: Duration) {
    let deadline = Instant::now() + most;
    while !done() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
