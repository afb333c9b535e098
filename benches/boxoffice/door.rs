//! The door at speed: check-ins over HTTP by twenty gates, each ticket once; and twenty gates that all try every ticket.

use std::rc::Rc;

use anyhow::{Context, Result, ensure};
use boxoffice::app::App;
use boxoffice::config::Limits;
use boxoffice::payment::TicketCodes;
use boxoffice::queue::Lines;
use boxoffice::reservation::SeatMaps;

use crate::ground::{Ground, OPERATOR, Spec, config, sell_each};
use crate::load::{Seen, Until, closed_loop, request, runtime};
use crate::report::{ROUNDS, Table, median, number};
use crate::server::Server;
use crate::{Bench, verified};

const GATES: usize = 20;
const TICKETS: u32 = 10_000;

pub fn run(bench: &mut Bench) -> Result<()> {
    let tickets = if bench.quick { TICKETS / 4 } else { TICKETS };
    let ground = runtime()?.block_on(Ground::prepare(&Spec::default()))?;
    let codes = boxoffice::run::runtime()?.block_on(sold(&ground, tickets))?;
    let rounds = (0..ROUNDS).map(|_| round(&ground.copy()?, &codes)).collect::<Result<Vec<_>>>()?;
    let (once, often): (Vec<_>, Vec<_>) = rounds.into_iter().unzip();
    let once = median(once, |(seen, _): &(Seen, String)| seen.rate());
    let often = median(often, |(seen, _): &(Seen, String)| seen.rate());
    let mut table = Table::new(&["twenty gates", "scans a second", "p50 ms", "p99 ms", "max ms", "server µs each"]);
    for (what, (seen, cost)) in [("each ticket once", &once), ("each ticket by two gates", &often)] {
        let figures = [seen.rate(), seen.ms_at(0.5), seen.ms_at(0.99), seen.ms_at(1.0)].map(number);
        table.row([what.to_owned()].into_iter().chain(figures).chain([cost.clone()]));
    }
    bench.targets.at_least("check-ins a second over HTTP by 20 gates", 1000.0, once.0.rate());
    bench.targets.at_most("p99 of a check-in by 20 gates, ms", 25.0, once.0.ms_at(0.99));
    table.print(&format!("Door ({} tickets, the middle of {ROUNDS} rounds)", number(f64::from(tickets))));
    Ok(())
}

/// Sells so many tickets, each by a payment of its own; gives their codes.
async fn sold(ground: &Ground, tickets: u32) -> Result<Vec<String>> {
    let app = App::open(config(&ground.data), Limits::default()).await?.app;
    let line = app.part::<Lines>().by_id(ground.concerts[0].id).context("the concert's queue")?;
    let maps = app.part::<SeatMaps>().of_concert(&app, line.concert).await?;
    let performance = maps[0].map.performance.clone();
    let payments = sell_each(&app, &performance, tickets, 1).await?;
    let codes = app.part::<TicketCodes>().clone();
    let code = |payment: &boxoffice::payment::Payment| codes.code(&payment.tickets[0], payment.id);
    let written = payments.iter().map(code).collect();
    tokio::task::spawn_blocking(move || app.stop()).await?;
    Ok(written)
}

fn scan(gate: usize, code: &str) -> Vec<u8> {
    let body = format!(r#"{{"code":"{code}","gate":"Gate {gate}"}}"#);
    request("POST", "/v1/operator/check-ins", OPERATOR, "", Some(&body))
}

type Seen2 = ((Seen, String), (Seen, String));

/// Half of the tickets once each, and then the other half twice each, two gates beside each other.
fn round(ground: &Ground, codes: &[String]) -> Result<Seen2> {
    let (server, load) = (Server::boxoffice(&ground.data)?, runtime()?);
    let (first, second) = codes.split_at(codes.len() / 2);
    let send = |scans: Vec<Vec<u8>>| {
        let (before, count) = (server.cpu()?, scans.len());
        let seen = load.block_on(closed_loop(server.address, GATES, &Rc::new(scans), Until::Sent))?;
        let cost = server.cpu()?.each_since(before, count as u64);
        Ok::<_, anyhow::Error>((seen, cost))
    };
    let once = send(first.iter().enumerate().map(|(at, code)| scan(at % GATES, code)).collect())?;
    once.0.require(201)?;
    let twice = second.iter().enumerate().flat_map(|(at, code)| [scan(at % GATES, code), scan((at + 1) % GATES, code)]);
    let often = send(twice.collect())?;
    let let_in = often.0.statuses.get(&201).copied().unwrap_or_default();
    let refused = often.0.statuses.get(&409).copied().unwrap_or_default();
    ensure!((let_in, refused) == (second.len() as u64, second.len() as u64), "each once: {:?}", often.0.statuses);
    server.stop()?;
    verified(ground)?;
    Ok((once, often))
}
