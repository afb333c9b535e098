//! What folding reads and writes: entries that go, and `queue_fold`, where they are counted.

use crate::ids::{ConcertKey, Ordinal};
use crate::queue::fold::record::{Folded, Row};
use crate::queue::record::Ended;
use crate::store::{Row as SqlRow, RowResult, StoreError, Tx, params};

macro_rules! select_row {
    ($rest:literal) => {
        concat!("SELECT ordinal, id, tier, number, status, cause, joined_at FROM queue_entry ", $rest)
    };
}

fn read_row(row: &SqlRow<'_>) -> RowResult<Row> {
    Ok(Row {
        ordinal: row.get(0)?,
        id: uuid::Uuid::from_bytes(row.get(1)?),
        tier: row.get(2)?,
        number: row.get(3)?,
        status: row.get(4)?,
        cause: row.get(5)?,
        joined_at: row.get(6)?,
    })
}

/// Entries after `after`, in the order of joining.
pub(super) fn rows(tx: &Tx, concert: ConcertKey, after: Ordinal, limit: u32) -> Result<Vec<Row>, StoreError> {
    tx.all(
        select_row!("WHERE concert_key = ?1 AND ordinal > ?2 ORDER BY ordinal LIMIT ?3 + 0"),
        params![concert, after, limit],
        read_row,
    )
}

pub(super) fn row(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<Option<Row>, StoreError> {
    tx.maybe(select_row!("WHERE concert_key = ?1 AND ordinal = ?2"), params![concert, ordinal], read_row)
}

pub(super) fn delete(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<(), StoreError> {
    tx.change("DELETE FROM queue_entry WHERE concert_key = ?1 AND ordinal = ?2", params![concert, ordinal])
}

/// A number whose entry ended before it came up may have come up all the same.
pub(super) fn delete_turn(tx: &Tx, concert: ConcertKey, number: u32) -> Result<(), StoreError> {
    tx.run("DELETE FROM queue_turn WHERE concert_key = ?1 AND number = ?2", params![concert, number])?;
    Ok(())
}

/// Queues that are over and have entries left.
pub(super) fn unfolded(tx: &Tx, after: ConcertKey, limit: u32) -> Result<Vec<ConcertKey>, StoreError> {
    tx.all(
        "SELECT concert_key FROM queue WHERE phase = 'over' AND folded_ordinal < last_ordinal AND concert_key > ?1
         ORDER BY concert_key LIMIT ?2 + 0",
        params![after, limit],
        |row| row.get(0),
    )
}

pub(super) fn folded_ordinal(tx: &Tx, concert: ConcertKey) -> Result<Ordinal, StoreError> {
    tx.one("SELECT folded_ordinal FROM queue WHERE concert_key = ?1", params![concert], |row| row.get(0))
}

pub(super) fn set_folded_ordinal(tx: &Tx, concert: ConcertKey, up_to: Ordinal) -> Result<(), StoreError> {
    tx.change("UPDATE queue SET folded_ordinal = ?2 WHERE concert_key = ?1", params![concert, up_to])
}

pub(super) fn folded(tx: &Tx, concert: ConcertKey) -> Result<Option<Folded>, StoreError> {
    tx.maybe(
        "SELECT completed_count, expired_count, absent_count, no_show_count, left_count, replaced_count, drawn_count,
                draw_digest, draw_folded_at
         FROM queue_fold WHERE concert_key = ?1",
        params![concert],
        |row| {
            let ended = Ended {
                completed: row.get(0)?,
                expired: row.get(1)?,
                absent: row.get(2)?,
                no_shows: row.get(3)?,
                left: row.get(4)?,
                replaced: row.get(5)?,
            };
            Ok(Folded { ended, drawn_count: row.get(6)?, draw_digest: row.get(7)?, draw_folded_at: row.get(8)? })
        },
    )
}

pub(super) fn save(tx: &Tx, concert: ConcertKey, folded: &Folded) -> Result<(), StoreError> {
    let ended = &folded.ended;
    tx.change(
        "INSERT INTO queue_fold (concert_key, completed_count, expired_count, absent_count, no_show_count, left_count,
                                 replaced_count, drawn_count, draw_digest, draw_folded_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (concert_key) DO UPDATE SET
           completed_count = excluded.completed_count, expired_count = excluded.expired_count,
           absent_count = excluded.absent_count, no_show_count = excluded.no_show_count,
           left_count = excluded.left_count, replaced_count = excluded.replaced_count,
           drawn_count = excluded.drawn_count, draw_digest = excluded.draw_digest,
           draw_folded_at = excluded.draw_folded_at",
        params![
            concert,
            ended.completed,
            ended.expired,
            ended.absent,
            ended.no_shows,
            ended.left,
            ended.replaced,
            folded.drawn_count,
            folded.draw_digest,
            folded.draw_folded_at
        ],
    )
}
