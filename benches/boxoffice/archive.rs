//! Growth of the catalogue: what ten thousand concerts and a hundred thousand performances that are over cost those that are
//! to come.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use anyhow::{Context, Result};
use boxoffice::app::App;
use boxoffice::catalog::concert::ConcertSpec;
use boxoffice::catalog::concert::domain::create_concert;
use boxoffice::catalog::domain::{self as catalog, PerformanceSpec};
use boxoffice::catalog::hall::domain as halls;
use boxoffice::catalog::hall::plan::PlanPlace;
use boxoffice::catalog::hall::spec::{HallSpec, RowSpec};
use boxoffice::clock::{Clock, Instant, ScriptedClock, SystemClock};
use boxoffice::config::Limits;
use boxoffice::entropy::SystemEntropy;
use boxoffice::money::Amount;
use boxoffice::store::{StoreError, Tx};
use uuid::Uuid;

use crate::Bench;
use crate::ground::{OPERATOR, config};
use crate::load::{Connection, request, runtime};
use crate::report::{ROUNDS, Table, in_turn, median, number};
use crate::server::Server;

const DAY_MS: i64 = 24 * 3_600_000;
/// Concerts to come, in either file.
const LIVING: u32 = 20;
const PERFORMANCES_EACH: u32 = 10;
/// So many times each list is asked for.
const ASKED: u32 = 50;

/// What one start showed.
struct Round {
    start_ms: f64,
    /// Before anything is asked, and after all lists were.
    anonymous_kb: [f64; 2],
    /// The very first list: nothing of what is to come is in memory yet.
    first_ms: f64,
    /// The slowest answer of each list after it, in milliseconds.
    lists: [f64; 3],
}

pub fn run(bench: &mut Bench) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let load = runtime()?;
    let over = if bench.quick { [0, 100, 1_000] } else { [0, 1_000, 10_000 - LIVING] };
    let files = over.map(|over| (over, folder.path().join(format!("{over}.db"))));
    for (over, data) in &files {
        load.block_on(fill(data, *over))?;
        let report = boxoffice::verify::verify(data)?;
        anyhow::ensure!(report.breaches.is_empty(), "the laws are broken: {:?}", report.breaches);
    }
    let mut table = Table::new(&[
        "concerts that are over",
        "their performances",
        "start to listening, ms",
        "resident MB (anonymous) then / after the lists",
        "the first list of those to come, ms",
        "to come / past / at the desk, slowest of 50, ms",
    ]);
    let mut rounds = Vec::new();
    for ((over, _), of_file) in files.iter().zip(in_turn(&files, |(_, data)| round(data))?) {
        let round = median(of_file, |round| round.start_ms);
        table.row([
            number(f64::from(*over)),
            number(f64::from(over * PERFORMANCES_EACH)),
            number(round.start_ms),
            round.anonymous_kb.map(|kilobytes| number(kilobytes / 1024.0)).join(" / "),
            number(round.first_ms),
            round.lists.map(number).join(" / "),
        ]);
        rounds.push(round);
    }
    table.print(&format!("What is over ({LIVING} concerts to come in each file; the middle of {ROUNDS} rounds)"));
    let [_, some, all] = &rounds[..] else { anyhow::bail!("three files") };
    bench.targets.at_most("start with 100,000 ended performances, ms", 300.0, all.start_ms);
    let slowest = all.lists.into_iter().fold(0.0, f64::max);
    bench.targets.at_most("slowest list of concerts among 10,000, ms", 20.0, slowest);
    let ratio = |at: usize| all.anonymous_kb[at] / some.anonymous_kb[at];
    bench.targets.at_most("memory with 10,000 ended concerts ÷ 1,000, started", 1.1, ratio(0));
    // What the lists leave behind is the store's cache of pages, which has a bound of its own and fills by and by.
    bench.targets.at_most("memory with 10,000 ended concerts ÷ 1,000, listed", 1.25, ratio(1));
    Ok(())
}

/// Makes a data file by the product's own operations, a year ago and now.
async fn fill(data: &std::path::Path, over: u32) -> Result<()> {
    const AT_ONCE: u32 = 100;
    let now = SystemClock::start().moment().wall;
    let clock = ScriptedClock::at(now.plus_ms(-365 * DAY_MS));
    let (limits, entropy) = (Limits::default(), Arc::new(SystemEntropy));
    let app = App::open_with(config(data), limits, Arc::new(clock.clone()), entropy).await?.app;
    let hall = app.store.write(|tx| make_hall(tx).map_err(|error| anyhow::anyhow!("{error}"))).await?;
    for first in (0..over).step_by(AT_ONCE as usize) {
        let count = AT_ONCE.min(over - first);
        app.store.write(move |tx| (0..count).try_for_each(|_| make_concert(tx, hall))).await?;
    }
    clock.set(now);
    while running(&app)? > 0 {
        boxoffice::jobs::retire_queues(&app.office).await?;
    }
    app.store.write(move |tx| (0..LIVING).try_for_each(|_| make_concert(tx, hall))).await?;
    tokio::task::spawn_blocking(move || app.stop()).await?;
    Ok(())
}

fn make_hall(tx: &Tx) -> Result<Uuid, boxoffice::catalog::CatalogError> {
    let row = |row: u32| RowSpec::new(format!("Row {row}"), "R", PlanPlace::labelled(1..=20));
    halls::create_hall(tx, "Bench Hall", &HallSpec::seated("Stalls", (0..15).map(row).collect()).plan(1_000)?)
}

fn make_concert(tx: &Tx, hall: Uuid) -> Result<()> {
    let (concert, _) = create_concert(tx, &ConcertSpec::new("Bench Concert", "Asia/Seoul"))?;
    for day in 1..=PERFORMANCES_EACH {
        let prices = BTreeMap::from([("R".to_owned(), Amount(100))]);
        let starts_at: Instant = tx.now().plus_ms(i64::from(day) * DAY_MS);
        let spec = PerformanceSpec { allow_overlap: true, ..PerformanceSpec::new(concert.id, hall, starts_at, prices) };
        catalog::create_performance(tx, &spec)?;
    }
    Ok(())
}

/// How many queues of concerts that are over are still in memory.
fn running(app: &App) -> Result<u32, StoreError> {
    let found = "SELECT count(*) FROM queue WHERE phase IN ('running', 'cancelled')";
    app.store.read_blocking(|tx| tx.one(found, [], |row| row.get(0)))
}

fn round(data: &std::path::Path) -> Result<Round> {
    let server = Server::boxoffice(data)?;
    let asked = [
        request("GET", "/v1/concerts", "", "", None),
        request("GET", "/v1/concerts?which=past", "", "", None),
        request("GET", "/v1/operator/concerts", OPERATOR, "", None),
    ];
    let anonymous_kb = || server.status_kb("RssAnon").map(|kilobytes| kilobytes as f64).context("its memory");
    let at_start = anonymous_kb()?;
    let (first_ms, lists) = runtime()?.block_on(async {
        let mut connection = Connection::open(server.address).await?;
        let mut ask = async |list: &_| {
            let started = Stopwatch::now();
            let status = connection.send(list).await?;
            anyhow::ensure!(status == 200, "{status}");
            Ok::<_, anyhow::Error>(started.elapsed().as_secs_f64() * 1000.0)
        };
        let (first_ms, mut slowest) = (ask(&asked[0]).await?, [0.0_f64; 3]);
        for _ in 0..ASKED {
            for (list, slowest) in asked.iter().zip(&mut slowest) {
                *slowest = slowest.max(ask(list).await?);
            }
        }
        Ok::<_, anyhow::Error>((first_ms, slowest))
    })?;
    let start_ms = server.start.as_secs_f64() * 1000.0;
    let round = Round { start_ms, anonymous_kb: [at_start, anonymous_kb()?], first_ms, lists };
    server.stop()?;
    Ok(round)
}
