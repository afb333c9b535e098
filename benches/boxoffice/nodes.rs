//! A venue on PostgreSQL beside the same venue on its data file: payments with one PostgreSQL and with a strict pair, polls of one to
//! three nodes, and how far behind a node is that follows a leader under full load.
//!
//! Everything shares this machine: the nodes, PostgreSQL, its standby and the load. Compare inside the tables.

use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;

use crate::ground::{Ground, Spec};
use crate::load::{Connection, Seen, Until, closed_loop, open_loop, request, runtime};
use crate::postgres::{Postgres, checked};
use crate::report::{ROUNDS, Table, in_turn, median, number};
use crate::server::Server;
use crate::{Bench, verified, writes};

const CONNECTIONS: usize = 128;
/// Connections that poll a node.
const POLLERS: usize = 64;
/// The part of the best throughput at which latency is looked at.
const SHARE_OF_BEST: f64 = 0.7;
/// Buyers who join beside the load, and how long after each other.
const PROBES: u32 = 3_000;
const PROBE_EVERY: Duration = Duration::from_millis(10);

/// PostgreSQL as this section needs it.
struct Books {
    alone: Postgres,
    primary: Postgres,
    _standby: Postgres,
}

/// Where a venue is kept.
#[derive(Clone, Copy)]
enum Kept {
    InAFile,
    Alone,
    /// With this `synchronous_commit`.
    Pair(&'static str),
}

/// A venue in a schema of its own.
struct Book {
    ground: Ground,
    url: String,
}

pub fn run(bench: &mut Bench) -> Result<()> {
    let primary = Postgres::start().context("this section needs PostgreSQL")?;
    let books = Books { alone: Postgres::start()?, _standby: primary.standby()?, primary };
    payments(bench, &books)?;
    polls(bench, &books)?;
    lag(bench, &books)
}

impl Book {
    /// The same venue as on this ground.
    fn of(ground: &Ground, postgres: &Postgres) -> Result<Self> {
        static VENUES: AtomicU32 = AtomicU32::new(0);
        let ground = ground.copy()?;
        let url = postgres.url(&format!("venue_{}", VENUES.fetch_add(1, Ordering::Relaxed)));
        checked(boxoffice().arg("move").arg(&ground.data).args([&url, "--unreplicated"]))?;
        Ok(Self { ground, url })
    }

    fn node(&self, name: &str, cores: &str) -> Result<Server> {
        Server::node(&self.url, &self.ground.folder().join(name), cores)
    }

    /// The laws hold there.
    fn verified(&self) -> Result<()> {
        checked(boxoffice().args(["verify", &self.url])).map(drop)
    }
}

fn boxoffice() -> Command {
    Command::new(env!("CARGO_BIN_EXE_boxoffice"))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The cores of one of so many nodes: every so-manieth from its own on; where there are fewer than nodes, they share.
fn share(node: usize, nodes: usize) -> String {
    let own = (node % cores()..cores()).step_by(nodes);
    own.map(|core| core.to_string()).collect::<Vec<_>>().join(",")
}

struct Paid {
    best: Seen,
    below: Seen,
    cost: String,
}

fn payments(bench: &mut Bench, books: &Books) -> Result<()> {
    let users = if bench.quick { 20_000 } else { 100_000 };
    eprintln!("  preparing {users} buyers inside");
    let ground = runtime()?.block_on(Ground::prepare(&writes::ground(users)))?;
    let kept = [
        ("the data file", Kept::InAFile),
        ("one PostgreSQL", Kept::Alone),
        ("a strict pair, synchronous_commit=on", Kept::Pair("on")),
        ("a strict pair, synchronous_commit=remote_apply", Kept::Pair("remote_apply")),
    ];
    let rounds = in_turn(&kept, |(name, kept)| paid(&ground, *kept, books).with_context(|| (*name).to_owned()))?;
    let below = format!("p99 ms at {:.0} %", SHARE_OF_BEST * 100.0);
    let mut table = Table::new(&["payments", "a second", "p50 ms", "p99 ms", &below, "node µs each"]);
    for ((name, _), rounds) in kept.iter().zip(rounds) {
        let row = median(rounds, |paid| paid.best.rate());
        let figures = [row.best.rate(), row.best.ms_at(0.5), row.best.ms_at(0.99), row.below.ms_at(0.99)];
        table.row([(*name).to_owned()].into_iter().chain(figures.map(number)).chain([row.cost]));
    }
    table.print(&format!(
        "Payments by where the venue is kept ({users} buyers, {CONNECTIONS} connections, the middle of {ROUNDS} rounds; PostgreSQL, its \
         standby, the node and the load on the same {} cores)",
        cores()
    ));
    Ok(())
}

fn paid(ground: &Ground, kept: Kept, books: &Books) -> Result<Paid> {
    let postgres = match kept {
        Kept::InAFile => {
            let ground = ground.copy()?;
            let paid = pay(Server::boxoffice(&ground.data)?, &ground)?;
            verified(&ground)?;
            return Ok(paid);
        }
        Kept::Alone => &books.alone,
        Kept::Pair(synchronous_commit) => {
            books.primary.be_strict(synchronous_commit)?;
            &books.primary
        }
    };
    let book = Book::of(ground, postgres)?;
    let paid = pay(book.node("copy.db", &share(0, 1))?, &book.ground)?;
    book.verified()?;
    Ok(paid)
}

/// As fast as it goes, and then below that.
fn pay(server: Server, ground: &Ground) -> Result<Paid> {
    let load = runtime()?;
    let mut payments = writes::payments(ground);
    let rest = payments.split_off(payments.len() / 2);
    let before = server.cpu()?;
    let best = load.block_on(closed_loop(server.address, CONNECTIONS, &Rc::new(payments), Until::Sent))?;
    let cost = server.cpu()?.each_since(before, best.require(201)?.count());
    let rate = best.rate() * SHARE_OF_BEST;
    let below = load.block_on(open_loop(server.address, CONNECTIONS, &Rc::new(rest), Until::Sent, rate))?;
    below.require(201)?;
    server.stop()?;
    Ok(Paid { best, below, cost })
}

struct Polled {
    rate: f64,
    latency: Histogram<u64>,
    micros_each: f64,
}

fn polls(bench: &mut Bench, books: &Books) -> Result<()> {
    let waiting = if bench.quick { 10_000 } else { 100_000 };
    eprintln!("  preparing {waiting} waiting");
    let spec = Spec { users: waiting + 1, joined: waiting + 1, rows: 1, max_admitted: Some(1), ..Spec::default() };
    let book = Book::of(&runtime()?.block_on(Ground::prepare(&spec))?, &books.alone)?;
    let step = (book.ground.buyers.len() / 10_000).max(1);
    let tokens = book.ground.buyers.iter().step_by(step).filter_map(|buyer| buyer.token.as_deref());
    let polls: Vec<_> = tokens.map(|token| request("GET", "/v1/queue/position", token, "", None)).collect();
    let time = Until::Time(Duration::from_secs_f64(bench.seconds(4.0)));
    let counts = [1, 2, 3];
    let rounds = in_turn(&counts, |&count| polled(&book, count, &polls, time))?;
    let mut table = Table::new(&["nodes", "cores of each", "polls a second", "p50 ms", "p99 ms", "node µs each"]);
    for (count, rounds) in counts.into_iter().zip(rounds) {
        let row = median(rounds, |polled| polled.rate);
        let shares: Vec<_> = (0..count).map(|node| share(node, count)).collect();
        let ms = |quantile| row.latency.value_at_quantile(quantile) as f64 / 1000.0;
        let figures = [row.rate, ms(0.5), ms(0.99), row.micros_each].map(number);
        table.row([count.to_string(), shares.join(" | ")].into_iter().chain(figures));
    }
    table.print(&format!(
        "Polls of one to three nodes ({waiting} waiting, {POLLERS} connections to each node, the middle of {ROUNDS} rounds; each node on \
         its share of {} cores by taskset, the load on all of them: what the nodes need for each poll says how they would do on machines \
         of their own)",
        cores()
    ));
    book.verified()
}

fn polled(book: &Book, count: usize, polls: &[Vec<u8>], time: Until) -> Result<Polled> {
    let nodes: Vec<_> =
        (0..count).map(|node| book.node(&format!("node-{node}.db"), &share(node, count))).collect::<Result<_>>()?;
    let used = || -> Result<f64> {
        let each = nodes.iter().map(Server::cpu).collect::<Result<Vec<_>>>()?;
        Ok(each.iter().map(|cpu| cpu.seconds()).sum())
    };
    let before = used()?;
    let loads: Vec<_> = nodes
        .iter()
        .map(|node| {
            let (address, polls) = (node.address, polls.to_vec());
            std::thread::spawn(move || {
                runtime()?.block_on(closed_loop(address, POLLERS, &Rc::new(polls), time)).map(Box::new)
            })
        })
        .collect();
    let (mut rate, mut answers, mut latency) = (0.0, 0, Histogram::new(3)?);
    for load in loads {
        let seen = load.join().ok().context("a load panicked")??;
        rate += seen.require(200)?.rate();
        answers += seen.count();
        latency.add(&seen.latency)?;
    }
    let micros_each = (used()? - before) * 1e6 / answers as f64;
    nodes.into_iter().try_for_each(Server::stop)?;
    Ok(Polled { rate, latency, micros_each })
}

/// Buyers join at the leader one by one while all pay there; each is then asked for at the node that follows, which shows a position once
/// it has the commit.
fn lag(bench: &mut Bench, books: &Books) -> Result<()> {
    let users = if bench.quick { 20_000 } else { 100_000 };
    let spec = Spec { users: users + PROBES, ..writes::ground(users) };
    books.primary.be_strict("on")?;
    let book = Book::of(&runtime()?.block_on(Ground::prepare(&spec))?, &books.primary)?;
    let (leader, follower) = (book.node("leader.db", &share(0, 1))?, book.node("follower.db", &share(0, 1))?);
    let (payments, to) = (writes::payments(&book.ground), leader.address);
    let paying = std::thread::spawn(move || {
        runtime()?.block_on(closed_loop(to, CONNECTIONS, &Rc::new(payments), Until::Sent)).map(Box::new)
    });
    let path = format!("/v1/concerts/{}/queue/tokens", book.ground.concerts[0].id);
    let probes: Vec<_> = book.ground.buyers[users as usize..].iter().map(|buyer| buyer.session.clone()).collect();
    let asked = runtime()?.block_on(async {
        let mut asked = [Histogram::<u64>::new(3)?, Histogram::new(3)?];
        let mut connections = [Connection::open(leader.address).await?, Connection::open(follower.address).await?];
        for session in probes.iter().take_while(|_| !paying.is_finished()) {
            let status = connections[0].send(&request("POST", &path, session, "", None)).await?;
            anyhow::ensure!(status == 201, "{status}: {}", String::from_utf8_lossy(connections[0].body()));
            let joined: serde_json::Value = serde_json::from_slice(connections[0].body())?;
            let poll = request("GET", "/v1/queue/position", joined["token"].as_str().context("a token")?, "", None);
            // The one that follows first: while the other is asked it could catch up.
            for at in [1, 0] {
                let started = Instant::now();
                let status = connections[at].send(&poll).await?;
                anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(connections[at].body()));
                asked[at].record(started.elapsed().as_micros() as u64)?;
            }
            tokio::time::sleep(PROBE_EVERY).await;
        }
        Ok::<_, anyhow::Error>(asked)
    })?;
    let paid = paying.join().ok().context("the load panicked")??;
    let rate = paid.require(201)?.rate();
    let mut table = Table::new(&["a position asked for right after joining", "times", "p50 ms", "p99 ms", "max ms"]);
    let ms = |of: &Histogram<u64>, quantile| of.value_at_quantile(quantile) as f64 / 1000.0;
    for (name, of) in ["at the leader", "at the node that follows"].into_iter().zip(&asked) {
        let figures = [of.len() as f64, ms(of, 0.5), ms(of, 0.99), ms(of, 1.0)].map(number);
        table.row([name.to_owned()].into_iter().chain(figures));
    }
    table.print(&format!(
        "How far behind a node is that follows, while {} payments a second are made at the leader (a strict pair, {CONNECTIONS} connections; \
         both nodes, PostgreSQL, its standby and the load on the same {} cores)",
        number(rate),
        cores()
    ));
    let behind = ms(&asked[1], 0.99);
    bench.targets.at_most("p99 of what a node shows later than the leader, at full load, ms", 50.0, behind);
    leader.stop()?;
    follower.stop()?;
    book.verified()
}
