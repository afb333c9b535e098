//! Polling a position over HTTP against a bare GET of the same framework: 1,000, 100,000 and 1,000,000 waiting.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use crate::ground::{Ground, Spec};
use crate::load::{Until, closed_loop, request, runtime};
use crate::report::{Table, median, number};
use crate::server::Server;
use crate::{Bench, verified};

const CONNECTIONS: usize = 64;
/// Rounds alternate between the servers, so that a noisy moment meets both; the middle ratio counts.
const ROUNDS: usize = 7;

pub fn run(bench: &mut Bench) -> Result<()> {
    let time = Until::Time(Duration::from_secs_f64(bench.seconds(1.0)));
    let load = runtime()?;
    let bare = Server::bare()?;
    let mut table = Table::new(&["answers a second", "rate", "of the bare GET", "p50 ms", "p99 ms"]);
    let sizes: &[u32] = if bench.quick { &[1_000, 100_000] } else { &[1_000, 100_000, 1_000_000] };
    let mut ratios = Vec::new();
    for &waiting in sizes {
        eprintln!("  preparing {waiting} waiting");
        let spec = Spec { users: waiting + 1, joined: waiting + 1, rows: 1, max_admitted: Some(1), ..Spec::default() };
        let ground = load.block_on(async { Ground::prepare(&spec).await })?;
        let server = Server::boxoffice(&ground.data)?;
        let step = (ground.buyers.len() / 10_000).max(1);
        // The same tokens to both, so that only the answering differs: ten thousand texts cost the load its caches.
        let ask = |path| -> Vec<_> {
            let tokens = ground.buyers.iter().step_by(step).filter_map(|buyer| buyer.token.as_deref());
            tokens.map(|token| request("GET", path, token, "", None)).collect()
        };
        let (polls, bare_requests) = (Rc::new(ask("/v1/queue/position")), Rc::new(ask("/bare")));
        let with_seats = Rc::new(ask("/v1/queue/position?seats=true"));
        let (mut rounds, mut rounds_with_seats) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let of_bare = load.block_on(closed_loop(bare.address, CONNECTIONS, &bare_requests, time))?;
            let seen = load.block_on(closed_loop(server.address, CONNECTIONS, &polls, time))?;
            let of_bare = of_bare.require(200)?.rate();
            rounds.push((of_bare, seen.require(200)?.rate(), seen));
            let seen = load.block_on(closed_loop(server.address, CONNECTIONS, &with_seats, time))?;
            rounds_with_seats.push((of_bare, seen.require(200)?.rate(), seen));
        }
        for (asked, rounds) in [("", rounds), (" with seats", rounds_with_seats)] {
            let (of_bare, rate, seen) = median(rounds, |(of_bare, rate, _)| rate / of_bare);
            let waiting = number(f64::from(waiting));
            table.row([
                format!("queue_position{asked}, {waiting} waiting (bare GET {})", number(of_bare)),
                number(rate),
                number(rate / of_bare),
                number(seen.ms_at(0.5)),
                number(seen.ms_at(0.99)),
            ]);
            if asked.is_empty() {
                ratios.push(rate / of_bare);
            }
        }
        let ratio = ratios.last().copied().unwrap_or_default();
        if waiting == 100_000 {
            bench.targets.at_most(
                "resident MB with 100,000 waiting",
                150.0,
                server.status_kb("VmRSS")? as f64 / 1024.0,
            );
        }
        if waiting == sizes[sizes.len() - 1] {
            let measure = format!("queue_position ÷ bare GET, {} waiting", number(f64::from(waiting)));
            bench.targets.at_least(&measure, 0.85, ratio);
        }
        server.stop()?;
        verified(&ground)?;
    }
    let (least, most) = (ratios.iter().copied().fold(f64::MAX, f64::min), ratios.iter().copied().fold(0.0, f64::max));
    bench.targets.at_least("queue_position ÷ bare GET: least ÷ most of all line lengths", 0.9, least / most);
    table.print(&format!("Positions ({CONNECTIONS} connections, the middle of {ROUNDS} rounds)"));
    Ok(())
}
