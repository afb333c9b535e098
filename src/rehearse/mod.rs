//! `boxoffice rehearse`: the operator's load drill. A whole on-sale over real HTTP, against a throw-away server or a
//! named one, with a report at the end.
//!
//! - [`arguments`], [`plan`]: what is asked for; who comes when and does what.
//! - [`server`], [`desk`]: the server that is driven; the drill as its operator.
//! - [`drill`], [`buyer`], `waiting`: what buyers share; a buyer's journey; its time in the waiting room.
//! - [`pool`], [`board`]: the connections and the seat map that all buyers share, as behind a venue's front end.
//! - [`words`], [`measure`], [`progress`]: what is measured; what is shown meanwhile.
//! - [`crowd`]: its buyers in a demonstration.
//! - [`report`], [`suggestion`], [`html`], [`svg`]: what is told at the end.
//!
//! Arrivals are open-loop: buyers come when they come, however slow the server is, and every time is measured from the
//! moment meant. The drill uses the API alone, nothing of the server's inside.
#![expect(clippy::disallowed_methods, reason = "a drill measures real time")]

pub mod arguments;
pub mod board;
pub mod buyer;
pub mod crowd;
pub mod desk;
pub mod drill;
pub mod html;
pub mod measure;
pub mod plan;
pub mod pool;
pub mod progress;
pub mod report;
pub mod server;
pub mod suggestion;
pub mod svg;
mod waiting;
pub mod words;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep_until;

pub use arguments::Arguments;

use crate::client::Ask;
use crate::rehearse::board::Board;
use crate::rehearse::desk::{Desk, QueueFigures, Sale, Session};
use crate::rehearse::drill::Drill;
use crate::rehearse::measure::Measure;
use crate::rehearse::plan::BuyerPlan;
use crate::rehearse::pool::Pool;
use crate::rehearse::progress::Progress;
use crate::rehearse::report::{Laws, Report};
use crate::rehearse::server::Target;
use crate::rehearse::words::End;
use crate::run::raise_open_files;
use crate::terminal;
use crate::verify;

/// Streams at one time: each has a connection of its own, and one machine has some 28,000 ports to call from.
const MOST_STREAMS: u64 = 10_000;

/// Runs a drill and reports. Success: the laws hold and nobody was lost.
///
/// # Errors
/// When the drill could not be held; with the remedy.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    arguments.check()?;
    let open_files = raise_open_files();
    let streams = MOST_STREAMS.min(open_files.saturating_sub(u64::from(arguments.connections) + 100));
    let stop = stop_signal()?;
    let mut target = Target::open(&arguments).await?;
    let pool = Pool::new(target.addresses.clone(), arguments.connections);
    let (operator_key, name) = (target.operator_key.clone(), target.name.clone());
    let driven = tokio::select! {
        driven = drive(&arguments, pool, operator_key, streams as usize) => driven,
        died = target.died() => Err(died),
        stopped = stop => Err(stopped),
    };
    let used = (target.usage(), server::usage("self"));
    let laws = match target.child.take() {
        None => Laws::NotChecked,
        Some(mut child) => {
            let stopped = child.stop().await;
            if driven.is_ok() { check_laws(child, stopped).await? } else { Laws::NotChecked }
        }
    };
    let (drill, figures) = driven?;
    let report = Report::new(&drill, name, figures, laws, used);
    terminal::print_whole(&report.text())?;
    if let Some(out) = &arguments.out {
        write(out, "report.json", &serde_json::to_string_pretty(&report)?)?;
        write(out, "report.html", &html::page(&report))?;
        let (json, html) = (out.join("report.json"), out.join("report.html"));
        terminal::mention(&format!("report: {} and {}", json.display(), html.display()));
    }
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, text).with_context(|| format!("{}", path.display()))
}

/// Resolves on Ctrl-C and its like. They are listened to from the call on, not only once it is polled.
fn stop_signal() -> std::io::Result<impl Future<Output = anyhow::Error>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        anyhow::anyhow!("stopped before the end; there is no report")
    })
}

/// Looks at the stopped server's data file. One that breaks a law is kept.
async fn check_laws(
    mut child: server::ThrowAway,
    stopped: anyhow::Result<std::process::ExitStatus>,
) -> anyhow::Result<Laws> {
    let mut breaches = Vec::new();
    match stopped {
        Ok(status) if status.success() => {}
        Ok(status) => breaches.push(format!("the server stopped with {status}")),
        Err(error) => breaches.push(format!("{error:#}")),
    }
    let data = child.data.clone();
    let found = tokio::task::spawn_blocking(move || verify::verify(&data)).await??;
    breaches.extend(found.breaches.iter().map(|breach| format!("law {}: {}", breach.law, breach.what)));
    let kept = (!breaches.is_empty()).then(|| child.keep_folder());
    Ok(Laws::Checked { breaches, rows: found.counts, kept })
}

async fn drive(
    arguments: &Arguments,
    pool: Pool,
    operator_key: String,
    streams: usize,
) -> anyhow::Result<(Arc<Drill>, QueueFigures)> {
    let progress = Progress::new(arguments);
    let desk = Desk::new(&pool, &operator_key);
    let sale = desk.open_sale(arguments).await?;
    // One more, who looks at the seats before all others.
    let mut sessions = desk.open_sessions(arguments.buyers + 1, |made| progress.sessions(made)).await?;
    let board = Board::default();
    let scout = sessions.pop().context("the server made no sessions")?;
    fill_board(&pool, &sale, &scout, &board).await?;
    let drill = Arc::new(Drill {
        arguments: arguments.clone(),
        pool,
        operator_key: operator_key.clone(),
        sale,
        board,
        measure: Measure::begin(),
        streams: Semaphore::new(streams),
        sold_out: watch::channel(false).0,
    });
    let limit = Duration::from_secs_f64(arguments.time_limit);
    let watched = progress.watch(drill.clone());
    let in_time = tokio::time::timeout(limit, everyone(&drill, sessions)).await.is_ok();
    watched.abort();
    drill.measure.tick();
    progress.finish();
    if !in_time {
        let ended = drill.counts().ended.load(std::sync::atomic::Ordering::Relaxed);
        for _ in ended..u64::from(arguments.buyers) {
            drill.measure.ended(drill.lost(format!("not done after {} s (--time-limit)", arguments.time_limit)));
        }
    }
    let figures = Desk::new(&drill.pool, &operator_key).queue(&drill.sale.concert_id).await?;
    Ok((drill, figures))
}

/// The whole map is fetched once, by one who enters before the others, looks and leaves: afterwards buyers ask for
/// changes alone, as behind a front end that keeps the map for everyone.
async fn fill_board(pool: &Pool, sale: &Sale, scout: &Session, board: &Board) -> anyhow::Result<()> {
    let path = format!("/v1/concerts/{}/queue/tokens", sale.concert_id);
    let join = Ask { method: "POST", path: &path, bearer: Some(&scout.secret), ..Ask::default() };
    let joined: Value = pool.send(&join).await?.json();
    let token = joined["token"].as_str().with_context(|| format!("the queue lets nobody join: {joined}"))?;
    let path = format!("/v1/performances/{}/seats", sale.performance_id);
    let look = Ask { method: "GET", path: &path, bearer: Some(token), ..Ask::default() };
    let map = pool.send(&look).await?;
    if map.status != 200 {
        bail!("the first buyer cannot look at the seats: {} {}", map.status, map.code());
    }
    board.take(&map.body).context("the seat map")?;
    let leave = Ask { method: "DELETE", path: "/v1/queue/tokens/current", bearer: Some(token), ..Ask::default() };
    pool.send(&leave).await?;
    Ok(())
}

/// Sends every buyer on their way at their moment, and waits for all of them.
async fn everyone(drill: &Arc<Drill>, sessions: Vec<Session>) {
    let mut under_way = JoinSet::new();
    let reap = |ended: Result<End, tokio::task::JoinError>| {
        if let Err(error) = ended {
            drill.measure.ended(drill.lost(error.to_string()));
        }
    };
    let arrivals = plan::arrivals(&drill.arguments);
    for ((number, session), after) in (0..).zip(sessions).zip(arrivals) {
        let came = drill.measure.began + after;
        if came > Instant::now() {
            sleep_until(came.into()).await;
        }
        under_way.spawn(buyer::live(drill.clone(), BuyerPlan::of(&drill.arguments, number), session, came));
        while let Some(ended) = under_way.try_join_next() {
            reap(ended);
        }
    }
    while let Some(ended) = under_way.join_next().await {
        reap(ended);
    }
}
