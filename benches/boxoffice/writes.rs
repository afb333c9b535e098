//! Durable writes over HTTP: payments and holds by number of connections, and their latency below the limit.

use std::rc::Rc;

use anyhow::Result;

use crate::ground::{Ground, PRICE, Spec, seat_id};
use crate::load::{Seen, Until, closed_loop, open_loop, request, runtime};
use crate::report::{ROUNDS, Table, median, number};
use crate::server::Server;
use crate::{Bench, verified};

/// The part of the best throughput at which latency is looked at.
const SHARE_OF_BEST: f64 = 0.7;

/// A concert with ten dates in a hall of 10,000 seats, and 100,000 buyers inside.
pub fn ground(users: u32) -> Spec {
    Spec { users, joined: users, performances: 10, ..Spec::default() }
}

/// One payment for one seat per buyer, seats side by side in the order of the buyers.
pub fn payments(ground: &Ground) -> Vec<Vec<u8>> {
    let pay = |(number, token): (usize, &str)| {
        let body = format!(r#"{{"seat_ids":["{}"],"amount":{PRICE}}}"#, seat_of(number));
        request("POST", "/v1/payments", token, "", Some(&body))
    };
    tokens(ground).enumerate().map(pay).collect()
}

/// One top-up per buyer.
pub fn top_ups(ground: &Ground) -> Vec<Vec<u8>> {
    let body = format!(r#"{{"amount":{PRICE}}}"#);
    tokens(ground).map(|token| request("POST", "/v1/balance/top-ups", token, "", Some(&body))).collect()
}

/// One hold of one seat per buyer.
pub fn holds(ground: &Ground) -> Vec<Vec<u8>> {
    let performances = &ground.concerts[0].performances;
    let hold = |(number, token): (usize, &str)| {
        let performance = performances[number / 10_000];
        let body = format!(r#"{{"performance_id":"{performance}","seat_ids":["{}"]}}"#, seat_of(number));
        request("POST", "/v1/holds", token, "", Some(&body))
    };
    tokens(ground).enumerate().map(hold).collect()
}

fn tokens(ground: &Ground) -> impl Iterator<Item = &str> {
    ground.buyers.iter().filter_map(|buyer| buyer.token.as_deref())
}

fn seat_of(number: usize) -> String {
    seat_id(number as u32 / 10_000, number as u32 % 10_000)
}

/// What one load saw in one round.
struct Row {
    what: String,
    open_loop: bool,
    connections: usize,
    seen: Seen,
    cost: String,
}

pub fn run(bench: &mut Bench) -> Result<()> {
    let users = if bench.quick { 40_000 } else { 100_000 };
    eprintln!("  preparing {users} buyers inside");
    let ground = runtime()?.block_on(Ground::prepare(&ground(users)))?;
    let rounds = (0..ROUNDS).map(|_| round(&ground.copy()?)).collect::<Result<Vec<_>>>()?;
    let mut table =
        Table::new(&["durable writes", "connections", "a second", "p50 ms", "p99 ms", "max ms", "server µs each"]);
    for rows in turned(rounds) {
        // An open loop's rate is given; what it shows is its latency.
        let row = median(rows, |row| if row.open_loop { row.seen.ms_at(0.99) } else { row.seen.rate() });
        if row.open_loop {
            let measure = format!("p99 of {}, ms", row.what);
            bench.targets.at_most(&measure, 25.0, row.seen.ms_at(0.99));
        }
        let seen = &row.seen;
        let figures = [seen.rate(), seen.ms_at(0.5), seen.ms_at(0.99), seen.ms_at(1.0)].map(number);
        table.row([row.what, row.connections.to_string()].into_iter().chain(figures).chain([row.cost]));
    }
    let title =
        format!("Writes ({users} buyers, ten dates of 10,000 seats, one seat each; the middle of {ROUNDS} rounds)");
    table.print(&title);
    Ok(())
}

fn round(ground: &Ground) -> Result<Vec<Row>> {
    let load = runtime()?;
    let mut rows = Vec::new();
    for (what, mut left) in [("hold_seats", holds(ground)), ("pay", payments(ground))] {
        let mut best = 0.0_f64;
        let (server, users) = (Server::boxoffice(&ground.data)?, left.len() as f64);
        for (connections, share) in [(1, 0.04), (16, 0.16), (128, 0.25), (512, 0.25)] {
            let some = left.split_off(left.len() - (users * share) as usize);
            let before = server.cpu()?;
            let seen = load.block_on(closed_loop(server.address, connections, &Rc::new(some), Until::Sent))?;
            let cost = server.cpu()?.each_since(before, seen.latency.len());
            best = best.max(seen.require(201)?.rate());
            rows.push(Row { what: what.to_owned(), open_loop: false, connections, seen, cost });
        }
        let (connections, rate) = (512, best * SHARE_OF_BEST);
        let before = server.cpu()?;
        let seen = load.block_on(open_loop(server.address, connections, &Rc::new(left), Until::Sent, rate))?;
        seen.require(201)?;
        let cost = server.cpu()?.each_since(before, seen.latency.len());
        let what = format!("{what}, open loop at {:.0} % of the best", SHARE_OF_BEST * 100.0);
        rows.push(Row { what, open_loop: true, connections, seen, cost });
        server.stop()?;
    }
    verified(ground)?;
    Ok(rows)
}

/// Of rounds with the same rows: of each row its rounds.
fn turned(rounds: Vec<Vec<Row>>) -> Vec<Vec<Row>> {
    let mut rows: Vec<Vec<Row>> = Vec::new();
    for round in rounds {
        rows.resize_with(round.len(), Vec::new);
        round.into_iter().zip(&mut rows).for_each(|(row, rounds)| rounds.push(row));
    }
    rows
}
