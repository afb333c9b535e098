//! The same writes on ever larger data files: holds, top-ups and payments with 10, 100 and 1,000 times the rows, and the
//! start.

use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::ground::{Ground, Spec};
use crate::load::{Connection, Until, closed_loop, request, runtime};
use crate::report::{ROUNDS, Table, in_turn, median, median_ratio, number};
use crate::server::Server;
use crate::writes::{holds, payments, top_ups};
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
        "top-ups/s",
        "server µs each",
        "payments/s",
        "server µs each",
        "first answer, ms",
        "resident MB",
    ]);
    let factors = others_between(bench);
    let files = factors.iter().map(|&others| File::prepare(others)).collect::<Result<Vec<_>>>()?;
    let mut rates = Vec::new();
    for (file, rounds) in files.iter().zip(in_turn(&files, |file| sale(&file.ground.copy()?))?) {
        rates.push(rounds.iter().map(|sale| sale.payments).collect::<Vec<_>>());
        let middle = median(rounds, |sale| sale.payments);
        let mut cells: Vec<_> = [file.postings, file.users, file.size_mb].map(number).into();
        cells.extend(middle.cells);
        cells.extend([file.first_answer_ms, middle.resident_mb].map(number));
        table.row(cells);
    }
    table.print(&format!(
        "Growth ({ACTIVE} buyers hold, top up and pay, as in a sale; 128 connections; the middle of {ROUNDS} rounds)"
    ));
    let most = files.last().context("files")?;
    let (users, postings) = (number(most.users), number(most.postings));
    let measure = format!("start with {users} users and {postings} postings to the first answer, ms");
    bench.targets.at_most(&measure, 300.0, most.first_answer_ms);
    let measure = format!("payments/s with {} times the postings ÷ with 10,000", factors[factors.len() - 1] + 1);
    bench.targets.at_least(&measure, 0.8, median_ratio(&rates[rates.len() - 1], &rates[0]));
    Ok(())
}

/// A data file of one size.
struct File {
    ground: Ground,
    users: f64,
    postings: f64,
    size_mb: f64,
    first_answer_ms: f64,
}

impl File {
    fn prepare(others: u32) -> Result<Self> {
        let spec = Spec { users: ACTIVE, joined: ACTIVE, performances: 1, ..Spec::default() };
        let ground = runtime()?.block_on(Ground::prepare(&larger(spec, others)))?;
        let (users, postings) = counted(&ground)?;
        let size_mb = std::fs::metadata(&ground.data)?.len() as f64 / 1e6;
        let first_answer_ms = first_answer(&ground)?;
        Ok(Self { ground, users, postings, size_mb, first_answer_ms })
    }
}

/// What one round reached.
struct Sale {
    payments: f64,
    cells: Vec<String>,
    resident_mb: f64,
}

fn sale(ground: &Ground) -> Result<Sale> {
    let load = runtime()?;
    let server = Server::boxoffice(&ground.data)?;
    let (mut cells, mut rate) = (Vec::new(), 0.0);
    for requests in [holds(ground), top_ups(ground), payments(ground)] {
        let before = server.cpu()?;
        let seen = load.block_on(closed_loop(server.address, 128, &Rc::new(requests), Until::Sent))?;
        rate = seen.require(201)?.rate();
        cells.extend([number(rate), server.cpu()?.each_since(before, seen.latency.len())]);
    }
    let resident_mb = server.status_kb("VmRSS")? as f64 / 1024.0;
    server.stop()?;
    verified(ground)?;
    Ok(Sale { payments: rate, cells, resident_mb })
}

/// Users and postings of a data file.
pub fn counted(ground: &Ground) -> Result<(f64, f64)> {
    let connection = rusqlite::Connection::open(&ground.data)?;
    let count = |sql| connection.query_row(sql, [], |row| row.get::<_, f64>(0));
    Ok((count("SELECT CAST(count(*) AS REAL) FROM account")?, count("SELECT CAST(count(*) AS REAL) FROM posting")?))
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
