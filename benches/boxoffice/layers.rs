//! What each layer costs: the same payments over HTTP, in-process in groups, and the bare row changes in plain SQLite.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use boxoffice::app::{App, Opened};
use boxoffice::config::Limits;
use boxoffice::ids::{Ordinal, PerformanceKey, SeatId};
use boxoffice::money::Amount;
use boxoffice::payment::domain::{self as payment, PayTerms};
use boxoffice::queue;
use futures_util::future::join_all;
use rusqlite::{Connection, params};

use crate::ground::{Ground, PRICE, config};
use crate::load::{Until, closed_loop, runtime};
use crate::report::{Table, number};
use crate::server::{Cpu, Server};
use crate::writes::{ground, payments};
use crate::{Bench, verified};

const GROUP: usize = 64;
const SEATS: u32 = 10_000;

pub fn run(bench: &mut Bench) -> Result<()> {
    let users = if bench.quick { 20_000 } else { 60_000 };
    let mut table = Table::new(&["payments", "a second", "of the layer below", "server µs each", "load µs each"]);
    let plain = in_plain_sqlite(&fresh(users)?, users)?;
    let none = String::new;
    table.row(["row changes in plain SQLite, groups of 64".to_owned(), number(plain), none(), none(), none()]);
    let (in_process, cost) = in_process(&fresh(users)?, users)?;
    let share = number(in_process / plain);
    table.row(["in-process, groups of 64".to_owned(), number(in_process), share, cost, none()]);
    let (over_http, cost, load) = over_http(&fresh(users)?)?;
    let share = number(over_http / in_process);
    table.row(["over HTTP, 128 connections".to_owned(), number(over_http), share, cost, load]);
    table.print(&format!("Layers ({users} payments of one seat each)"));
    bench.targets.at_least("payments/s over HTTP at 128 ÷ in-process in groups of 64", 0.8, over_http / in_process);
    Ok(())
}

fn fresh(users: u32) -> Result<Ground> {
    runtime()?.block_on(Ground::prepare(&ground(users)))
}

/// Payments a second, and the processor time of each in the server and in the load.
fn over_http(ground: &Ground) -> Result<(f64, String, String)> {
    let server = Server::boxoffice(&ground.data)?;
    let requests = std::rc::Rc::new(payments(ground));
    let (before, load_before) = (server.cpu()?, Cpu::of(std::process::id())?);
    let seen = runtime()?.block_on(closed_loop(server.address, 128, &requests, Until::Sent))?;
    let cost = server.cpu()?.each_since(before, seen.latency.len());
    let load = Cpu::of(std::process::id())?.others - load_before.others;
    server.stop()?;
    verified(ground)?;
    Ok((seen.require(201)?.rate(), cost, number(load * 1e6 / requests.len() as f64)))
}

/// The same operation by the same road, without HTTP: 64 at a time through the writer.
fn in_process(ground: &Ground, users: u32) -> Result<(f64, String)> {
    let seen = boxoffice::cli::runtime()?.block_on(async {
        // Exactly so large, however fast this disk is.
        let limits = Limits { group_commit: GROUP, group_run_per_commit: f64::INFINITY, ..Limits::default() };
        let Opened { app, .. } = App::open(config(&ground.data), limits).await?;
        let line = app.live.line(ground.concerts[0].id).context("the concert's queue")?;
        let maps = app.seat_maps(line.concert).await?;
        let terms = PayTerms { seats_per_user: app.config.seats_per_user, durations: app.durations() };
        let (before, started) = (Cpu::of(std::process::id())?, Instant::now());
        for first in (0..users).step_by(GROUP) {
            let group = (first..(first + GROUP as u32).min(users)).map(|number| {
                let map = maps[(number / SEATS) as usize].clone();
                app.store.write(move |tx| {
                    let seat = SeatId { performance: map.performance.key, seat_no: number % SEATS + 1 };
                    let visit = queue::domain::entry(tx, map.performance.concert, Ordinal(number + 1))?
                        .require_admitted(tx.now())?;
                    let performances = [Arc::clone(&map.performance)];
                    payment::pay(tx, &visit, &performances, &[seat], Amount(PRICE), terms)
                })
            });
            for paid in join_all(group).await {
                paid?;
            }
        }
        let rate = f64::from(users) / started.elapsed().as_secs_f64();
        let cost = Cpu::of(std::process::id())?.each_since(before, u64::from(users));
        tokio::task::spawn_blocking(move || app.stop()).await?;
        Ok::<_, anyhow::Error>((rate, cost))
    })?;
    verified(ground)?;
    Ok(seen)
}

/// Only what a payment changes, without any check or event: the floor under every design on these tables. Leaves a
/// data file that breaks the laws.
fn in_plain_sqlite(ground: &Ground, users: u32) -> Result<f64> {
    let connection = Connection::open(&ground.data)?;
    for (pragma, value) in [("synchronous", "FULL"), ("temp_store", "MEMORY"), ("cache_size", "-65536")] {
        connection.pragma_update(None, pragma, value)?;
    }
    connection.pragma_update(None, "wal_autocheckpoint", 1000)?;
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| -> rusqlite::Result<()> {
        let changed = connection.prepare_cached(sql)?.execute(values)?;
        assert_eq!(changed, 1, "{sql}");
        Ok(())
    };
    let now = boxoffice::clock::Clock::now(&boxoffice::clock::SystemClock);
    let started = Instant::now();
    for first in (0..users).step_by(GROUP) {
        run_group(&connection, |_| {
            for number in first..(first + GROUP as u32).min(users) {
                let (key, user) = (i64::from(number) + 1, i64::from(number) + 1);
                let performance = PerformanceKey(i64::from(number / SEATS) + 1);
                let posting = connection.query_row("SELECT max(posting_key) + 1 FROM posting", [], |row| row.get(0))?;
                let posting: i64 = posting;
                run(
                    "INSERT INTO payment VALUES (?1, ?2, ?3, 1, ?1, ?4, ?5, 1)",
                    params![key, uuid::Uuid::from_u128(0x01a0 << 112 | key as u128).as_bytes(), user, PRICE, now.0],
                )?;
                run(
                    "INSERT INTO ticket VALUES (?1, ?2, ?3, ?4)",
                    params![key * 64, performance.0, number % SEATS + 1, PRICE],
                )?;
                run(
                    "UPDATE seat SET state = 'sold', ticket_key = ?1 WHERE performance_key = ?2 AND seat_no = ?3",
                    params![key * 64, performance.0, number % SEATS + 1],
                )?;
                run(
                    "INSERT INTO posting VALUES (?1, ?2, 'payment', ?3, 0, ?4, NULL, NULL, ?5)",
                    params![posting, user, -PRICE, key, now.0],
                )?;
                run("UPDATE wallet SET balance = balance - ?2 WHERE user_key = ?1", params![user, PRICE])?;
                run(
                    "UPDATE queue_entry SET status = 'completed', ended_at = ?2 WHERE concert_key = 1 AND ordinal = ?1",
                    params![key, now.0],
                )?;
                run("UPDATE queue SET admitted_count = admitted_count - 1 WHERE concert_key = 1", &[])?;
            }
            Ok(())
        })?;
    }
    Ok(f64::from(users) / started.elapsed().as_secs_f64())
}

fn run_group(connection: &Connection, group: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    group(connection)?;
    connection.execute_batch("COMMIT")
}
