//! The same writes on ever larger data files: payments and holds with 10, 100 and 1,000 times the rows, and the start.

use std::rc::Rc;
use std::time::Instant;

use anyhow::Result;

use crate::ground::{Ground, Spec};
use crate::load::{Connection, Until, closed_loop, request, runtime};
use crate::report::{Table, number};
use crate::server::Server;
use crate::writes::{holds, payments};
use crate::{Bench, verified};

/// Buyers who pay; the others of a larger file are strewn between them, so that payments touch pages far apart.
const ACTIVE: u32 = 10_000;

/// How many others lie between each two of the buyers: with 0, 9, 99 and 999 there are 1, 10, 100 and 1,000 times the
/// postings.
pub fn others_between(bench: &Bench) -> &'static [u32] {
    if bench.quick { &[0, 9, 99] } else { &[0, 9, 99, 999] }
}

/// The same ground on a larger file: so many times the postings more, and a tenth as many users.
pub fn larger(spec: Spec, others: u32) -> Spec {
    let users_between = if others == 0 { 0 } else { (others / 10).max(1) };
    let postings_of_others = others.checked_div(users_between).unwrap_or(0);
    Spec { others_between: users_between, postings_of_others, ..spec }
}

pub fn run(bench: &mut Bench) -> Result<()> {
    let mut table = Table::new(&[
        "postings",
        "users",
        "file, MB",
        "holds/s",
        "server µs each",
        "payments/s",
        "server µs each",
        "first answer, ms",
        "resident MB",
    ]);
    let factors = others_between(bench);
    let mut rates = Vec::new();
    for &others in factors {
        let row = grown(bench, others)?;
        rates.push(row.payments);
        table.row(row.cells);
    }
    table.print(&format!("Growth ({ACTIVE} buyers pay; 128 connections)"));
    let measure = format!("payments/s with {} times the postings ÷ with 10,000", factors[factors.len() - 1] + 1);
    bench.targets.at_least(&measure, 0.8, rates[rates.len() - 1] / rates[0]);
    Ok(())
}

struct Row {
    payments: f64,
    cells: [String; 9],
}

fn grown(bench: &mut Bench, others: u32) -> Result<Row> {
    let load = runtime()?;
    let spec = Spec { users: ACTIVE, joined: ACTIVE, performances: 1, ..Spec::default() };
    let ground = load.block_on(Ground::prepare(&larger(spec, others)))?;
    let (users, postings) = counted(&ground)?;
    let size_mb = std::fs::metadata(&ground.data)?.len() as f64 / 1e6;
    let first_ms = first_answer(&ground)?;
    if others == 999 {
        bench.targets.at_most(
            "start with 1,000,000 users and 10 million postings to the first answer, ms",
            300.0,
            first_ms,
        );
    }
    let server = Server::boxoffice(&ground.data)?;
    let mut cells = vec![number(postings), number(users), number(size_mb)];
    let mut rate = 0.0;
    for requests in [holds(&ground), payments(&ground)] {
        let before = server.cpu()?;
        let seen = load.block_on(closed_loop(server.address, 128, &Rc::new(requests), Until::Sent))?;
        rate = seen.require(201)?.rate();
        cells.extend([number(rate), server.cpu()?.each_since(before, seen.latency.len())]);
    }
    cells.extend([number(first_ms), number(server.status_kb("VmRSS")? as f64 / 1024.0)]);
    server.stop()?;
    verified(&ground)?;
    let cells = cells.try_into().map_err(|_| anyhow::anyhow!("nine columns"))?;
    Ok(Row { payments: rate, cells })
}

/// Users and postings of a data file.
pub fn counted(ground: &Ground) -> Result<(f64, f64)> {
    let connection = rusqlite::Connection::open(&ground.data)?;
    let count = |sql| connection.query_row(sql, [], |row| row.get::<_, f64>(0));
    Ok((count("SELECT CAST(count(*) AS REAL) FROM user")?, count("SELECT CAST(count(*) AS REAL) FROM posting")?))
}

/// From starting the process to the answer of a buyer's first poll.
fn first_answer(ground: &Ground) -> Result<f64> {
    let started = Instant::now();
    let server = Server::boxoffice(&ground.data)?;
    let token = ground.buyers[0].token.as_deref().unwrap_or_default();
    let status = runtime()?.block_on(async {
        Connection::open(server.address).await?.send(&request("GET", "/v1/queue/position", token, "", None)).await
    })?;
    let took = started.elapsed();
    anyhow::ensure!(status == 200, "{status}");
    server.stop()?;
    Ok(took.as_secs_f64() * 1000.0)
}
