//! Durable writes over HTTP: payments and holds by number of connections, and their latency below the limit.

use std::rc::Rc;

use anyhow::Result;

use crate::ground::{Ground, PRICE, Spec, seat_id};
use crate::load::{Until, closed_loop, open_loop, request, runtime};
use crate::report::{Table, number};
use crate::server::Server;
use crate::{Bench, verified};

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

pub fn run(bench: &mut Bench) -> Result<()> {
    let load = runtime()?;
    let users = if bench.quick { 40_000 } else { 100_000 };
    eprintln!("  preparing {users} buyers inside");
    let ground = load.block_on(Ground::prepare(&ground(users)))?;
    let mut table =
        Table::new(&["durable writes", "connections", "a second", "p50 ms", "p99 ms", "max ms", "server µs each"]);
    for (what, requests) in [("hold_seats", holds(&ground)), ("pay", payments(&ground))] {
        let mut best = 0.0_f64;
        let mut left = requests;
        let server = Server::boxoffice(&ground.data)?;
        for (connections, share) in [(1, 0.04), (16, 0.16), (128, 0.25), (512, 0.25)] {
            let some = left.split_off(left.len() - (users as f64 * share) as usize);
            let before = server.cpu()?;
            let seen = load.block_on(closed_loop(server.address, connections, &Rc::new(some), Until::Sent))?;
            let cost = server.cpu()?.each_since(before, seen.latency.len());
            seen.require(201)?;
            best = best.max(seen.rate());
            table.row(row(what, &connections.to_string(), &seen, &cost));
        }
        let before = server.cpu()?;
        let seen = load.block_on(open_loop(server.address, 512, &Rc::new(left), Until::Sent, best * 0.7))?;
        seen.require(201)?;
        let cost = server.cpu()?.each_since(before, seen.latency.len());
        table.row(row(&format!("{what}, open loop at 70 % of the best"), "512", &seen, &cost));
        bench.targets.at_most(&format!("p99 of {what} at 70 % of the best throughput, ms"), 25.0, seen.ms_at(0.99));
        server.stop()?;
    }
    table.print(&format!("Writes ({users} buyers, ten dates of 10,000 seats, one seat each)"));
    verified(&ground)
}

fn row(what: &str, connections: &str, seen: &crate::load::Seen, cost: &str) -> [String; 7] {
    [
        what.to_owned(),
        connections.to_owned(),
        number(seen.rate()),
        number(seen.ms_at(0.5)),
        number(seen.ms_at(0.99)),
        number(seen.ms_at(1.0)),
        cost.to_owned(),
    ]
}
