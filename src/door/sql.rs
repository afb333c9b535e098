//! The table `check_in`.

use uuid::Uuid;

use crate::clock::Instant;
use crate::door::record::CheckIn;
use crate::ids::{CheckInKey, PerformanceKey, StaffKey, TicketKey};
use crate::store::{Row, RowResult, StoreError, Tx, params};

macro_rules! select_check_in {
    ($rest:literal) => {
        concat!(
            "SELECT check_in_key, id, ticket_key, performance_key, gate, scanned_at, scan_id, is_double \
             FROM check_in ",
            $rest
        )
    };
}

fn read_check_in(row: &Row<'_>) -> RowResult<CheckIn> {
    Ok(CheckIn {
        key: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        ticket: row.get(2)?,
        performance: row.get(3)?,
        gate: row.get(4)?,
        scanned_at: row.get(5)?,
        scan_id: row.get::<_, Option<[u8; 16]>>(6)?.map(Uuid::from_bytes),
        is_double: row.get(7)?,
    })
}

/// The one of a ticket that counts now.
pub(super) fn live(tx: &Tx, ticket: TicketKey) -> Result<Option<CheckIn>, StoreError> {
    tx.maybe(
        select_check_in!("WHERE ticket_key = ?1 AND undone_at IS NULL AND is_double = 0"),
        params![ticket],
        read_check_in,
    )
}

/// One that was not undone, by its id.
pub(super) fn find(tx: &Tx, id: Uuid) -> Result<Option<CheckIn>, StoreError> {
    tx.maybe(select_check_in!("WHERE id = ?1 AND undone_at IS NULL"), params![id.as_bytes()], read_check_in)
}

/// The one that a device's scan made.
pub(super) fn by_scan(tx: &Tx, scan: Uuid) -> Result<Option<CheckIn>, StoreError> {
    tx.maybe(select_check_in!("WHERE scan_id = ?1"), params![scan.as_bytes()], read_check_in)
}

/// Writes a check-in. The index of those that count refuses a second one of a ticket (law 13).
pub(super) fn insert(tx: &Tx, of: &CheckIn, staff: StaffKey) -> Result<CheckInKey, StoreError> {
    tx.insert(
        "INSERT INTO check_in (id, ticket_key, performance_key, gate, scanned_at, noted_at, scan_id, is_double, staff_key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            of.id.as_bytes(),
            of.ticket,
            of.performance,
            of.gate,
            of.scanned_at,
            tx.wall(),
            of.scan_id.as_ref().map(Uuid::as_bytes),
            of.is_double,
            staff
        ],
    )
    .map(CheckInKey)
}

/// Another one counts in its place.
pub(super) fn make_double(tx: &Tx, key: CheckInKey) -> Result<(), StoreError> {
    tx.change("UPDATE check_in SET is_double = 1 WHERE check_in_key = ?1 AND is_double = 0", params![key])
}

pub(super) fn undo(tx: &Tx, key: CheckInKey, reason: &str, now: Instant) -> Result<(), StoreError> {
    tx.change(
        "UPDATE check_in SET undone_at = ?2, undo_reason = ?3 WHERE check_in_key = ?1 AND undone_at IS NULL",
        params![key, now, reason],
    )
}

/// How many count, by gate.
pub(super) fn by_gate(tx: &Tx, performance: PerformanceKey) -> Result<Vec<(Option<String>, u32)>, StoreError> {
    tx.all(
        "SELECT gate, count(*) FROM check_in
         WHERE performance_key = ?1 AND undone_at IS NULL AND is_double = 0 GROUP BY gate ORDER BY gate",
        params![performance],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn count_without_network(tx: &Tx, performance: PerformanceKey) -> Result<u32, StoreError> {
    tx.one(
        "SELECT count(*) FROM check_in
         WHERE performance_key = ?1 AND undone_at IS NULL AND is_double = 0 AND scan_id IS NOT NULL",
        params![performance],
        |row| row.get(0),
    )
}

pub(super) fn count_doubles(tx: &Tx, performance: PerformanceKey) -> Result<u32, StoreError> {
    tx.one(
        "SELECT count(*) FROM check_in WHERE performance_key = ?1 AND undone_at IS NULL AND is_double = 1",
        params![performance],
        |row| row.get(0),
    )
}

/// Check-ins of a performance by one gate, or by none that was said, which were not undone, after this one.
pub(super) fn by_one_gate(
    tx: &Tx,
    performance: PerformanceKey,
    gate: Option<&str>,
    after: CheckInKey,
    limit: u32,
) -> Result<Vec<CheckIn>, StoreError> {
    tx.all(
        select_check_in!(
            "WHERE performance_key = ?1 AND gate IS ?2 AND undone_at IS NULL AND check_in_key > ?3 \
             ORDER BY check_in_key LIMIT ?4 + 0"
        ),
        params![performance, gate, after, limit],
        read_check_in,
    )
}

/// The gates of a performance by which anybody came.
pub(super) fn gates(tx: &Tx, performance: PerformanceKey) -> Result<Vec<Option<String>>, StoreError> {
    tx.all(
        "SELECT DISTINCT gate FROM check_in WHERE performance_key = ?1 AND undone_at IS NULL ORDER BY gate",
        params![performance],
        |row| row.get(0),
    )
}

/// The check-in with this key.
pub(super) fn by_key(tx: &Tx, key: CheckInKey) -> Result<Option<CheckIn>, StoreError> {
    tx.maybe(select_check_in!("WHERE check_in_key = ?1"), params![key], read_check_in)
}
