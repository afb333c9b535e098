//! Folding: the dead entries of a queue become a few counts, so that a data file does not grow with everyone who ever stood in
//! line. Two kinds, at two times:
//! - who took part in no draw and did not pay, once no token can name the entry any more, also while the sale goes on;
//! - all the others, once the concert has been over for so long that its draw need not be audited entry by entry.
//!
//! What stays: how many ended how, and of a draw its seed, its size, and a digest of the list that was shown. It must not touch
//! a living entry, nor a draw's list while its concert lasts. What an entry still keeps is for the caller to say.

mod record;
mod sql;

use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use record::Folded;

use crate::ids::{ConcertKey, Ordinal};
use crate::queue::domain::token_expiry;
use crate::queue::error::QueueError;
use crate::queue::fold::record::Row;
use crate::queue::life;
use crate::queue::record::{Ended, Queue};
use crate::queue::state::Phase;
use crate::queue::tier::Tier;
use crate::store::{StoreError, Tx};

/// So many entries are looked at in one read at most.
const LOOKED_AT: u32 = 10_000;

/// Of a draw's list so far, with one more entry of it. The list's digest is that of its last entry, in the order of joining; before
/// the first it is 32 zero bytes.
pub fn digest_after(digest: &[u8; 32], id: Uuid, tier: Tier, number: u32) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(digest);
    hash.update(id.as_bytes());
    hash.update([tier.0]);
    hash.update(number.to_be_bytes());
    hash.finalize().into()
}

/// Entries that can be folded while their queue goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// These.
    pub needless: Vec<Ordinal>,
    /// All up to here were looked at.
    pub up_to: Ordinal,
    /// There may be more after it.
    pub has_more: bool,
}

/// Looks for entries after `after` that nobody needs any more: some of them, and how far it looked. Tokens live in the order of
/// joining, so it looks no further than to the first that may live; living and drawn entries are passed over. For a reader.
///
/// # Errors
/// [`QueueError::NoSuchConcert`], or the store's.
pub fn find(tx: &Tx, concert: ConcertKey, after: Ordinal, at_most: u32) -> Result<Found, QueueError> {
    let queue = life::queue(tx, concert)?;
    let rows = sql::rows(tx, concert, after, LOOKED_AT)?;
    let mut found = Found { needless: Vec::new(), up_to: after, has_more: rows.len() as u32 == LOOKED_AT };
    for row in rows {
        // A token's own end is the next whole second.
        if tx.now() < token_expiry(tx.terms(), row.joined_at).plus_seconds(1) {
            found.has_more = false;
            break;
        }
        if found.needless.len() as u32 == at_most {
            found.has_more = true;
            break;
        }
        if row.is_needless(&queue) {
            found.needless.push(row.ordinal);
        }
        found.up_to = row.ordinal;
    }
    Ok(found)
}

/// Folds those of these entries that nobody needs, and that keep nothing. Gives how many.
///
/// # Errors
/// [`QueueError::NoSuchConcert`], or the store's.
pub fn fold(
    tx: &Tx,
    concert: ConcertKey,
    found: &[Ordinal],
    keeps: impl Fn(Ordinal) -> Result<bool, StoreError>,
) -> Result<u32, QueueError> {
    let queue = life::queue(tx, concert)?;
    let mut folded = folded(tx, concert)?;
    let mut count = 0;
    for &ordinal in found {
        let Some(row) = sql::row(tx, concert, ordinal)? else { continue };
        if row.is_needless(&queue) && !keeps(ordinal)? {
            take(tx, &queue, &row, &mut folded)?;
            count += 1;
        }
    }
    if count > 0 {
        sql::save(tx, concert, &folded)?;
    }
    Ok(count)
}

/// Queues that are over and have entries left, after this one and so many at most. Whether it is time, their concerts say.
///
/// # Errors
/// Only the store's.
pub fn unfolded(tx: &Tx, after: ConcertKey, at_most: u32) -> Result<Vec<ConcertKey>, QueueError> {
    Ok(sql::unfolded(tx, after, at_most)?)
}

/// Folds the next entries of a queue that is over, so many at most: all that are left, drawn and completed ones too. Gives how many;
/// 0 when none is left.
///
/// # Errors
/// [`QueueError::NoSuchConcert`], or the store's.
pub fn fold_over(
    tx: &Tx,
    concert: ConcertKey,
    at_most: u32,
    keeps: impl Fn(Ordinal) -> Result<bool, StoreError>,
) -> Result<u32, QueueError> {
    let queue = life::queue(tx, concert)?;
    if queue.phase != Phase::Over {
        return Ok(0);
    }
    let mut folded = folded(tx, concert)?;
    let mut up_to = sql::folded_ordinal(tx, concert)?;
    let rows = sql::rows(tx, concert, up_to, at_most)?;
    let is_last = (rows.len() as u32) < at_most;
    let mut count = 0;
    for row in &rows {
        // Nobody lives in a queue that is over, and holds end long before. Should one be left, the next sweep asks again.
        if row.is_living() || keeps(row.ordinal)? {
            break;
        }
        take(tx, &queue, row, &mut folded)?;
        up_to = row.ordinal;
        count += 1;
    }
    if is_last && count as usize == rows.len() {
        up_to = queue.last_ordinal;
    }
    sql::set_folded_ordinal(tx, concert, up_to)?;
    if count > 0 {
        sql::save(tx, concert, &folded)?;
    }
    Ok(count)
}

/// Takes an entry away and counts it.
fn take(tx: &Tx, queue: &Queue, row: &Row, folded: &mut Folded) -> Result<(), QueueError> {
    folded.ended.count(row.status, row.cause);
    if row.was_drawn(queue) {
        let number = row.number.unwrap_or(0);
        folded.drawn_count += 1;
        folded.draw_folded_at = Some(tx.wall());
        folded.draw_digest = digest_after(&folded.draw_digest, row.id, row.tier, number);
    }
    sql::delete(tx, queue.concert, row.ordinal)?;
    // One whose number has not come up would be passed over then.
    if let Some(number) = row.number.filter(|number| *number > queue.now_serving) {
        sql::delete_turn(tx, queue.concert, number)?;
    }
    Ok(())
}

/// What was folded of a queue, if anything was.
///
/// # Errors
/// Only the store's.
pub fn folded_of(tx: &Tx, concert: ConcertKey) -> Result<Option<Folded>, QueueError> {
    Ok(sql::folded(tx, concert)?)
}

fn folded(tx: &Tx, concert: ConcertKey) -> Result<Folded, QueueError> {
    let nothing = Folded { ended: Ended::default(), drawn_count: 0, draw_digest: [0; 32], draw_folded_at: None };
    Ok(folded_of(tx, concert)?.unwrap_or(nothing))
}
