//! Whole journeys: issue_token, two polls, dates, seats, hold, top-up, pay; every effect durable.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::task::LocalSet;

use crate::ground::{Ground, PRICE, Spec, seat_id};
use crate::load::{Connection, request, runtime};
use crate::report::{Table, number};
use crate::server::Server;
use crate::{Bench, verified};

const CONNECTIONS: usize = 64;
const PERFORMANCES: u32 = 5;
const SEATS: u32 = 1000;

/// How a journey looks at the seats.
#[derive(Clone, Copy)]
pub enum Look {
    /// What changed since the map that the front end's server has: small answers.
    Changes,
    /// The whole map, uncompressed.
    Whole,
}

struct Sale {
    ground: Rc<Ground>,
    /// The last version seen of each performance's map.
    versions: RefCell<Vec<u64>>,
    next: Cell<usize>,
}

pub fn run(bench: &mut Bench) -> Result<()> {
    let mut table = Table::new(&["whole journeys", "a second", "requests a second", "server µs each"]);
    for (look, what) in [(Look::Changes, "asking for changed seats"), (Look::Whole, "asking for whole maps")] {
        let journeys = if bench.quick { 10_000 } else { 40_000 };
        let ground = Rc::new(runtime()?.block_on(Ground::prepare(&stage(journeys)))?);
        let server = Server::boxoffice(&ground.data)?;
        let (rate, cost) = take(&server, &ground, journeys, look)?;
        table.row([what.to_owned(), number(rate), number(rate * 8.0), cost]);
        if matches!(look, Look::Changes) {
            bench.targets.at_least("whole journeys a second", 3000.0, rate);
        }
        server.stop()?;
        verified(&ground)?;
    }
    let title = format!("Journeys ({CONNECTIONS} connections, 20 concerts of five dates with {SEATS} seats)");
    table.print(&title);
    Ok(())
}

/// Twenty concerts with so many buyers, of whom nobody has joined a queue yet.
pub fn stage(buyers: u32) -> Spec {
    Spec {
        users: buyers,
        joined: 0,
        concerts: 20,
        performances: PERFORMANCES,
        rows: SEATS / 50,
        seats_per_row: 50,
        ..Spec::default()
    }
}

/// The first so many buyers of a [`stage`] take their journeys. Gives how many a second, and the server's time of each.
pub fn take(server: &Server, ground: &Rc<Ground>, journeys: u32, look: Look) -> Result<(f64, String)> {
    let load = runtime()?;
    let versions = RefCell::new(vec![0; (20 * PERFORMANCES) as usize]);
    let sale = Rc::new(Sale { ground: ground.clone(), versions, next: Cell::new(0) });
    load.block_on(drive(server, &sale, CONNECTIONS as u32 * 2, look)).context("warming up")?;
    let left = journeys - CONNECTIONS as u32 * 2;
    let (before, started) = (server.cpu()?, Instant::now());
    load.block_on(drive(server, &sale, left, look))?;
    let rate = f64::from(left) / started.elapsed().as_secs_f64();
    Ok((rate, server.cpu()?.each_since(before, u64::from(left))))
}

async fn drive(server: &Server, sale: &Rc<Sale>, journeys: u32, look: Look) -> Result<()> {
    let end = sale.next.get() + journeys as usize;
    let local = LocalSet::new();
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (sale, mut connection) = (sale.clone(), Connection::open(server.address).await?);
        tasks.push(local.spawn_local(async move {
            while sale.next.get() < end {
                let number = sale.next.replace(sale.next.get() + 1);
                journey(&mut connection, &sale, number, look).await?;
            }
            Ok::<_, anyhow::Error>(())
        }));
    }
    local
        .run_until(async {
            for task in tasks {
                task.await??;
            }
            Ok(())
        })
        .await
}

/// One buyer's way to one seat. Buyers of a concert take its seats in order.
async fn journey(connection: &mut Connection, sale: &Sale, number: usize, look: Look) -> Result<()> {
    let concert = number % sale.ground.concerts.len();
    let of_concert = (number / sale.ground.concerts.len()) as u32;
    let performance = of_concert % PERFORMANCES;
    let performance_at = concert as u32 * PERFORMANCES + performance;
    let performance_id = sale.ground.concerts[concert].performances[performance as usize];
    let seat = seat_id(performance_at, of_concert / PERFORMANCES);
    let session = &sale.ground.buyers[number].session;
    let path = format!("/v1/concerts/{}/queue/tokens", sale.ground.concerts[concert].id);
    let token = ask(connection, 201, &request("POST", &path, session, "", None)).await?["token"].clone();
    let token = token.as_str().context("a token")?;
    for _ in 0..2 {
        expect(connection, 200, &request("GET", "/v1/queue/position", token, "", None)).await?;
    }
    expect(connection, 200, &request("GET", "/v1/dates", token, "", None)).await?;
    let map = format!("/v1/performances/{performance_id}/seats");
    match look {
        Look::Whole => expect(connection, 200, &request("GET", &map, token, "", None)).await?,
        Look::Changes => {
            let since = sale.versions.borrow()[performance_at as usize];
            let map = format!("{map}?since={since}");
            let version = ask(connection, 200, &request("GET", &map, token, "", None)).await?["version"].as_u64();
            sale.versions.borrow_mut()[performance_at as usize] = version.context("a version")?;
        }
    }
    let body = format!(r#"{{"performance_id":"{performance_id}","seat_ids":["{seat}"]}}"#);
    expect(connection, 201, &request("POST", "/v1/holds", token, "", Some(&body))).await?;
    let body = format!(r#"{{"amount":{PRICE}}}"#);
    expect(connection, 201, &request("POST", "/v1/balance/top-ups", token, "", Some(&body))).await?;
    let body = format!(r#"{{"seat_ids":["{seat}"],"amount":{PRICE}}}"#);
    expect(connection, 201, &request("POST", "/v1/payments", token, "", Some(&body))).await
}

async fn expect(connection: &mut Connection, status: u16, request: &[u8]) -> Result<()> {
    let got = connection.send(request).await?;
    ensure!(got == status, "{got}: {}", String::from_utf8_lossy(connection.body()));
    Ok(())
}

pub async fn ask(connection: &mut Connection, status: u16, request: &[u8]) -> Result<Value> {
    expect(connection, status, request).await?;
    Ok(serde_json::from_slice(connection.body())?)
}
