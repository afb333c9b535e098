//! Reports over 100,000 payments: how long each takes, and what payments and reads wait for while reports are read one after the
//! other.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use boxoffice::app::App;
use boxoffice::config::Limits;
use boxoffice::queue::Lines;
use boxoffice::reservation::SeatMaps;

use crate::ground::{Buyer, Ground, OPERATOR, PRICE, Spec, config, seat_id, sell_each};
use crate::load::{Seen, Until, open_loop, request, runtime};
use crate::report::{Table, number};
use crate::server::Server;
use crate::{Bench, verified};

const PAYMENTS: u32 = 100_000;
/// So many buyers pay for a seat each while reports are read, and as many while none is.
const PAYING: u32 = 2_000;
const PAYMENTS_A_SECOND: f64 = 500.0;
/// So many reads a second beside.
const READS: usize = 6_000;
const READS_A_SECOND: f64 = 1_500.0;

const REPORTS: [&str; 6] = [
    "sales?by=performance",
    "sales?by=channel",
    "takings",
    "refunds?by=way",
    "csv?report=sold_tickets",
    "csv?report=postings",
];

pub fn run(bench: &mut Bench) -> Result<()> {
    let payments = if bench.quick { PAYMENTS / 10 } else { PAYMENTS };
    let insiders = 2 * PAYING;
    let spec = Spec { users: insiders, joined: insiders, rows: 1_000, performances: 2, ..Spec::default() };
    let ground = runtime()?.block_on(Ground::prepare(&spec))?;
    boxoffice::run::runtime()?.block_on(sold(&ground, payments))?;
    let server = Server::boxoffice(&ground.data)?;
    let mut table = Table::new(&["report", "to its first byte, ms", "whole, ms", "kB"]);
    for report in REPORTS {
        let (first, whole, bytes) = read(server.address, report)?;
        table.row([report.to_owned()].into_iter().chain([first, whole, bytes as f64 / 1e3].map(number)));
    }
    table.print(&format!("Reports over {} payments", number(f64::from(payments))));

    let (first, second) = ground.buyers.split_at(PAYING as usize);
    let alone = both(&server, first, 0)?;
    let stop = AtomicBool::new(false);
    let (beside, read) = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut all = 0;
            while !stop.load(Ordering::Relaxed) {
                read(server.address, REPORTS[all % REPORTS.len()])?;
                all += 1;
            }
            Ok::<_, anyhow::Error>(all)
        });
        let beside = both(&server, second, PAYING);
        stop.store(true, Ordering::Relaxed);
        (beside, reading.join())
    });
    let (beside, read) = (beside?, read.ok().context("the reader of reports")??);
    let mut table = Table::new(&["while", "p50 ms", "p99 ms", "max ms"]);
    for (what, seen) in [
        ("payments, no report read", &alone.0),
        ("reads, no report read", &alone.1),
        ("payments, reports read", &beside.0),
        ("reads, reports read", &beside.1),
    ] {
        table.row([what.to_owned()].into_iter().chain([0.5, 0.99, 1.0].map(|at| number(seen.ms_at(at)))));
    }
    table.print(&format!("Beside reports ({read} read one after the other)"));
    bench.targets.at_most("p99 of a payment while reports are read, ms", 50.0, beside.0.ms_at(0.99));
    bench.targets.at_most("p99 of a read while reports are read, ms", 50.0, beside.1.ms_at(0.99));
    server.stop()?;
    verified(&ground)
}

/// Sells so many tickets of the first performance, each by a payment of its own.
async fn sold(ground: &Ground, tickets: u32) -> Result<()> {
    let app = App::open(config(&ground.data), Limits::default()).await?.app;
    let line = app.part::<Lines>().by_id(ground.concerts[0].id).context("the concert's queue")?;
    let maps = app.part::<SeatMaps>().of_concert(&app, line.concert).await?;
    sell_each(&app, &maps[0].map.performance, tickets, 1).await?;
    tokio::task::spawn_blocking(move || app.stop()).await?;
    Ok(())
}

/// Payments and then reads at their rates: seats of the second performance from this one on.
fn both(server: &Server, buyers: &[Buyer], first_seat: u32) -> Result<(Seen, Seen)> {
    let load = runtime()?;
    let pay = |(at, buyer): (u32, &Buyer)| {
        let body = format!(r#"{{"seat_ids":["{}"],"amount":{PRICE}}}"#, seat_id(1, at));
        request("POST", "/v1/payments", buyer.token.as_deref().unwrap_or_default(), "", Some(&body))
    };
    let pays: Vec<_> = (first_seat..).zip(buyers).map(pay).collect();
    let paid = load.block_on(open_loop(server.address, 32, &Rc::new(pays), Until::Sent, PAYMENTS_A_SECOND))?;
    paid.require(201)?;
    let reads = (0..READS).map(|at| request("GET", "/v1/payments", &buyers[at % buyers.len()].session, "", None));
    let seen = load.block_on(open_loop(server.address, 32, &Rc::new(reads.collect()), Until::Sent, READS_A_SECOND))?;
    seen.require(200)?;
    Ok((paid, seen))
}

/// Reads a report to its end: milliseconds to the first byte and to the last, and how many bytes.
fn read(address: SocketAddr, report: &str) -> Result<(f64, f64, usize)> {
    let started = Instant::now();
    let path = format!("/v1/operator/reports/{report}");
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&request("GET", &path, OPERATOR, "connection: close\r\n", None))?;
    let mut answer = vec![0; 64 << 10];
    let mut bytes = stream.read(&mut answer)?;
    let first = started.elapsed();
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..bytes.min(300)]));
    loop {
        match stream.read(&mut answer)? {
            0 => break,
            more => bytes += more,
        }
    }
    Ok((first.as_secs_f64() * 1000.0, started.elapsed().as_secs_f64() * 1000.0, bytes))
}
