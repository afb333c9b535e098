//! What the operator reads of a running queue.

use crate::queue::domain as queue;
use crate::queue::error::QueueError;
use crate::queue::record::Queue;
use crate::queue::state::{Cause, EntryStatus};
use crate::store::Tx;

/// What became of a queue's entries, and how long those let in last had waited.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Visits that ended with a payment.
    pub completed: u32,
    /// Entries whose time ended.
    pub expired: u32,
    /// Of the expired: waiting buyers unheard of.
    pub absent: u32,
    /// Of the expired: admitted buyers who did nothing.
    pub no_shows: u32,
    /// Buyers who left.
    pub left: u32,
    /// Entries given up for newer ones.
    pub replaced: u32,
    /// Buyers let in during the last minute.
    pub admitted_last_minute: u32,
    /// Half of those let in last waited at most so long.
    pub median_wait_ms: Option<i64>,
    /// Nineteen of twenty of those let in last waited at most so long.
    pub p95_wait_ms: Option<i64>,
}

/// Reads a queue's figures. Costs a walk over its entries, so it is for people, not for polling.
///
/// # Errors
/// Only the store's.
pub fn read(tx: &Tx, of: &Queue) -> Result<Figures, QueueError> {
    let mut figures = Figures::default();
    for (status, cause, count) in queue::count_by_status(tx, of.concert)? {
        match status {
            EntryStatus::Completed => figures.completed += count,
            EntryStatus::Left => figures.left += count,
            EntryStatus::Replaced => figures.replaced += count,
            EntryStatus::Expired => figures.expired += count,
            EntryStatus::Waiting | EntryStatus::Admitted => {}
        }
        match cause {
            Some(Cause::Absence) => figures.absent += count,
            Some(Cause::NoShow) => figures.no_shows += count,
            Some(Cause::Time) | None => {}
        }
    }
    figures.admitted_last_minute = queue::admitted_since(tx, of.concert, tx.now().plus_ms(-60_000))?;
    let mut waits = queue::recent_waits_ms(tx, of)?;
    waits.sort_unstable();
    let at = |share: usize| waits.get((waits.len() * share / 100).min(waits.len().saturating_sub(1))).copied();
    (figures.median_wait_ms, figures.p95_wait_ms) = (at(50), at(95));
    Ok(figures)
}
