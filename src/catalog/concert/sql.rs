//! The tables `concert` and `picture`.

use uuid::Uuid;

use crate::catalog::concert::picture::Picture;
use crate::catalog::concert::record::{Concert, ConcertState};
use crate::catalog::prices::SaleTerms;
use crate::clock::Instant;
use crate::ids::ConcertKey;
use crate::store::{Row, RowResult, StoreError, Tx, params};

macro_rules! select_concert {
    ($rest:literal) => {
        concat!(
            "SELECT concert_key, id, state, title, time_zone, age_limit, texts, ",
            "(SELECT hash FROM picture p WHERE p.concert_key = concert.concert_key), ends_at, changed_in, ",
            "cancel_until_minutes, cancel_fee FROM concert ",
            $rest
        )
    };
}

fn read_concert(row: &Row<'_>) -> RowResult<Concert> {
    let texts: String = row.get(6)?;
    Ok(Concert {
        key: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        state: row.get(2)?,
        title: row.get(3)?,
        time_zone: row.get(4)?,
        age_limit: row.get(5)?,
        // Written by `save_concert` alone.
        texts: serde_json::from_str(&texts).unwrap_or_default(),
        picture: row.get(7)?,
        ends_at: row.get(8)?,
        changed_in: row.get(9)?,
        cancel_until_minutes: row.get(10)?,
        cancel_fee: row.get(11)?,
    })
}

pub(super) fn concert(tx: &Tx, id: Uuid) -> Result<Option<Concert>, StoreError> {
    tx.maybe(select_concert!("WHERE id = ?1"), params![id.as_bytes()], read_concert)
}

pub(super) fn concert_by_key(tx: &Tx, key: ConcertKey) -> Result<Option<Concert>, StoreError> {
    tx.maybe(select_concert!("WHERE concert_key = ?1"), params![key], read_concert)
}

/// All of them, newest first.
pub(super) fn all_concerts(tx: &Tx, before: ConcertKey, limit: u32) -> Result<Vec<Concert>, StoreError> {
    tx.all(
        select_concert!("WHERE concert_key < ?1 ORDER BY concert_key DESC LIMIT ?2 + 0"),
        params![before, limit],
        read_concert,
    )
}

/// Those that anyone may see and that end after this, the earliest end first.
pub(super) fn concerts_to_come(tx: &Tx, after: (Instant, ConcertKey), limit: u32) -> Result<Vec<Concert>, StoreError> {
    tx.all(
        select_concert!(
            "WHERE state <> 'draft' AND (ends_at, concert_key) > (?1, ?2) ORDER BY ends_at, concert_key LIMIT ?3 + 0"
        ),
        params![after.0, after.1, limit],
        read_concert,
    )
}

/// Those that anyone may see and that ended before this, the latest end first.
pub(super) fn concerts_past(tx: &Tx, before: (Instant, ConcertKey), limit: u32) -> Result<Vec<Concert>, StoreError> {
    tx.all(
        select_concert!(
            "WHERE state <> 'draft' AND (ends_at, concert_key) < (?1, ?2) ORDER BY ends_at DESC, concert_key DESC LIMIT ?3 + 0"
        ),
        params![before.0, before.1, limit],
        read_concert,
    )
}

pub(super) fn insert_concert(
    tx: &Tx,
    (id, state): (Uuid, ConcertState),
    (title, time_zone): (&str, &str),
    terms: &SaleTerms,
) -> Result<ConcertKey, StoreError> {
    tx.insert(
        "INSERT INTO concert (id, state, ends_at, changed_in, title, time_zone, created_at, texts, seats_per_user,
                              fee_per_ticket, fee_per_order, cancel_until_minutes, cancel_fee)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '[]', ?8, ?9, ?10, ?11, ?12)",
        params![
            id.as_bytes(),
            state,
            Concert::NO_END,
            tx.seq(),
            title,
            time_zone,
            tx.now(),
            terms.seats_per_user,
            terms.fees.per_ticket,
            terms.fees.per_order,
            terms.cancel_until_minutes,
            terms.cancel_fee
        ],
    )
    .map(ConcertKey)
}

/// Writes what the operator may say of a concert.
pub(super) fn save_concert(tx: &Tx, concert: &Concert) -> Result<(), StoreError> {
    tx.change(
        "UPDATE concert SET state = ?2, title = ?3, time_zone = ?4, age_limit = ?5, texts = ?6, changed_in = ?7
         WHERE concert_key = ?1",
        params![
            concert.key,
            concert.state,
            concert.title,
            concert.time_zone,
            concert.age_limit,
            serde_json::to_string(&concert.texts).unwrap_or_default(),
            tx.seq()
        ],
    )
}

/// Notes when a concert's last performance ends.
pub(super) fn set_end(tx: &Tx, concert: ConcertKey) -> Result<(), StoreError> {
    tx.change(
        "UPDATE concert SET changed_in = ?3, ends_at = coalesce(
           (SELECT max(ends_at) FROM performance WHERE performance.concert_key = ?1), ?2)
         WHERE concert_key = ?1",
        params![concert, Concert::NO_END, tx.seq()],
    )
}

pub(super) fn touch(tx: &Tx, concert: ConcertKey) -> Result<(), StoreError> {
    tx.change("UPDATE concert SET changed_in = ?2 WHERE concert_key = ?1", params![concert, tx.seq()])
}

pub(super) fn has_performances(tx: &Tx, concert: ConcertKey) -> Result<bool, StoreError> {
    tx.one("SELECT EXISTS (SELECT 1 FROM performance WHERE concert_key = ?1)", params![concert], |row| row.get(0))
}

pub(super) fn delete_concert(tx: &Tx, concert: ConcertKey) -> Result<(), StoreError> {
    tx.change("DELETE FROM concert WHERE concert_key = ?1", params![concert])
}

pub(super) fn set_picture(tx: &Tx, concert: ConcertKey, picture: &Picture) -> Result<(), StoreError> {
    tx.change(
        "INSERT INTO picture (concert_key, hash, media_type, bytes) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (concert_key) DO UPDATE SET hash = ?2, media_type = ?3, bytes = ?4",
        params![concert, picture.hash, picture.media, picture.bytes],
    )
}

pub(super) fn delete_picture(tx: &Tx, concert: ConcertKey) -> Result<usize, StoreError> {
    tx.run("DELETE FROM picture WHERE concert_key = ?1", params![concert])
}

pub(super) fn picture(tx: &Tx, concert: ConcertKey) -> Result<Option<Picture>, StoreError> {
    tx.maybe("SELECT hash, media_type, bytes FROM picture WHERE concert_key = ?1", params![concert], |row| {
        Ok(Picture { hash: row.get(0)?, media: row.get(1)?, bytes: row.get(2)? })
    })
}
