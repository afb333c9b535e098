//! What each layer costs: the same payments over HTTP, in-process in groups, and the bare row changes in plain SQLite.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use boxoffice::app::{App, Opened};
use boxoffice::config::Limits;
use boxoffice::ids::{Ordinal, PerformanceKey, SeatKey};
use boxoffice::money::Amount;
use boxoffice::payment::Basket;
use boxoffice::payment::domain as payment;
use boxoffice::queue::{self, Lines};
use boxoffice::reservation::SeatMaps;
use futures_util::future::join_all;
use rusqlite::{Connection, params};

use crate::ground::{Ground, PRICE, config};
use crate::load::{Until, closed_loop, runtime};
use crate::report::{ROUNDS, Table, in_turn, median, median_ratio, number};
use crate::server::{Cpu, Server};
use crate::writes::{ground, payments};
use crate::{Bench, verified};

const GROUP: usize = 64;
const SEATS: u32 = 10_000;
/// So many come first and are not counted: they pay for a new process's first touch of its memory, ten microseconds for
/// each 4 kB on a virtual machine.
const WARM_UP: u32 = 10_000;

/// The layers, each above the one it costs more than.
const LAYERS: [Layer; 3] = [
    Layer { name: "row changes in plain SQLite, groups of 64", round: in_plain_sqlite },
    Layer { name: "in-process, groups of 64", round: in_process },
    Layer { name: "over HTTP, 128 connections", round: over_http },
];

struct Layer {
    name: &'static str,
    /// Pays with so many users of a fresh ground.
    round: fn(&Ground, u32) -> Result<Reached>,
}

/// What one layer reached in one round.
struct Reached {
    rate: f64,
    server_cost: String,
    load_cost: String,
}

pub fn run(bench: &mut Bench) -> Result<()> {
    let users = if bench.quick { 20_000 } else { 60_000 };
    let ground = runtime()?.block_on(Ground::prepare(&ground(users)))?;
    let rounds = in_turn(&LAYERS, |layer| (layer.round)(&ground.copy()?, users))?;
    let mut table = Table::new(&["payments", "a second", "of the layer below", "server µs each", "load µs each"]);
    let mut below: Option<Vec<f64>> = None;
    let mut share = None;
    for (layer, rounds) in LAYERS.iter().zip(rounds) {
        let rates: Vec<_> = rounds.iter().map(|reached| reached.rate).collect();
        let Reached { rate, server_cost, load_cost } = median(rounds, |reached| reached.rate);
        share = below.map(|below| median_ratio(&rates, &below));
        below = Some(rates);
        let share = share.map(number).unwrap_or_default();
        table.row([layer.name.to_owned(), number(rate), share, server_cost, load_cost]);
    }
    let counted = number(f64::from(users - WARM_UP));
    table.print(&format!("Layers ({counted} payments of one seat each, the middle of {ROUNDS} rounds)"));
    let measure = "payments/s over HTTP at 128 ÷ in-process in groups of 64";
    bench.targets.at_least(measure, 0.8, share.context("layers")?);
    Ok(())
}

fn over_http(ground: &Ground, _: u32) -> Result<Reached> {
    let (server, load) = (Server::boxoffice(&ground.data)?, runtime()?);
    let mut first = payments(ground);
    let counted = std::rc::Rc::new(first.split_off(WARM_UP as usize));
    load.block_on(closed_loop(server.address, 128, &std::rc::Rc::new(first), Until::Sent))?.require(201)?;
    let (before, load_before) = (server.cpu()?, Cpu::of(std::process::id())?);
    let seen = load.block_on(closed_loop(server.address, 128, &counted, Until::Sent))?;
    let server_cost = server.cpu()?.each_since(before, seen.latency.len());
    let load_cost = (Cpu::of(std::process::id())?.others - load_before.others) * 1e6 / counted.len() as f64;
    server.stop()?;
    verified(ground)?;
    Ok(Reached { rate: seen.require(201)?.rate(), server_cost, load_cost: number(load_cost) })
}

/// The same operation by the same road, without HTTP: 64 at a time through the writer.
fn in_process(ground: &Ground, users: u32) -> Result<Reached> {
    let reached = boxoffice::run::runtime()?.block_on(async {
        // Exactly so large, however fast this disk is.
        let limits = Limits { group_commit: GROUP, group_run_per_commit: f64::INFINITY, ..Limits::default() };
        let Opened { app, .. } = App::open(config(&ground.data), limits).await?;
        let line = app.part::<Lines>().by_id(ground.concerts[0].id).context("the concert's queue")?;
        let maps = app.part::<SeatMaps>().of_concert(&app, line.concert).await?;
        let (mut before, mut started) = (Cpu::default(), Instant::now());
        for first in groups(users) {
            if first == WARM_UP {
                (before, started) = (Cpu::of(std::process::id())?, Instant::now());
            }
            let group = members(first, users).map(|number| {
                let performance = maps[(number / SEATS) as usize].map.performance.clone();
                app.store.write(move |tx| {
                    let seat = performance.seat_id(number % SEATS + 1);
                    let visit = queue::domain::entry(tx, performance.concert, Ordinal(number + 1))?
                        .require_admitted(tx.now())?;
                    let performances = [Arc::clone(&performance)];
                    payment::pay(tx, &visit, &performances, &Basket::of(vec![seat]), Amount(PRICE))
                })
            });
            for paid in join_all(group).await {
                paid?;
            }
        }
        let counted = users - WARM_UP;
        let rate = f64::from(counted) / started.elapsed().as_secs_f64();
        let server_cost = Cpu::of(std::process::id())?.each_since(before, u64::from(counted));
        tokio::task::spawn_blocking(move || app.stop()).await?;
        Ok::<_, anyhow::Error>(Reached { rate, server_cost, load_cost: String::new() })
    })?;
    verified(ground)?;
    Ok(reached)
}

/// The first numbers of the groups: those that warm up end where the counted ones begin.
fn groups(users: u32) -> impl Iterator<Item = u32> {
    (0..WARM_UP).step_by(GROUP).chain((WARM_UP..users).step_by(GROUP))
}

/// The numbers of the group that begins at `first`.
fn members(first: u32, users: u32) -> std::ops::Range<u32> {
    let end = if first < WARM_UP { WARM_UP } else { users };
    first..(first + GROUP as u32).min(end)
}

/// Only what a payment changes, without any check or event: the floor under every design on these tables. Leaves a
/// data file that breaks the laws.
fn in_plain_sqlite(ground: &Ground, users: u32) -> Result<Reached> {
    let connection = Connection::open(&ground.data)?;
    for (pragma, value) in [("synchronous", "FULL"), ("temp_store", "MEMORY"), ("cache_size", "-16384")] {
        connection.pragma_update(None, pragma, value)?;
    }
    connection.pragma_update(None, "wal_autocheckpoint", 500)?;
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| -> rusqlite::Result<()> {
        let changed = connection.prepare_cached(sql)?.execute(values)?;
        assert_eq!(changed, 1, "{sql}");
        Ok(())
    };
    let now = boxoffice::clock::Clock::now(&boxoffice::clock::SystemClock::start());
    let mut started = Instant::now();
    for first in groups(users) {
        if first == WARM_UP {
            started = Instant::now();
        }
        run_group(&connection, |_| {
            for number in members(first, users) {
                let (key, user) = (i64::from(number) + 1, i64::from(number) + 1);
                let performance = PerformanceKey(i64::from(number / SEATS) + 1);
                let posting = connection.query_row("SELECT max(posting_key) + 1 FROM posting", [], |row| row.get(0))?;
                let posting: i64 = posting;
                run(
                    "INSERT INTO payment (payment_key, id, user_key, concert_key, ordinal, amount, order_fee, discount, paid_at,
                                          ticket_count, actor)
                     VALUES (?1, ?2, ?3, 1, ?1, ?4, 0, 0, ?5, 1, 'buyer')",
                    params![key, uuid::Uuid::from_u128(0x01a0 << 112 | key as u128).as_bytes(), user, PRICE, now.0],
                )?;
                run(
                    "INSERT INTO ticket (ticket_key, performance_key, seat_no, type_no, price, fee)
                     VALUES (?1, ?2, ?3, 0, ?4, 0)",
                    params![key * 64, performance.0, number % SEATS + 1, PRICE],
                )?;
                run(
                    "INSERT INTO seat (seat_key, state, ticket_key, changed_in) VALUES (?2, 'sold', ?1, 1)",
                    params![key * 64, SeatKey::new(performance, number % SEATS + 1).0],
                )?;
                run(
                    "INSERT INTO posting (posting_key, user_key, kind, amount, balance_after, payment_key, posted_at, actor)
                     VALUES (?1, ?2, 'payment', ?3, 0, ?4, ?5, 'buyer')",
                    params![posting, user, -PRICE, key, now.0],
                )?;
                // Of each of them the top-up is the only posting, in the order of users.
                run("UPDATE posting SET next_posting_key = ?2 WHERE posting_key = ?1", params![user, posting])?;
                run(
                    "UPDATE queue_entry SET status = 'completed', ends_at = ?2 WHERE concert_key = 1 AND ordinal = ?1",
                    params![key, now.0],
                )?;
                run("UPDATE queue SET admitted_count = admitted_count - 1 WHERE concert_key = 1", &[])?;
            }
            Ok(())
        })?;
    }
    let rate = f64::from(users - WARM_UP) / started.elapsed().as_secs_f64();
    Ok(Reached { rate, server_cost: String::new(), load_cost: String::new() })
}

fn run_group(connection: &Connection, group: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    group(connection)?;
    connection.execute_batch("COMMIT")
}
