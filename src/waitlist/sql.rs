//! The waitlist's tables: `waitlist` and `waitlist_entry`.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal, PerformanceKey, UserKey};
use crate::store::{Row, RowResult, StoreError, Tx, params};
use crate::waitlist::record::{Entry, Status, Waitlist, Wish};

macro_rules! select_entry {
    ($rest:literal) => {
        concat!(
            "SELECT concert_key, ordinal, id, user_key, performance_keys, grade, quantity, place, status, joined_at, ",
            "offered_until FROM waitlist_entry ",
            $rest
        )
    };
}

pub(super) fn waitlist(tx: &Tx, concert: ConcertKey) -> Result<Option<Waitlist>, StoreError> {
    tx.maybe(
        "SELECT mode, offer_seconds, last_ordinal, changed_in FROM waitlist WHERE concert_key = ?1",
        params![concert],
        |row| {
            let (mode, offer_seconds) = (row.get(0)?, row.get(1)?);
            Ok(Waitlist { concert, mode, offer_seconds, last_ordinal: row.get(2)?, changed_in: row.get(3)? })
        },
    )
}

pub(super) fn save(tx: &Tx, list: &Waitlist) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO waitlist (concert_key, mode, offer_seconds, last_ordinal, changed_in) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (concert_key) DO UPDATE SET mode = ?2, offer_seconds = ?3, last_ordinal = ?4, changed_in = ?5",
        params![list.concert, list.mode, list.offer_seconds, list.last_ordinal, list.changed_in],
    )?;
    Ok(())
}

fn read_entry(row: &Row<'_>) -> RowResult<Entry> {
    let performances: String = row.get(4)?;
    // Most name none.
    let performances: Vec<i64> = match performances.as_str() {
        "[]" => Vec::new(),
        named => serde_json::from_str(named).unwrap_or_default(),
    };
    let performances = performances.into_iter().map(PerformanceKey).collect();
    Ok(Entry {
        concert: row.get(0)?,
        ordinal: row.get(1)?,
        id: Uuid::from_bytes(row.get(2)?),
        user: row.get(3)?,
        wish: Wish { performances, grade: row.get(5)?, quantity: row.get(6)? },
        place: row.get(7)?,
        status: row.get(8)?,
        joined_at: row.get(9)?,
        offered_until: row.get(10)?,
    })
}

pub(super) fn insert(tx: &Tx, entry: &Entry) -> Result<(), StoreError> {
    let performances: Vec<_> = entry.wish.performances.iter().map(|key| key.0).collect();
    tx.run(
        "INSERT INTO waitlist_entry (concert_key, ordinal, id, user_key, performance_keys, grade, quantity, place, status,
                                     joined_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            entry.concert,
            entry.ordinal,
            entry.id.as_bytes(),
            entry.user,
            serde_json::to_string(&performances).unwrap_or_default(),
            entry.wish.grade,
            entry.wish.quantity,
            entry.place,
            entry.status,
            entry.joined_at
        ],
    )?;
    Ok(())
}

/// The user's entry that is not ended.
pub(super) fn entry_of(tx: &Tx, concert: ConcertKey, user: UserKey) -> Result<Option<Entry>, StoreError> {
    tx.maybe(
        select_entry!("WHERE concert_key = ?1 AND user_key = ?2 AND status IN ('waiting', 'offered')"),
        params![concert, user],
        read_entry,
    )
}

/// The entry with this number, whatever became of it.
pub(super) fn entry(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<Option<Entry>, StoreError> {
    tx.maybe(select_entry!("WHERE concert_key = ?1 AND ordinal = ?2"), params![concert, ordinal], read_entry)
}

/// An entry is another account's: theirs were made one.
pub(super) fn follow(tx: &Tx, concert: ConcertKey, ordinal: Ordinal, into: UserKey) -> Result<(), StoreError> {
    tx.change(
        "UPDATE waitlist_entry SET user_key = ?3 WHERE concert_key = ?1 AND ordinal = ?2",
        params![concert, ordinal, into],
    )
}

/// Those who wait for no more than so many seats, in the order in which they are offered to.
pub(super) fn waiting(tx: &Tx, concert: ConcertKey, most_seats: u32) -> Result<Vec<Entry>, StoreError> {
    tx.all(
        select_entry!("WHERE concert_key = ?1 AND status = 'waiting' AND quantity <= ?2 ORDER BY place, ordinal"),
        params![concert, most_seats],
        read_entry,
    )
}

/// Those whose offer's time is over, up to `limit`.
pub(super) fn passing(tx: &Tx, concert: ConcertKey, now: Instant, limit: u32) -> Result<Vec<Entry>, StoreError> {
    tx.all(
        select_entry!("WHERE concert_key = ?1 AND status = 'offered' AND offered_until <= ?2 LIMIT ?3 + 0"),
        params![concert, now, limit],
        read_entry,
    )
}

/// How many wait, and how many have an offer whose end nobody wrote down.
pub(super) fn living(tx: &Tx, concert: ConcertKey) -> Result<(u32, u32), StoreError> {
    tx.one(
        "SELECT (SELECT count(*) FROM waitlist_entry WHERE concert_key = ?1 AND status = 'waiting'),
                (SELECT count(*) FROM waitlist_entry WHERE concert_key = ?1 AND status = 'offered')",
        params![concert],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// How many are offered to before this one.
pub(super) fn ahead(tx: &Tx, entry: &Entry) -> Result<u32, StoreError> {
    tx.one(
        "SELECT count(*) FROM waitlist_entry
         WHERE concert_key = ?1 AND status = 'waiting' AND (place, ordinal) < (?2, ?3)",
        params![entry.concert, entry.place, entry.ordinal],
        |row| row.get(0),
    )
}

/// Offers to one who waits.
pub(super) fn offer(tx: &Tx, entry: &Entry, until: Instant) -> Result<(), StoreError> {
    tx.change(
        "UPDATE waitlist_entry SET status = 'offered', offered_until = ?3
         WHERE concert_key = ?1 AND ordinal = ?2 AND status = 'waiting'",
        params![entry.concert, entry.ordinal, until],
    )
}

/// Ends an entry that waits or has an offer.
pub(super) fn end(tx: &Tx, concert: ConcertKey, ordinal: Ordinal, status: Status) -> Result<(), StoreError> {
    tx.change(
        "UPDATE waitlist_entry SET status = ?3, ended_at = ?4
         WHERE concert_key = ?1 AND ordinal = ?2 AND status IN ('waiting', 'offered')",
        params![concert, ordinal, status, tx.now()],
    )
}

/// Those who joined after this one and wait.
pub(super) fn joined_since(tx: &Tx, concert: ConcertKey, last: Ordinal) -> Result<Vec<Entry>, StoreError> {
    tx.all(
        select_entry!("WHERE concert_key = ?1 AND ordinal > ?2 AND status = 'waiting'"),
        params![concert, last],
        read_entry,
    )
}

/// All who wait or have an offer, for the start-up.
pub(super) fn all_living(tx: &Tx, take: impl FnMut(Entry)) -> Result<(), StoreError> {
    tx.each(select_entry!("WHERE status IN ('waiting', 'offered')"), [], read_entry, take)
}
