//! The seat map of a hall of 5,000 seats: unchanged, what changed, whole, whole and compressed.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::ground::{Ground, Spec};
use crate::load::{Connection, Until, closed_loop, request, runtime};
use crate::report::{Table, number};
use crate::server::Server;
use crate::writes::holds;
use crate::{Bench, verified};

const CONNECTIONS: usize = 64;
/// Seats held before the list of changes is asked for.
const CHANGED: usize = 20;

pub fn run(bench: &mut Bench) -> Result<()> {
    let time = Until::Time(Duration::from_secs_f64(bench.seconds(2.0)));
    let load = runtime()?;
    let spec = Spec { users: 64, joined: 64, rows: 50, seats_per_row: 100, ..Spec::default() };
    let ground = load.block_on(Ground::prepare(&spec))?;
    let server = Server::boxoffice(&ground.data)?;
    let token = ground.buyers[0].token.as_deref().context("the first buyer joined")?;
    let path = format!("/v1/performances/{}/seats", ground.concerts[0].performances[0]);
    let whole = request("GET", &path, token, "", None);
    let old = load.block_on(version(&server, &whole))?;
    let some = holds(&ground).split_off(64 - CHANGED);
    load.block_on(closed_loop(server.address, 1, &Rc::new(some), Until::Sent))?.require(201)?;
    let now = load.block_on(version(&server, &whole))?;
    let kinds = [
        ("304, unchanged", request("GET", &path, token, &format!("if-none-match: \"{now}\"\r\n"), None), 304),
        ("what changed: 20 seats", request("GET", &format!("{path}?since={old}"), token, "", None), 200),
        ("whole, gzip", request("GET", &path, token, "accept-encoding: gzip\r\n", None), 200),
        ("whole", whole, 200),
    ];
    let bare = Server::bare()?;
    let mut table = Table::new(&["seat map of 5,000 seats", "a second", "of the bare GET", "bytes each", "MB/s"]);
    for (what, asked, status) in kinds {
        let bare_requests = Rc::new(vec![request("GET", "/bare", "x", "", None)]);
        let of_bare = load.block_on(closed_loop(bare.address, CONNECTIONS, &bare_requests, time))?.rate();
        let seen = load.block_on(closed_loop(server.address, CONNECTIONS, &Rc::new(vec![asked]), time))?;
        seen.require(status)?;
        let each = seen.bytes as f64 / seen.latency.len() as f64;
        table.row([
            what.to_owned(),
            number(seen.rate()),
            number(seen.rate() / of_bare),
            number(each),
            number(seen.rate() * each / 1e6),
        ]);
    }
    server.stop()?;
    table.print(&format!("Seat maps ({CONNECTIONS} connections)"));
    verified(&ground)
}

/// The version that a seat map has now.
pub async fn version(server: &Server, whole: &[u8]) -> Result<u64> {
    let mut connection = Connection::open(server.address).await?;
    anyhow::ensure!(connection.send(whole).await? == 200, "the seat map");
    let map: serde_json::Value = serde_json::from_slice(connection.body())?;
    map["version"].as_u64().context("a version")
}
