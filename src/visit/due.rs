//! What becomes due in the sale by itself: a queue's turn (draw, expiries, admissions, absences) and the ends of holds.
//! `jobs` decides when to look; no law rests on it, because every operation looks at the time itself.

use std::sync::Arc;

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal};
use crate::office::Office;
use crate::queue::draw::Order;
use crate::queue::{self, Line, Lines, QueueError};
use crate::reservation::{self, SeatMaps};
use crate::visit::domain::{self, VisitError};

/// When what the store refused is tried again.
const RETRY_MS: i64 = 100;
/// So many entries are dropped by one commit at most.
const DROPPED_PER_COMMIT: usize = 256;
/// So many holds, of up to sixty-four seats each, are ended by one commit at most.
const HOLDS_PER_COMMIT: usize = 64;

/// Does what is due in the queues at `now`. Gives whether there was anything.
pub async fn queues(office: &Arc<Office>, now: Instant) -> bool {
    let due = office.part::<Lines>().take_due(now);
    futures_util::future::join_all(due.iter().map(|line| turn(office, line, now))).await;
    !due.is_empty()
}

async fn turn(office: &Arc<Office>, line: &Arc<Line>, now: Instant) {
    let lines = office.part::<Lines>();
    match try_turn(office, line, now).await {
        Ok(()) => lines.schedule(line, now),
        Err(error) => {
            tracing::warn!(%error, "a queue's turn is tried again");
            lines.due().set(line.concert, Some(now.plus_ms(RETRY_MS)));
        }
    }
}

async fn try_turn(office: &Arc<Office>, line: &Arc<Line>, now: Instant) -> Result<(), VisitError> {
    let concert = line.concert;
    for silent in line.take_absent(now).chunks(DROPPED_PER_COMMIT) {
        let (silent, of, clock): (Vec<Ordinal>, _, _) = (silent.to_vec(), line.clone(), office.clock.clone());
        let give_up = move |ordinal| of.give_up(ordinal, clock.now());
        let dropped = office.store.write(move |tx| domain::drop_silent(tx, concert, &silent, &give_up)).await?;
        line.heard_holding(&dropped, now);
    }
    if line.next_turn(now).is_some_and(|at| at <= now) {
        office.store.write(move |tx| queue::domain::turn(tx, concert)).await?;
    }
    Ok(())
}

/// Writes the numbers of decided draws behind, in bounded commits. The drawing itself is done here, off the writer. Gives
/// whether there was anything.
pub async fn draws(office: &Arc<Office>, now: Instant) -> bool {
    let lines = office.part::<Lines>();
    let due = lines.numbering().take_due(now, usize::MAX);
    for &concert in &due {
        if let Err(error) = write_numbers(office, concert).await {
            tracing::error!(%error, "a draw's numbers wait");
            lines.numbering().set(concert, Some(now.plus_ms(RETRY_MS)));
        }
    }
    !due.is_empty()
}

async fn write_numbers(office: &Arc<Office>, concert: ConcertKey) -> Result<(), VisitError> {
    let order = work_out(office, concert).await?;
    loop {
        let of = order.clone();
        if !office.store.write(move |tx| queue::domain::number(tx, concert, &of)).await? {
            return Ok(());
        }
    }
}

/// What follows from a decided draw, worked out on a reader unless it is known.
async fn work_out(office: &Arc<Office>, concert: ConcertKey) -> Result<Arc<Order>, QueueError> {
    let orders = office.part::<Lines>().orders().clone();
    office.store.read(move |tx| orders.of(tx, concert)).await
}

/// Works out what follows from draws whose numbers are being written where another node leads, so that it is there when this one
/// does the pieces alike.
pub async fn work_out_draws(office: &Arc<Office>) {
    let lines = office.part::<Lines>();
    for line in lines.all().into_iter().filter(|line| line.is_numbering()) {
        if !lines.orders().are_known(line.concert)
            && let Err(error) = work_out(office, line.concert).await
        {
            tracing::warn!(%error, "what follows from a draw is worked out later");
        }
    }
}

/// Tells every queue in which somebody lives how its concert's sale stands and what is left, so that nobody waits for nothing
/// unawares.
pub async fn tell_sales(office: &Arc<Office>) {
    for line in office.part::<Lines>().lively() {
        match office.part::<SeatMaps>().of_concert(office, line.concert).await {
            Ok(maps) => {
                let (sale, seats) = reservation::news(&maps, &line.queue(), office.clock.moment());
                line.tell(sale, seats);
            }
            Err(error) => tracing::warn!(%error, "a queue is told of its sale at the next look"),
        }
    }
}

/// Ends the holds that are due at `now`. Gives whether there was anything.
pub async fn holds(office: &Arc<Office>, now: Instant) -> bool {
    let ends = office.part::<SeatMaps>().holds();
    let due = ends.take_due(now, HOLDS_PER_COMMIT);
    if due.is_empty() {
        return false;
    }
    let ended = due.clone();
    if let Err(error) = office.store.write(move |tx| domain::expire_holds(tx, &ended)).await {
        tracing::warn!(%error, "ended holds wait for the next turn");
        ends.extend(due.into_iter().map(|hold| (hold, now.plus_ms(RETRY_MS))));
    }
    true
}
