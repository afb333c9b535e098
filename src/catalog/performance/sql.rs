//! The table `performance`, one row at a time.

use uuid::Uuid;

use crate::catalog::performance::record::Dated;
use crate::catalog::record::PerformanceNow;
use crate::clock::Instant;
use crate::ids::{ConcertKey, PerformanceKey, VersionKey};
use crate::store::{Row, RowResult, StoreError, Tx, params};

macro_rules! select_dated {
    ($rest:literal) => {
        concat!(
            "SELECT performance_key, performance.id, performance.concert_key, concert.id, concert.time_zone, ",
            "performance.hall_key, hall.name, starts_at, performance.ends_at, doors_at, is_paused, performance.changed_in, ",
            "is_cancelled, performance.version_key, version_no, refuse_lone_seats, performance.seats_per_user, door_policy ",
            "FROM performance JOIN concert USING (concert_key) JOIN hall USING (hall_key) ",
            "JOIN hall_version ON hall_version.version_key = performance.version_key ",
            $rest
        )
    };
}

fn read_dated(row: &Row<'_>) -> RowResult<Dated> {
    Ok(Dated {
        key: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        concert: row.get(2)?,
        concert_id: Uuid::from_bytes(row.get(3)?),
        time_zone: row.get(4)?,
        hall_key: row.get(5)?,
        hall: row.get(6)?,
        starts_at: row.get(7)?,
        ends_at: row.get(8)?,
        doors_at: row.get(9)?,
        is_paused: row.get(10)?,
        changed_in: row.get(11)?,
        is_cancelled: row.get(12)?,
        version: row.get(13)?,
        version_no: row.get(14)?,
        refuse_lone_seats: row.get(15)?,
        seats_per_user: row.get(16)?,
        door_policy: row.get(17)?,
    })
}

pub(super) fn performance(tx: &Tx, id: Uuid) -> Result<Option<Dated>, StoreError> {
    tx.maybe(select_dated!("WHERE performance.id = ?1"), params![id.as_bytes()], read_dated)
}

/// All performances after this one, in the order in which they were made.
pub(super) fn after(tx: &Tx, after: PerformanceKey, limit: u32) -> Result<Vec<Dated>, StoreError> {
    tx.all(
        select_dated!("WHERE performance_key > ?1 ORDER BY performance_key LIMIT ?2 + 0"),
        params![after, limit],
        read_dated,
    )
}

/// Those of a concert after this one, in order of time.
pub(super) fn performances(
    tx: &Tx,
    concert: ConcertKey,
    after: (Instant, PerformanceKey),
    limit: u32,
) -> Result<Vec<Dated>, StoreError> {
    tx.all(
        select_dated!(
            "WHERE performance.concert_key = ?1 AND (starts_at, performance_key) > (?2, ?3) ORDER BY starts_at, performance_key LIMIT ?4 + 0"
        ),
        params![concert, after.0, after.1, limit],
        read_dated,
    )
}

pub(super) fn first_start(tx: &Tx, concert: ConcertKey) -> Result<Option<Instant>, StoreError> {
    tx.one("SELECT min(starts_at) FROM performance WHERE concert_key = ?1", params![concert], |row| row.get(0))
}

/// What the group had read of a performance that is being changed, it reads anew.
fn read_anew(tx: &Tx, performance: PerformanceKey) {
    tx.unshare::<PerformanceNow>(performance.0);
}

pub(super) fn save(tx: &Tx, of: &Dated) -> Result<(), StoreError> {
    read_anew(tx, of.key);
    tx.change(
        "UPDATE performance SET starts_at = ?2, ends_at = ?3, doors_at = ?4, is_paused = ?5, changed_in = ?6,
                refuse_lone_seats = ?7, seats_per_user = ?8, door_policy = ?9
         WHERE performance_key = ?1",
        params![
            of.key,
            of.starts_at,
            of.ends_at,
            of.doors_at,
            of.is_paused,
            tx.seq(),
            of.refuse_lone_seats,
            of.seats_per_user,
            of.door_policy
        ],
    )
}

/// It is played in another version of its hall from now on.
pub(super) fn set_version(tx: &Tx, performance: PerformanceKey, version: VersionKey) -> Result<(), StoreError> {
    read_anew(tx, performance);
    tx.change(
        "UPDATE performance SET version_key = ?2, redrawn_in = ?3, changed_in = ?3 WHERE performance_key = ?1",
        params![performance, version, tx.seq()],
    )
}

/// Its map shows something else from now on.
pub(super) fn redraw(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    tx.change("UPDATE performance SET redrawn_in = ?2 WHERE performance_key = ?1", params![performance, tx.seq()])
}

pub(super) fn cancel(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    read_anew(tx, performance);
    tx.change(
        "UPDATE performance SET is_cancelled = 1, changed_in = ?2 WHERE performance_key = ?1 AND is_cancelled = 0",
        params![performance, tx.seq()],
    )
}

pub(super) fn delete(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    read_anew(tx, performance);
    tx.change("DELETE FROM performance WHERE performance_key = ?1", params![performance])
}
