//! The catalogue's table `performance`, and what others of it say. Those of halls, concerts and prices stand in folders.

use uuid::Uuid;

use crate::catalog::hall;
use crate::catalog::local_time::{LocalTime, zone};
use crate::catalog::prices::{Fees, SaleTerms};
use crate::catalog::record::{DoorPolicy, Occasion, PerformanceNow};
use crate::clock::Instant;
use crate::ids::{ConcertKey, HallKey, PerformanceKey, Seq, VersionKey};
use crate::store::{StoreError, Tx, params};

pub(super) fn sale_terms(tx: &Tx, concert: ConcertKey) -> Result<SaleTerms, StoreError> {
    tx.one(
        "SELECT seats_per_user, fee_per_ticket, fee_per_order, cancel_until_minutes, cancel_fee FROM concert
         WHERE concert_key = ?1",
        params![concert],
        |row| {
            let fees = Fees { per_ticket: row.get(1)?, per_order: row.get(2)? };
            let (cancel_until_minutes, cancel_fee) = (row.get(3)?, row.get(4)?);
            Ok(SaleTerms { seats_per_user: row.get(0)?, fees, cancel_until_minutes, cancel_fee })
        },
    )
}

/// A performance as its row and its hall's say.
pub(super) struct PerformanceRow {
    pub key: PerformanceKey,
    pub id: Uuid,
    pub version: VersionKey,
    pub version_no: u32,
    pub redrawn_in: Seq,
    pub changed_in: Seq,
    pub plan_id: String,
    pub hall: String,
    pub starts_at: Instant,
    pub refuse_lone_seats: bool,
    pub doors_at: Option<Instant>,
    pub is_paused: bool,
    pub is_cancelled: bool,
    pub seats_per_user: Option<u32>,
}

pub(super) fn performances(tx: &Tx, concert: ConcertKey) -> Result<Vec<PerformanceRow>, StoreError> {
    tx.all(
        "SELECT performance.performance_key, performance.id, version_key, hall.name, performance.starts_at,
                performance.seats_per_user, doors_at, is_paused, hall.id, version_no, is_cancelled, redrawn_in,
                performance.changed_in, refuse_lone_seats
         FROM performance JOIN hall_version USING (version_key) JOIN hall ON hall.hall_key = performance.hall_key
         WHERE performance.concert_key = ?1 ORDER BY performance.starts_at, performance.performance_key",
        params![concert],
        |row| {
            let (key, id) = (row.get(0)?, Uuid::from_bytes(row.get(1)?));
            let (version, hall, starts_at) = (row.get(2)?, row.get(3)?, row.get(4)?);
            let (seats_per_user, doors_at, is_paused) = (row.get(5)?, row.get(6)?, row.get(7)?);
            let (version_no, is_cancelled, redrawn_in, changed_in) =
                (row.get(9)?, row.get(10)?, row.get(11)?, row.get(12)?);
            let plan_id = hall::plan_id(Uuid::from_bytes(row.get(8)?), version_no);
            Ok(PerformanceRow {
                key,
                id,
                version,
                version_no,
                redrawn_in,
                changed_in,
                plan_id,
                hall,
                starts_at,
                doors_at,
                is_paused,
                is_cancelled,
                refuse_lone_seats: row.get(13)?,
                seats_per_user,
            })
        },
    )
}

pub(super) fn concert_of(tx: &Tx, performance: Uuid) -> Result<Option<ConcertKey>, StoreError> {
    tx.maybe("SELECT concert_key FROM performance WHERE id = ?1", params![performance.as_bytes()], |row| row.get(0))
}

pub(super) fn performance_now(tx: &Tx, performance: PerformanceKey) -> Result<Option<PerformanceNow>, StoreError> {
    tx.maybe(
        "SELECT changed_in, is_cancelled FROM performance WHERE performance_key = ?1",
        params![performance],
        |row| Ok(PerformanceNow { changed_in: row.get(0)?, is_cancelled: row.get(1)? }),
    )
}

pub(super) fn occasion(tx: &Tx, performance: PerformanceKey) -> Result<Option<Occasion>, StoreError> {
    tx.maybe(
        "SELECT concert.title, performance.id, performance.starts_at, concert.time_zone, hall.name, performance.ends_at,
                performance.doors_at, performance.door_policy
         FROM performance JOIN concert USING (concert_key) JOIN hall USING (hall_key)
         WHERE performance.performance_key = ?1",
        params![performance],
        |row| {
            let (starts_at, time_zone) = (row.get(2)?, zone(&row.get::<_, String>(3)?));
            let doors_at: Option<Instant> = row.get(6)?;
            Ok(Occasion {
                concert_title: row.get(0)?,
                performance_id: Uuid::from_bytes(row.get(1)?),
                starts_at,
                ends_at: row.get(5)?,
                local: LocalTime::of(&time_zone, starts_at),
                doors: doors_at.map(|doors_at| LocalTime::of(&time_zone, doors_at)),
                hall: row.get(4)?,
                door_policy: row.get(7)?,
            })
        },
    )
}

/// The number of the hall's version in which a performance is played.
pub(super) fn version_no(tx: &Tx, performance: PerformanceKey) -> Result<Option<u32>, StoreError> {
    tx.maybe(
        "SELECT version_no FROM performance JOIN hall_version USING (version_key) WHERE performance_key = ?1",
        params![performance],
        |row| row.get(0),
    )
}

pub(super) fn insert_performance(
    tx: &Tx,
    id: Uuid,
    concert: ConcertKey,
    (hall, version): (HallKey, VersionKey),
    (starts_at, ends_at): (Instant, Instant),
    (seats_per_user, refuse_lone_seats, door_policy): (Option<u32>, bool, DoorPolicy),
    doors_at: Option<Instant>,
) -> Result<PerformanceKey, StoreError> {
    tx.insert(
        "INSERT INTO performance (id, concert_key, hall_key, version_key, starts_at, ends_at, seats_per_user, created_at,
                                  changed_in, doors_at, refuse_lone_seats, door_policy)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            id.as_bytes(),
            concert,
            hall,
            version,
            starts_at,
            ends_at,
            seats_per_user,
            tx.now(),
            tx.seq(),
            doors_at,
            refuse_lone_seats,
            door_policy
        ],
    )
    .map(PerformanceKey)
}

/// A performance in this hall, another than `but`, of which some part lies between the two instants, with its start.
pub(super) fn performance_in_hall(
    tx: &Tx,
    hall: HallKey,
    (from, until): (Instant, Instant),
    but: Option<PerformanceKey>,
) -> Result<Option<PerformanceKey>, StoreError> {
    tx.maybe(
        "SELECT performance_key FROM performance
         WHERE hall_key = ?1 AND ends_at > ?2 AND starts_at < ?3 AND performance_key IS NOT ?4 ORDER BY ends_at LIMIT 1",
        params![hall, from, until, but],
        |row| row.get(0),
    )
}
