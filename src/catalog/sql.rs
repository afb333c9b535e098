//! The catalogue's tables: `hall`, `hall_row`, `concert`, `performance`, `performance_price`.

use uuid::Uuid;

use crate::catalog::local_time::{LocalTime, zone};
use crate::catalog::plan::PlanRow;
use crate::catalog::record::{Concert, Occasion};
use crate::clock::Instant;
use crate::ids::{ConcertKey, HallKey, PerformanceKey};
use crate::money::Amount;
use crate::store::{Row, RowResult, StoreError, Tx, params};

fn read_concert(row: &Row<'_>) -> RowResult<Concert> {
    Ok(Concert { key: row.get(0)?, id: Uuid::from_bytes(row.get(1)?), title: row.get(2)?, time_zone: row.get(3)? })
}

fn read_row(row: &Row<'_>, at: usize) -> RowResult<PlanRow> {
    let seat_numbers: String = row.get(at + 4)?;
    Ok(PlanRow {
        section: row.get(at)?,
        name: row.get(at + 1)?,
        grade: row.get(at + 2)?,
        first_seat: row.get(at + 3)?,
        // Written by `insert_hall_row`; an unreadable list gives a row without seats, which `verify` reports.
        seat_numbers: serde_json::from_str(&seat_numbers).unwrap_or_default(),
    })
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

pub(super) fn hall(tx: &Tx, id: Uuid) -> Result<Option<HallKey>, StoreError> {
    tx.maybe("SELECT hall_key FROM hall WHERE id = ?1", params![id.as_bytes()], |row| row.get(0))
}

pub(super) fn hall_rows(tx: &Tx, hall: HallKey) -> Result<Vec<PlanRow>, StoreError> {
    tx.all(
        "SELECT section, name, grade, first_seat, seat_numbers FROM hall_row WHERE hall_key = ?1 ORDER BY row_no",
        params![hall],
        |row| read_row(row, 0),
    )
}

/// A performance as its row and its hall's say.
pub(super) struct PerformanceRow {
    pub key: PerformanceKey,
    pub id: Uuid,
    pub hall_key: HallKey,
    pub hall: String,
    pub starts_at: Instant,
    pub refuse_lone_seats: bool,
}

pub(super) fn performances(tx: &Tx, concert: ConcertKey) -> Result<Vec<PerformanceRow>, StoreError> {
    tx.all(
        "SELECT performance.performance_key, performance.id, hall_key, hall.name, performance.starts_at,
                refuse_lone_seats
         FROM performance JOIN hall USING (hall_key)
         WHERE performance.concert_key = ?1 ORDER BY performance.starts_at, performance.performance_key",
        params![concert],
        |row| {
            let (key, id) = (row.get(0)?, Uuid::from_bytes(row.get(1)?));
            Ok(PerformanceRow {
                key,
                id,
                hall_key: row.get(2)?,
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

/// The row that a seat stands in.
pub(super) fn seat_row(tx: &Tx, performance: PerformanceKey, seat_no: u32) -> Result<Option<PlanRow>, StoreError> {
    tx.maybe(
        "SELECT hall_row.section, hall_row.name, hall_row.grade, hall_row.first_seat, hall_row.seat_numbers
         FROM performance JOIN hall_row USING (hall_key)
         WHERE performance.performance_key = ?1 AND hall_row.first_seat <= ?2
         ORDER BY hall_row.row_no DESC LIMIT 1",
        params![performance, seat_no],
        |row| read_row(row, 0),
    )
}

pub(super) fn insert_hall(tx: &Tx, id: Uuid, name: &str, now: Instant) -> Result<HallKey, StoreError> {
    tx.insert("INSERT INTO hall (id, name, created_at) VALUES (?1, ?2, ?3)", params![id.as_bytes(), name, now])
        .map(HallKey)
}

pub(super) fn insert_hall_row(tx: &Tx, hall: HallKey, row_no: u32, row: &PlanRow) -> Result<(), StoreError> {
    let seat_numbers = serde_json::to_string(&row.seat_numbers).unwrap_or_default();
    tx.run(
        "INSERT INTO hall_row (hall_key, row_no, section, name, grade, first_seat, seat_numbers)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![hall, row_no, row.section, row.name, row.grade, row.first_seat, seat_numbers],
    )?;
    Ok(())
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
    hall: HallKey,
    (starts_at, ends_at): (Instant, Instant),
    refuse_lone_seats: bool,
) -> Result<PerformanceKey, StoreError> {
    tx.insert(
        "INSERT INTO performance (id, concert_key, hall_key, starts_at, ends_at, refuse_lone_seats, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id.as_bytes(), concert, hall, starts_at, ends_at, refuse_lone_seats, tx.now()],
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
