//! The table `day_close`.

use uuid::Uuid;

use crate::counter::record::DayClose;
use crate::ids::{CloseKey, PostingKey, StaffKey};
use crate::store::{Row, RowResult, StoreError, Tx, params};

/// Up to which posting a key's takings are closed.
pub(super) fn last_posting(tx: &Tx, staff: StaffKey) -> Result<PostingKey, StoreError> {
    let last = tx.maybe(
        "SELECT last_posting_key FROM day_close WHERE staff_key = ?1 ORDER BY close_key DESC LIMIT 1",
        params![staff],
        |row| row.get(0),
    )?;
    Ok(last.unwrap_or(PostingKey(0)))
}

pub(super) fn insert(tx: &Tx, staff: StaffKey, close: &DayClose) -> Result<CloseKey, StoreError> {
    tx.insert(
        "INSERT INTO day_close (id, staff_key, closed_at, last_posting_key, tills) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            close.id.as_bytes(),
            staff,
            close.closed_at,
            close.last_posting,
            serde_json::to_string(&close.tills).unwrap_or_default()
        ],
    )
    .map(CloseKey)
}

fn read_close(row: &Row<'_>) -> RowResult<(StaffKey, DayClose)> {
    let tills: String = row.get(4)?;
    let close = DayClose {
        key: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        closed_at: row.get(2)?,
        last_posting: row.get(3)?,
        // Written by `insert` alone.
        tills: serde_json::from_str(&tills).unwrap_or_default(),
    };
    Ok((row.get(5)?, close))
}

macro_rules! select_close {
    ($rest:literal) => {
        concat!("SELECT close_key, id, closed_at, last_posting_key, tills, staff_key FROM day_close ", $rest)
    };
}

/// A key's closes older than `before`, the newest first.
pub(super) fn closes(tx: &Tx, staff: StaffKey, before: CloseKey, limit: u32) -> Result<Vec<DayClose>, StoreError> {
    let closes = tx.all(
        select_close!("WHERE staff_key = ?1 AND close_key < ?2 ORDER BY close_key DESC LIMIT ?3 + 0"),
        params![staff, before, limit],
        read_close,
    )?;
    Ok(closes.into_iter().map(|(_, close)| close).collect())
}

/// The closes of all keys after this one, the oldest first.
pub(super) fn all_closes(tx: &Tx, after: CloseKey, limit: u32) -> Result<Vec<(StaffKey, DayClose)>, StoreError> {
    tx.all(select_close!("WHERE close_key > ?1 ORDER BY close_key LIMIT ?2 + 0"), params![after, limit], read_close)
}

pub(super) fn last_close(tx: &Tx) -> Result<Option<CloseKey>, StoreError> {
    tx.one("SELECT max(close_key) FROM day_close", [], |row| row.get(0))
}
