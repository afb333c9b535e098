//! The same machine under programs that everyone knows: PostgreSQL's pgbench (TPC-B) and a sorted set of Redis.
//!
//! Each is skipped, with a line that says so, where it is not installed. Both run with their own default durability.

use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;

use anyhow::{Context, Result};

use crate::ground::Ground;
use crate::load::{Until, closed_loop, runtime};
use crate::postgres::{Postgres, checked};
use crate::report::{ROUNDS, Table, median, median_ratio, number};
use crate::server::Server;
use crate::writes::{ground, payments};
use crate::{Bench, verified};

pub fn run(bench: &mut Bench) -> Result<()> {
    let mut table = Table::new(&["program", "what", "a second"]);
    match postgres() {
        Ok(postgres) => pgbench(bench, &postgres, &mut table)?,
        Err(missing) => println!("\nPostgreSQL is left out: {missing:#}"),
    }
    if let Err(missing) = redis(&mut table) {
        println!("\nRedis is left out: {missing:#}");
    }
    table.print("Peers");
    Ok(())
}

fn pgbench(bench: &mut Bench, postgres: &Postgres, table: &mut Table) -> Result<()> {
    let (scale, seconds) = if bench.quick { (10, 3) } else { (100, 10) };
    run_pgbench(postgres, &["-i", "-q", "-s", &scale.to_string()])?;
    let mut best = (0, 0.0_f64);
    for clients in [8, 16, 32, 64, 128] {
        let tps = tpc_b(postgres, clients, seconds)?;
        if tps > best.1 {
            best = (clients, tps);
        }
        table.row(["PostgreSQL".to_owned(), format!("TPC-B, scale {scale}, {clients} clients"), number(tps)]);
    }
    let ground = runtime()?.block_on(Ground::prepare(&ground(if bench.quick { 40_000 } else { 100_000 })))?;
    let (mut paid, mut tps) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        paid.push(over_http(&ground.copy()?)?);
        tps.push(tpc_b(postgres, best.0, seconds)?);
    }
    let ratio = median_ratio(&paid, &tps);
    let again = format!("TPC-B, scale {scale}, {} clients, the middle of {ROUNDS} rounds", best.0);
    let payments = format!("payments over HTTP, 128 connections, the middle of {ROUNDS} rounds");
    for (program, what, rates) in [("PostgreSQL", again, tps), ("boxoffice", payments, paid)] {
        table.row([program.to_owned(), what, number(median(rates, |rate| *rate))]);
    }
    bench.targets.at_least("payments/s over HTTP at 128 connections ÷ pgbench TPC-B at its best", 8.0, ratio);
    Ok(())
}

fn over_http(ground: &Ground) -> Result<f64> {
    let server = Server::boxoffice(&ground.data)?;
    let payments = Rc::new(payments(ground));
    let seen = runtime()?.block_on(closed_loop(server.address, 128, &payments, Until::Sent))?;
    server.stop()?;
    verified(ground)?;
    Ok(seen.require(201)?.rate())
}

/// PostgreSQL's own load, if it is installed.
fn postgres() -> Result<Postgres> {
    let version = Command::new("pgbench").arg("--version").output().context("pgbench is not installed")?;
    anyhow::ensure!(version.status.success(), "pgbench does not run");
    Postgres::start()
}

fn run_pgbench(postgres: &Postgres, arguments: &[&str]) -> Result<String> {
    checked(postgres.client("pgbench").args(arguments).arg("postgres"))
}

/// Transactions a second.
fn tpc_b(postgres: &Postgres, clients: u32, seconds: u32) -> Result<f64> {
    let out = run_pgbench(postgres, &["-c", &clients.to_string(), "-j", "2", "-T", &seconds.to_string()])?;
    let tps = out.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    tps.context("pgbench says its tps")
}

/// A rank among 1,000,000 members: what a position would cost in Redis.
fn redis(table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("redis.sock");
    let mut server = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--unixsocket"])
        .arg(&socket)
        .stdout(Stdio::null())
        .spawn()
        .context("redis-server is not installed")?;
    let ranked = ranks(&socket);
    let _ = Command::new("kill").arg(server.id().to_string()).status();
    server.wait()?;
    table.row(["Redis".to_owned(), "ZRANK among 1,000,000, 64 clients, unix socket".to_owned(), number(ranked?)]);
    Ok(())
}

fn ranks(socket: &Path) -> Result<f64> {
    let redis = |arguments: &[&str]| -> Result<String> {
        let output = Command::new("redis-benchmark").arg("-s").arg(socket).args(arguments).output()?;
        anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    for _ in 0..100 {
        if socket.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    redis(&["-q", "-n", "3000000", "-r", "1000000", "-P", "50", "ZADD", "line", "__rand_int__", "__rand_int__"])?;
    let out = redis(&["--csv", "-c", "64", "-n", "300000", "-r", "1000000", "ZRANK", "line", "__rand_int__"])?;
    let rate = out.lines().last().and_then(|line| line.split(',').nth(1)?.trim_matches('"').parse().ok());
    rate.context("redis-benchmark says its rate")
}
