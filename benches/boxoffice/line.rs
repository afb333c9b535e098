//! The waiting room's memory: what a publication costs, what a waiting buyer weighs, how fast the line is up again.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use anyhow::{Context, Result};
use boxoffice::clock::{Instant, ScriptedClock};
use boxoffice::ids::{ConcertKey, Ordinal, UserKey};
use boxoffice::queue::{Entry, EntryStatus, Line, Queue, QueueFact, Settings, Tier};
use uuid::Uuid;

use crate::ground::{Ground, Spec};
use crate::load::{Connection, request, runtime};
use crate::report::{Table, number};
use crate::server::Server;
use crate::{Bench, verified};

pub fn run(bench: &mut Bench) -> Result<()> {
    publications(bench)?;
    restarts(bench)
}

/// One admission published, and one position read, by length of the line.
fn publications(bench: &mut Bench) -> Result<()> {
    let mut table = Table::new(&["waiting", "publish one admission, ns", "read one position, ns"]);
    let mut costs = Vec::new();
    for waiting in [1_000, 100_000, 1_000_000] {
        let now = Instant(1_800_000_000_000);
        let clock = Arc::new(ScriptedClock::at(now));
        let mut line = Line::new(queue(waiting), clock);
        (1..=waiting).for_each(|ordinal| line.restore(&entry(ordinal, now), now));
        let rounds = 500;
        let started = Stopwatch::now();
        for ordinal in (1..=rounds).map(Ordinal) {
            let until = now.plus_seconds(600);
            let admitted = QueueFact::Admitted { concert: ConcertKey(1), ordinal, admitted_until: until, waited_ms: 0 };
            let mut queue = queue(waiting);
            (queue.now_serving, queue.waiting_count) = (ordinal.0, waiting - ordinal.0);
            line.apply(&[&admitted, &QueueFact::Changed(queue)], now);
        }
        let publish = started.elapsed().as_nanos() as f64 / f64::from(rounds);
        let started = Stopwatch::now();
        let reads = 100_000;
        for read in 0..reads {
            let ordinal = rounds + 1 + read % (waiting - rounds);
            black_box(line.standing(Ordinal(ordinal), Uuid::from_u128(u128::from(ordinal)), now));
        }
        let read = started.elapsed().as_nanos() as f64 / f64::from(reads);
        costs.push(publish);
        table.row([number(f64::from(waiting)), number(publish), number(read)]);
    }
    table.print("Publishing is incremental: a commit changes the line in place, before its answers leave");
    // One tick a second, at the operator's fastest: a thousand admissions a second.
    let share = costs.last().context("three sizes")? * 1000.0 / 1e9;
    bench.targets.at_most("share of a core to publish 1,000 admissions/s among 1,000,000 waiting", 0.05, share);
    Ok(())
}

fn queue(waiting: u32) -> Queue {
    let queue = Queue::new((ConcertKey(1), Uuid::nil()), Settings::DEFAULT, Instant(0), Instant(0), [0; 32]);
    let (last_ordinal, drawn_at) = (Ordinal(waiting), Some(Instant(0)));
    Queue { drawn_at, last_ordinal, last_number: waiting, waiting_count: waiting, ..queue }
}

fn entry(ordinal: u32, now: Instant) -> Entry {
    Entry {
        concert: ConcertKey(1),
        ordinal: Ordinal(ordinal),
        id: Uuid::from_u128(u128::from(ordinal)),
        user: UserKey(i64::from(ordinal)),
        tier: Tier::STANDARD,
        number: Some(ordinal),
        status: EntryStatus::Waiting,
        cause: None,
        joined_at: now,
        admitted_at: None,
        admitted_until: None,
        ends_at: now.plus_seconds(86_400),
    }
}

/// The real server, started on a file with this many waiting.
fn restarts(bench: &mut Bench) -> Result<()> {
    let load = runtime()?;
    let mut table = Table::new(&["waiting", "start to listening, ms", "resident MB", "bytes per waiting buyer"]);
    let sizes: &[u32] = if bench.quick { &[1, 100_000] } else { &[1, 100_000, 1_000_000] };
    let mut empty_kb = 0;
    for &waiting in sizes {
        let spec = Spec { users: waiting, joined: waiting, rows: 1, max_admitted: Some(1), ..Spec::default() };
        let ground = load.block_on(Ground::prepare(&spec))?;
        let before = positions(&ground)?;
        let server = Server::boxoffice(&ground.data)?;
        let (start_ms, anonymous_kb) = (server.start.as_secs_f64() * 1000.0, server.status_kb("RssAnon")?);
        if waiting == 1 {
            empty_kb = anonymous_kb;
            bench.targets.at_most("resident MB, idle", 30.0, server.status_kb("VmRSS")? as f64 / 1024.0);
        }
        let each = (anonymous_kb.saturating_sub(empty_kb)) as f64 * 1024.0 / f64::from(waiting);
        table.row([
            number(f64::from(waiting)),
            number(start_ms),
            number(server.status_kb("VmRSS")? as f64 / 1024.0),
            if waiting == 1 { String::new() } else { number(each) },
        ]);
        drop(server);
        anyhow::ensure!(positions(&ground)? == before, "the order is the same after a restart");
        if waiting == 100_000 {
            bench.targets.at_most("start with 100,000 waiting, ms", 1000.0, start_ms);
        }
        if waiting == sizes[sizes.len() - 1] {
            bench.targets.at_most("resident bytes per waiting buyer", 200.0, each);
        }
        verified(&ground)?;
    }
    table.print("Restarts (the order was the same after each)");
    Ok(())
}

/// What a freshly started server answers to a hundred buyers from front to back.
fn positions(ground: &Ground) -> Result<Vec<Vec<u8>>> {
    let server = Server::boxoffice(&ground.data)?;
    let step = (ground.buyers.len() / 100).max(1);
    runtime()?.block_on(async {
        let mut connection = Connection::open(server.address).await?;
        let mut positions = Vec::new();
        for buyer in ground.buyers.iter().step_by(step) {
            let token = buyer.token.as_deref().context("everyone joined")?;
            let status = connection.send(&request("GET", "/v1/queue/position", token, "", None)).await?;
            anyhow::ensure!(status == 200, "{status}");
            positions.push(connection.body().to_vec());
        }
        Ok(positions)
    })
}
