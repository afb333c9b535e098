//! A crowd outside that joins again and again, on as many connections as a machine may open, while buyers inside pay: those
//! inside come first, and what the crowd gets beyond its share it is told quickly.

use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;

use crate::ground::{Ground, Spec};
use crate::load::{self, Connection, Seen, Until, request, runtime};
use crate::report::{Table, median, number};
use crate::server::Server;
use crate::streams::most;
use crate::{Bench, verified, writes};

/// Connections outside; fewer where a process may not open as many.
const CROWD: usize = 17_000;
/// As many of them come from one address.
const OF_ONE_CLIENT: usize = 100;
/// Sessions that they join with in turn.
const BUYERS: u32 = 3_000;
/// Payments a second inside.
const RATE: f64 = 25.0;
const INSIDE: u32 = 2_000;
/// Their connections that are open at once.
const CONNECTIONS: u8 = 64;
/// Each without a crowd and then with one: a disk has better and worse minutes. The middle one counts.
const ROUNDS: usize = 3;

pub fn run(bench: &mut Bench) -> Result<()> {
    let crowd = if bench.quick { 2_000 } else { CROWD.min(most(bench)?) };
    let joined = INSIDE;
    let spec = Spec { users: INSIDE + BUYERS, joined, max_admitted: Some(INSIDE), concerts: 1, ..Spec::default() };
    let ground = runtime()?.block_on(Ground::prepare(&spec))?;
    let server = Server::boxoffice(&ground.data)?;
    let mut table =
        Table::new(&["connections outside", "inside", "paid", "p50 ms", "p99 ms", "max ms", "outside a second"]);
    let seconds = bench.seconds(12.0);
    let mut paid = writes::payments(&ground);
    let mut some = |seconds: f64| {
        let rest = paid.split_off((seconds * RATE) as usize);
        std::mem::replace(&mut paid, rest)
    };
    let path = format!("/v1/concerts/{}/queue/tokens", ground.concerts[0].id);
    let outside = ground.buyers[INSIDE as usize..].iter();
    let joins: Vec<_> = outside.map(|buyer| request("POST", &path, &buyer.session, "", None)).collect();
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let quiet = Inside::come(server.address, &ground)?.pay(some(seconds))?;
        table.row(row(0, &quiet, None));
        let inside = Inside::come(server.address, &ground)?;
        let (address, joins) = (server.address, joins.clone());
        let pushing = std::thread::spawn(move || {
            // Longer than those inside pay, by what it takes to open so many connections.
            let time = Until::Time(Duration::from_secs_f64(seconds + 2.0));
            runtime()?.block_on(push(address, crowd, &Rc::new(joins), time))
        });
        wait_for(&server, crowd)?;
        let pressed = inside.pay(some(seconds))?;
        let pushed = pushing.join().ok().context("the crowd panicked")??;
        table.row(row(crowd, &pressed, Some(&pushed)));
        println!("the crowd was answered {:?}", pushed.statuses);
        rounds.push(pressed.ms_at(0.99));
    }
    table.print(&format!("A crowd joins without pause while {RATE} a second pay inside"));
    bench.targets.at_most("p99 of pay while a crowd joins, ms", 50.0, median(rounds, |p99| *p99));
    server.stop()?;
    verified(&ground)
}

/// The connections of those who were let in, each from an address of its own.
struct Inside {
    runtime: Runtime,
    open: Vec<Connection>,
}

impl Inside {
    /// Opens them. On each somebody has asked for the position, as those do who are let in.
    fn come(address: SocketAddr, ground: &Ground) -> Result<Self> {
        let runtime = runtime()?;
        let open: Result<_> = runtime.block_on(async {
            let mut open = Vec::new();
            for number in 0..CONNECTIONS {
                let from = Ipv4Addr::new(127, 2, 0, number + 1);
                let mut connection = Connection::open_from(from, address).await?;
                // Of those who are the last to pay: the tokens of who has paid are dead.
                let buyer = &ground.buyers[INSIDE as usize - usize::from(number) - 1];
                let token = buyer.token.as_deref().context("everybody inside joined")?;
                let status = connection.send(&request("GET", "/v1/queue/position", token, "", None)).await?;
                ensure!(status == 200, "a position was asked for in vain: {status}");
                open.push(connection);
            }
            Ok(open)
        });
        Ok(Self { open: open?, runtime })
    }

    /// Pays at the rate; latency counts from when each payment was due. None is refused.
    fn pay(self, payments: Vec<Vec<u8>>) -> Result<Seen> {
        let seen = self.runtime.block_on(load::run(self.open, &Rc::new(payments), Until::Sent, Some(RATE)))?;
        seen.require(201)?;
        Ok(seen)
    }
}

/// So many connections, each client's on an address of its own.
async fn push(address: SocketAddr, crowd: usize, joins: &Rc<Vec<Vec<u8>>>, time: Until) -> Result<Seen> {
    let mut open = Vec::with_capacity(crowd);
    for number in 0..crowd {
        let client = (number / OF_ONE_CLIENT) as u16;
        let [high, low] = client.to_be_bytes();
        open.push(Connection::open_from(Ipv4Addr::new(127, 1, high, low + 1), address).await?);
    }
    load::run(open, joins, time, None).await
}

/// Until the crowd's connections are open.
fn wait_for(server: &Server, crowd: usize) -> Result<()> {
    for _ in 0..600 {
        if server.open_files()? >= crowd {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    anyhow::bail!("the crowd's connections did not open")
}

fn row(crowd: usize, seen: &Seen, pushed: Option<&Seen>) -> [String; 7] {
    let paid = seen.statuses.get(&201).copied().unwrap_or_default();
    let figures = [seen.rate(), paid as f64, seen.ms_at(0.5), seen.ms_at(0.99), seen.ms_at(1.0)].map(number);
    let [rate, paid, p50, p99, max] = figures;
    let outside = pushed.map_or(String::new(), |pushed| number(pushed.rate()));
    [number(crowd as f64), rate, paid, p50, p99, max, outside]
}
