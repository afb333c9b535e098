//! The table `standing`, and of `hold` what concerns standing places.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::PerformanceKey;
use crate::reservation::seat::{HoldKey, StandingHold};
use crate::reservation::standing::count::{Add, Count, StandingId};
use crate::store::{Row, RowResult, StoreError, Tx, params};

fn read_count(row: &Row<'_>) -> RowResult<Count> {
    Ok(Count {
        section_no: row.get(0)?,
        held: row.get(1)?,
        sold: row.get(2)?,
        blocked: row.get(3)?,
        changed_in: row.get(4)?,
    })
}

pub(super) fn count(tx: &Tx, of: StandingId) -> Result<Option<Count>, StoreError> {
    tx.maybe(
        "SELECT section_no, held, sold, blocked, changed_in FROM standing WHERE performance_key = ?1 AND section_no = ?2",
        params![of.performance, of.section_no],
        read_count,
    )
}

pub(super) fn counts(tx: &Tx, performance: PerformanceKey) -> Result<Vec<Count>, StoreError> {
    tx.all(
        "SELECT section_no, held, sold, blocked, changed_in FROM standing WHERE performance_key = ?1 ORDER BY section_no",
        params![performance],
        read_count,
    )
}

/// How many places stand in holds that have ended and that nobody wrote down yet.
pub(super) fn ended_quantity(tx: &Tx, of: StandingId, now: Instant) -> Result<u32, StoreError> {
    tx.one(
        "SELECT coalesce(sum(quantity), 0) FROM hold
         WHERE performance_key = ?1 AND section_no = ?2 AND held_until <= ?3",
        params![of.performance, of.section_no, now],
        |row| row.get(0),
    )
}

fn read_hold(row: &Row<'_>) -> RowResult<StandingHold> {
    let hold = HoldKey { concert: row.get(0)?, ordinal: row.get(1)?, id: Uuid::from_bytes(row.get(2)?) };
    Ok(StandingHold { hold, quantity: row.get(3)?, held_until: row.get(4)? })
}

/// The first few of those holds, in the order in which they ended.
pub(super) fn ended_holds(tx: &Tx, of: StandingId, now: Instant, limit: u32) -> Result<Vec<StandingHold>, StoreError> {
    tx.all(
        "SELECT concert_key, ordinal, id, quantity, held_until FROM hold
         WHERE performance_key = ?1 AND section_no = ?2 AND held_until <= ?3 ORDER BY held_until LIMIT ?4 + 0",
        params![of.performance, of.section_no, now, limit],
        read_hold,
    )
}

/// All holds of a section that are not written off, ended or not.
pub(super) fn holds(tx: &Tx, of: StandingId) -> Result<Vec<StandingHold>, StoreError> {
    tx.all(
        "SELECT concert_key, ordinal, id, quantity, held_until FROM hold
         WHERE performance_key = ?1 AND section_no = ?2 ORDER BY held_until",
        params![of.performance, of.section_no],
        read_hold,
    )
}

/// The section has a row from now on.
pub(super) fn begin(tx: &Tx, of: StandingId, capacity: u32) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO standing (performance_key, section_no, capacity, held, sold, blocked, changed_in)
         VALUES (?1, ?2, ?3, 0, 0, 0, ?4) ON CONFLICT DO NOTHING",
        params![of.performance, of.section_no, capacity, tx.seq()],
    )?;
    Ok(())
}

/// Adds to the counts of a section. The table itself refuses what goes below none or beyond the capacity.
pub(super) fn add(tx: &Tx, of: StandingId, add: Add) -> Result<(), StoreError> {
    tx.change(
        "UPDATE standing SET held = held + ?3, sold = sold + ?4, blocked = blocked + ?5, changed_in = ?6
         WHERE performance_key = ?1 AND section_no = ?2",
        params![of.performance, of.section_no, add.held, add.sold, add.blocked, tx.seq()],
    )
}

/// One sold place less; it is noted that there was one.
pub(super) fn give_back(tx: &Tx, of: StandingId) -> Result<(), StoreError> {
    tx.change(
        "UPDATE standing SET sold = sold - 1, was_sold = 1, changed_in = ?3
         WHERE performance_key = ?1 AND section_no = ?2 AND sold > 0",
        params![of.performance, of.section_no, tx.seq()],
    )
}

pub(super) fn any_was_sold(tx: &Tx, performance: PerformanceKey) -> Result<bool, StoreError> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM standing WHERE performance_key = ?1 AND was_sold = 1)",
        params![performance],
        |row| row.get(0),
    )
}

pub(super) fn note_was_sold(tx: &Tx, of: StandingId) -> Result<(), StoreError> {
    tx.change(
        "UPDATE standing SET was_sold = 1 WHERE performance_key = ?1 AND section_no = ?2",
        params![of.performance, of.section_no],
    )
}

/// Sets a section's number aside, below zero, until all are set: the numbers change places among each other.
pub(super) fn set_aside(tx: &Tx, from: StandingId, to: u32, capacity: u32) -> Result<(), StoreError> {
    tx.change(
        "UPDATE standing SET section_no = -?3, capacity = ?4, changed_in = ?5
         WHERE performance_key = ?1 AND section_no = ?2",
        params![from.performance, from.section_no, to, capacity, tx.seq()],
    )
}

/// Numbers that were set aside hold from now on.
pub(super) fn take_numbers(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    tx.run(
        "UPDATE standing SET section_no = -section_no WHERE performance_key = ?1 AND section_no < 0",
        params![performance],
    )?;
    Ok(())
}

/// Forgets a section of which nobody has anything.
pub(super) fn forget_section(tx: &Tx, of: StandingId) -> Result<(), StoreError> {
    tx.run(
        "DELETE FROM standing WHERE performance_key = ?1 AND section_no = ?2",
        params![of.performance, of.section_no],
    )?;
    Ok(())
}

pub(super) fn delete(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    tx.run("DELETE FROM standing WHERE performance_key = ?1", params![performance])?;
    Ok(())
}
