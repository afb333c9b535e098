//! Whole journeys and seat maps on ever larger data files.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::ground::Ground;
use crate::growth::{counted, larger, others_between};
use crate::journeys::{Look, ask, stage, take};
use crate::load::{Connection, Until, closed_loop, request, runtime};
use crate::report::{ROUNDS, Table, in_turn, median, median_ratio, number};
use crate::seat_maps::version;
use crate::server::Server;
use crate::{Bench, verified};

const JOURNEYS: u32 = 10_000;
const CONNECTIONS: usize = 64;

/// What one round reached.
struct Round {
    rate: f64,
    cost: String,
    maps: (f64, f64),
}

pub fn run(bench: &mut Bench) -> Result<()> {
    // One buyer more, who only looks at seats.
    let prepare = |&others| runtime()?.block_on(Ground::prepare(&larger(stage(JOURNEYS + 1), others)));
    let files = others_between(bench).iter().map(prepare).collect::<Result<Vec<_>>>()?;
    let mut table = Table::new(&["postings", "users", "journeys/s", "server µs each", "whole maps/s", "unchanged/s"]);
    let mut rates = Vec::new();
    for (file, rounds) in files.iter().zip(in_turn(&files, |file| round(bench, file.copy()?))?) {
        rates.push(rounds.iter().map(|round| round.rate).collect::<Vec<_>>());
        let Round { rate, cost, maps: (whole, unchanged) } = median(rounds, |round| round.rate);
        let (users, postings) = counted(file)?;
        let maps = [whole, unchanged].map(number);
        table.row([number(postings), number(users), number(rate), cost].into_iter().chain(maps));
    }
    table.print(&format!(
        "Growth of journeys ({JOURNEYS} of them, {CONNECTIONS} connections; maps of 1,000 seats; the middle of {ROUNDS} \
         rounds)"
    ));
    let most = others_between(bench).iter().max().map_or(0, |others| others + 1);
    let measure = format!("journeys/s with {most} times the postings ÷ with 10,000");
    bench.targets.at_least(&measure, 0.8, median_ratio(&rates[rates.len() - 1], &rates[0]));
    Ok(())
}

fn round(bench: &Bench, ground: Ground) -> Result<Round> {
    let ground = Rc::new(ground);
    let server = Server::boxoffice(&ground.data)?;
    let (rate, cost) = take(&server, &ground, JOURNEYS, Look::Changes)?;
    let maps = maps(bench, &server, &ground)?;
    server.stop()?;
    verified(&ground)?;
    Ok(Round { rate, cost, maps })
}

/// Whole seat maps a second, and unchanged ones.
fn maps(bench: &Bench, server: &Server, ground: &Ground) -> Result<(f64, f64)> {
    let time = Until::Time(Duration::from_secs_f64(bench.seconds(1.0)));
    let load = runtime()?;
    let number = JOURNEYS as usize;
    let (concert, session) = (&ground.concerts[number % ground.concerts.len()], &ground.buyers[number].session);
    let join = request("POST", &format!("/v1/concerts/{}/queue/tokens", concert.id), session, "", None);
    let token = load.block_on(async { ask(&mut Connection::open(server.address).await?, 201, &join).await })?;
    let token = token["token"].as_str().context("a token")?;
    let path = format!("/v1/performances/{}/seats", concert.performances[0]);
    let whole = request("GET", &path, token, "", None);
    let now = load.block_on(version(server, &whole))?;
    let unchanged = request("GET", &path, token, &format!("if-none-match: \"{now}\"\r\n"), None);
    let rate = |asked, status| -> Result<f64> {
        let seen = load.block_on(closed_loop(server.address, CONNECTIONS, &Rc::new(vec![asked]), time))?;
        Ok(seen.require(status)?.rate())
    };
    Ok((rate(whole, 200)?, rate(unchanged, 304)?))
}
