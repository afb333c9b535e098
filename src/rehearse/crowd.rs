//! A crowd for a demonstration: the drill's buyers on a sale that is there, as slow as people, for nobody's report.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Parser;
use tokio::sync::{Semaphore, watch};

use crate::rehearse::arguments::Arguments;
use crate::rehearse::board::Board;
use crate::rehearse::desk::{Desk, Sale};
use crate::rehearse::drill::Drill;
use crate::rehearse::measure::Measure;
use crate::rehearse::pool::Pool;
use crate::rehearse::{everyone, fill_board};

#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    arguments: Arguments,
}

/// People look before they choose: so long before each step, on average.
const THINK_MS: u32 = 4000;
/// They all come within this time: whoever opens the page then finds a line.
const ARRIVE_WITHIN_SECONDS: f64 = 10.0;
/// One of so many is inside at a time.
const WAITING_FOR_EACH_INSIDE: u32 = 12;
const LEAST_INSIDE: u32 = 5;
const CONNECTIONS: u32 = 32;

/// Sends so many buyers to the sale, lets a few of them in at a time, and waits until the last has gone.
///
/// # Errors
/// When the office refuses the operator or the first buyer.
pub async fn come(address: SocketAddr, operator_key: String, sale: Sale, buyers: u32) -> anyhow::Result<()> {
    let defaults = Defaults::parse_from(["boxoffice"]).arguments;
    let max_admitted = LEAST_INSIDE.max(buyers / WAITING_FOR_EACH_INSIDE);
    let arguments = Arguments {
        buyers,
        max_admitted,
        arrive_within: ARRIVE_WITHIN_SECONDS,
        think_ms: THINK_MS,
        retry_share: 0.0,
        drop_share: 0.0,
        connections: CONNECTIONS,
        ..defaults
    };
    let pool = Pool::new(vec![address], arguments.connections);
    let desk = Desk::new(&pool, &operator_key);
    desk.let_in(&sale.concert_id, max_admitted).await?;
    let mut sessions = desk.open_sessions(buyers + 1, |_| {}).await?;
    let board = Board::default();
    if let Some(scout) = sessions.pop() {
        fill_board(&pool, &sale, &scout, &board).await?;
    }
    let drill = Arc::new(Drill {
        arguments,
        pool,
        operator_key,
        sale,
        board,
        measure: Measure::begin(),
        streams: Semaphore::new(buyers as usize),
        sold_out: watch::channel(false).0,
    });
    everyone(&drill, sessions).await;
    Ok(())
}
