//! The catalogue's tables: `concert`, `performance`, `performance_price`. Those of halls stand in [`hall`](super::hall).

use uuid::Uuid;

use crate::catalog::local_time::{LocalTime, zone};
use crate::catalog::record::{Concert, Occasion};
use crate::clock::Instant;
use crate::ids::{ConcertKey, HallKey, PerformanceKey, VersionKey};
use crate::money::Amount;
use crate::store::{Row, RowResult, StoreError, Tx, params};

fn read_concert(row: &Row<'_>) -> RowResult<Concert> {
    Ok(Concert { key: row.get(0)?, id: Uuid::from_bytes(row.get(1)?), title: row.get(2)?, time_zone: row.get(3)? })
}

pub(super) fn concerts(tx: &Tx, before: ConcertKey, limit: u32) -> Result<Vec<Concert>, StoreError> {
    tx.all(
        "SELECT concert_key, id, title, time_zone FROM concert WHERE concert_key < ?1 ORDER BY concert_key DESC LIMIT ?2 + 0",
        params![before, limit],
        read_concert,
    )
}

pub(super) fn concert(tx: &Tx, id: Uuid) -> Result<Option<Concert>, StoreError> {
    tx.maybe(
        "SELECT concert_key, id, title, time_zone FROM concert WHERE id = ?1",
        params![id.as_bytes()],
        read_concert,
    )
}

pub(super) fn time_zone(tx: &Tx, concert: ConcertKey) -> Result<String, StoreError> {
    tx.one("SELECT time_zone FROM concert WHERE concert_key = ?1", params![concert], |row| row.get(0))
}

/// A performance as its row and its hall's say.
pub(super) struct PerformanceRow {
    pub key: PerformanceKey,
    pub id: Uuid,
    pub version: VersionKey,
    pub hall: String,
    pub starts_at: Instant,
    pub refuse_lone_seats: bool,
}

pub(super) fn performances(tx: &Tx, concert: ConcertKey) -> Result<Vec<PerformanceRow>, StoreError> {
    tx.all(
        "SELECT performance.performance_key, performance.id, version_key, hall.name, performance.starts_at,
                refuse_lone_seats
         FROM performance JOIN hall USING (hall_key)
         WHERE performance.concert_key = ?1 ORDER BY performance.starts_at, performance.performance_key",
        params![concert],
        |row| {
            let (key, id) = (row.get(0)?, Uuid::from_bytes(row.get(1)?));
            Ok(PerformanceRow {
                key,
                id,
                version: row.get(2)?,
                hall: row.get(3)?,
                starts_at: row.get(4)?,
                refuse_lone_seats: row.get(5)?,
            })
        },
    )
}

pub(super) fn prices(tx: &Tx, performance: PerformanceKey) -> Result<Vec<(String, Amount)>, StoreError> {
    tx.all(
        "SELECT grade, price FROM performance_price WHERE performance_key = ?1 ORDER BY grade",
        params![performance],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn concert_id(tx: &Tx, concert: ConcertKey) -> Result<Uuid, StoreError> {
    tx.one("SELECT id FROM concert WHERE concert_key = ?1", params![concert], |row| Ok(Uuid::from_bytes(row.get(0)?)))
}

pub(super) fn concert_of(tx: &Tx, performance: Uuid) -> Result<Option<ConcertKey>, StoreError> {
    tx.maybe("SELECT concert_key FROM performance WHERE id = ?1", params![performance.as_bytes()], |row| row.get(0))
}

pub(super) fn occasion(tx: &Tx, performance: PerformanceKey) -> Result<Option<Occasion>, StoreError> {
    tx.maybe(
        "SELECT concert.title, performance.id, performance.starts_at, concert.time_zone, hall.name
         FROM performance JOIN concert USING (concert_key) JOIN hall USING (hall_key)
         WHERE performance.performance_key = ?1",
        params![performance],
        |row| {
            let (starts_at, time_zone) = (row.get(2)?, row.get::<_, String>(3)?);
            Ok(Occasion {
                concert_title: row.get(0)?,
                performance_id: Uuid::from_bytes(row.get(1)?),
                starts_at,
                local: LocalTime::of(&zone(&time_zone), starts_at),
                hall: row.get(4)?,
            })
        },
    )
}

pub(super) fn insert_concert(
    tx: &Tx,
    id: Uuid,
    title: &str,
    time_zone: &str,
    now: Instant,
) -> Result<ConcertKey, StoreError> {
    tx.insert(
        "INSERT INTO concert (id, title, time_zone, created_at) VALUES (?1, ?2, ?3, ?4)",
        params![id.as_bytes(), title, time_zone, now],
    )
    .map(ConcertKey)
}

pub(super) fn insert_performance(
    tx: &Tx,
    id: Uuid,
    concert: ConcertKey,
    (hall, version): (HallKey, VersionKey),
    (starts_at, ends_at): (Instant, Instant),
    refuse_lone_seats: bool,
) -> Result<PerformanceKey, StoreError> {
    tx.insert(
        "INSERT INTO performance (id, concert_key, hall_key, version_key, starts_at, ends_at, refuse_lone_seats,
                                  created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![id.as_bytes(), concert, hall, version, starts_at, ends_at, refuse_lone_seats, tx.now()],
    )
    .map(PerformanceKey)
}

/// A performance in this hall of which some part lies between the two instants, with its start.
pub(super) fn performance_in_hall(
    tx: &Tx,
    hall: HallKey,
    from: Instant,
    until: Instant,
) -> Result<Option<(Uuid, Instant)>, StoreError> {
    tx.maybe(
        "SELECT id, starts_at FROM performance
         WHERE hall_key = ?1 AND ends_at > ?2 AND starts_at < ?3 ORDER BY ends_at LIMIT 1",
        params![hall, from, until],
        |row| Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?)),
    )
}

pub(super) fn insert_price(tx: &Tx, performance: PerformanceKey, grade: &str, price: Amount) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO performance_price (performance_key, grade, price) VALUES (?1, ?2, ?3)",
        params![performance, grade, price],
    )?;
    Ok(())
}

pub(super) fn any_price(tx: &Tx) -> Result<bool, StoreError> {
    tx.one("SELECT EXISTS (SELECT 1 FROM performance_price)", params![], |row| row.get(0))
}
