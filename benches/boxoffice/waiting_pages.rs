//! Twenty thousand waiting pages, each with its stream, while others poll and those inside pay: no one pays for it.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use tokio::task::LocalSet;

use crate::ground::{Ground, Spec};
use crate::load::{Until, closed_loop, open_loop, request, runtime};
use crate::report::{Table, median, number};
use crate::server::Server;
use crate::streams::{follow, most};
use crate::{Bench, verified, writes};

const CONNECTIONS: usize = 64;
/// Rounds alternate between the servers; the middle ratio counts.
const ROUNDS: usize = 7;
/// Buyers inside, who pay while the others' pages wait.
const INSIDE: u32 = 2_000;
/// Payments a second of those.
const PAID_PER_SECOND: f64 = 50.0;

/// The waiting room's pages: each buyer outside follows the place and what is left, as the page does, while buyers inside pay
/// and so let others in. What the streams cost those who poll, and those who pay.
pub fn run(bench: &mut Bench) -> Result<()> {
    let pages = most(bench)?;
    let load = runtime()?;
    let joined = pages as u32 + INSIDE;
    let spec = Spec { users: joined, joined, max_admitted: Some(INSIDE), ..Spec::default() };
    let ground = load.block_on(Ground::prepare(&spec))?;
    let (server, bare) = (Server::boxoffice(&ground.data)?, Server::bare()?);
    let mut table = Table::new(&[
        "pages that wait",
        "polls ÷ bare GET",
        "server µs each",
        "pay p50 ms",
        "p99 ms",
        "max ms",
        "MB/s to pages",
    ]);
    let time = Until::Time(Duration::from_secs_f64(bench.seconds(1.0)));
    let ask = |path| -> Vec<_> {
        let tokens = ground.buyers.iter().rev().take(5_000).filter_map(|buyer| buyer.token.as_deref());
        tokens.map(|token| request("GET", path, token, "", None)).collect()
    };
    let (polls, bare_requests) = (Rc::new(ask("/v1/queue/position")), Rc::new(ask("/bare")));
    let mut paid = writes::payments(&ground);
    paid.truncate(INSIDE as usize);
    for waiting in [0, pages] {
        let seconds = bench.seconds(10.0);
        let rest = paid.split_off((seconds * PAID_PER_SECOND) as usize);
        let some = Rc::new(std::mem::replace(&mut paid, rest));
        let local = LocalSet::new();
        let (of_polls, pays, bytes) = load.block_on(local.run_until(async {
            let outside = &ground.buyers[joined as usize - waiting..];
            let told = follow(server.address, "/v1/queue/position/stream?seats=true", outside).await?;
            let mut rounds = Vec::new();
            for _ in 0..ROUNDS {
                let of_bare = closed_loop(bare.address, CONNECTIONS, &bare_requests, time).await?.require(200)?.rate();
                let before = server.cpu()?;
                let seen = closed_loop(server.address, CONNECTIONS, &polls, time).await?;
                let each = server.cpu()?.each_since(before, seen.count());
                rounds.push((seen.require(200)?.rate() / of_bare, each));
            }
            let before = told.bytes.get();
            let pays = open_loop(server.address, CONNECTIONS, &some, Until::Sent, PAID_PER_SECOND).await?;
            pays.require(201)?;
            Ok::<_, anyhow::Error>((median(rounds, |(ratio, _)| *ratio), pays, told.bytes.get() - before))
        }))?;
        let (ratio, each) = of_polls;
        let figures = [pays.ms_at(0.5), pays.ms_at(0.99), pays.ms_at(1.0), bytes as f64 / pays.seconds / 1e6];
        table.row([number(waiting as f64), number(ratio), each].into_iter().chain(figures.map(number)));
        let measure = format!("queue_position ÷ bare GET while {} pages wait", number(waiting as f64));
        bench.targets.at_least(&measure, 0.85, ratio);
        let measure =
            format!("p99 of pay, {PAID_PER_SECOND} a second, while {} pages wait, ms", number(waiting as f64));
        bench.targets.at_most(&measure, 25.0, pays.ms_at(0.99));
    }
    table
        .print(&format!("Waiting pages: all follow place and seats left, while {PAID_PER_SECOND} a second pay inside"));
    server.stop()?;
    verified(&ground)
}
