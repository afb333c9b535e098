//! The staff's tables: `staff`, `desk_session` and `audit`.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{AuditKey, StaffKey};
use crate::staff::record::{KeyRecord, Line, StaffSecret, Wanted};
use crate::store::{Row, RowResult, StoreError, Tx, params};

fn read_key(row: &Row<'_>) -> RowResult<KeyRecord> {
    Ok(KeyRecord {
        key: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        name: row.get(2)?,
        scopes: row.get(3)?,
        made_at: row.get(4)?,
        ends_at: row.get(5)?,
        revoked_at: row.get(6)?,
    })
}

macro_rules! select_key {
    ($rest:literal) => {
        concat!("SELECT staff_key, id, name, scopes, made_at, ends_at, revoked_at FROM staff ", $rest)
    };
}

pub(super) fn by_secret(tx: &Tx, secret: StaffSecret) -> Result<Option<KeyRecord>, StoreError> {
    tx.maybe(select_key!("WHERE secret_hash = ?1"), params![secret.0], read_key)
}

pub(super) fn by_key(tx: &Tx, key: StaffKey) -> Result<Option<KeyRecord>, StoreError> {
    tx.maybe(select_key!("WHERE staff_key = ?1"), params![key], read_key)
}

pub(super) fn by_id(tx: &Tx, id: Uuid) -> Result<Option<KeyRecord>, StoreError> {
    tx.maybe(select_key!("WHERE id = ?1"), params![id.as_bytes()], read_key)
}

pub(super) fn after(tx: &Tx, key: StaffKey, limit: u32) -> Result<Vec<KeyRecord>, StoreError> {
    tx.all(select_key!("WHERE staff_key > ?1 ORDER BY staff_key LIMIT ?2 + 0"), params![key, limit], read_key)
}

pub(super) fn insert(tx: &Tx, key: &KeyRecord, secret: StaffSecret) -> Result<StaffKey, StoreError> {
    tx.insert(
        "INSERT INTO staff (id, name, secret_hash, scopes, made_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![key.id.as_bytes(), key.name, secret.0, key.scopes, key.made_at, key.ends_at],
    )
    .map(StaffKey)
}

/// Gives a key another secret, in force from now on also if it was revoked.
pub(super) fn set_secret(tx: &Tx, key: StaffKey, secret: StaffSecret, is_shown: bool) -> Result<(), StoreError> {
    tx.change(
        "UPDATE staff SET secret_hash = ?2, is_shown = ?3, revoked_at = NULL WHERE staff_key = ?1",
        params![key, secret.0, is_shown],
    )
}

pub(super) fn is_shown(tx: &Tx, key: StaffKey) -> Result<bool, StoreError> {
    tx.one("SELECT is_shown FROM staff WHERE staff_key = ?1", params![key], |row| row.get(0))
}

pub(super) fn set_shown(tx: &Tx, key: StaffKey) -> Result<(), StoreError> {
    tx.run("UPDATE staff SET is_shown = 1 WHERE staff_key = ?1", params![key])?;
    Ok(())
}

pub(super) fn revoke(tx: &Tx, key: StaffKey, now: Instant) -> Result<(), StoreError> {
    tx.change("UPDATE staff SET revoked_at = ?2 WHERE staff_key = ?1 AND revoked_at IS NULL", params![key, now])
}

/// Is there another key with this word among its scopes that neither ends by itself nor was revoked? There are few keys.
pub(super) fn another_lasts(tx: &Tx, key: StaffKey, scope: &str) -> Result<bool, StoreError> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM staff WHERE staff_key <> ?1 AND revoked_at IS NULL AND ends_at IS NULL
           AND ',' || scopes || ',' LIKE '%,' || ?2 || ',%')",
        params![key, scope],
        |row| row.get(0),
    )
}

pub(super) fn insert_session(tx: &Tx, secret: StaffSecret, key: StaffKey, ends_at: Instant) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO desk_session (secret_hash, staff_key, opened_at, ends_at) VALUES (?1, ?2, ?3, ?4)",
        params![secret.0, key, tx.now(), ends_at],
    )?;
    Ok(())
}

/// The key of a session that lives now, and when it ends.
pub(super) fn session(tx: &Tx, secret: StaffSecret) -> Result<Option<(StaffKey, Instant)>, StoreError> {
    tx.maybe(
        "SELECT staff_key, ends_at FROM desk_session WHERE secret_hash = ?1 AND ends_at > ?2",
        params![secret.0, tx.now()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn delete_session(tx: &Tx, secret: StaffSecret) -> Result<(), StoreError> {
    tx.run("DELETE FROM desk_session WHERE secret_hash = ?1", params![secret.0])?;
    Ok(())
}

pub(super) fn delete_sessions_of(tx: &Tx, key: StaffKey) -> Result<(), StoreError> {
    tx.run("DELETE FROM desk_session WHERE staff_key = ?1", params![key])?;
    Ok(())
}

pub(super) fn delete_ended_sessions(tx: &Tx, limit: u32) -> Result<usize, StoreError> {
    tx.run(
        "DELETE FROM desk_session WHERE secret_hash IN
           (SELECT secret_hash FROM desk_session WHERE ends_at <= ?1 LIMIT ?2 + 0)",
        params![tx.now(), limit],
    )
}

/// A line of the audit log on its way in.
pub(super) struct NewLine<'a> {
    pub(super) key: StaffKey,
    pub(super) operation: &'static str,
    pub(super) kind: &'a str,
    pub(super) subject: &'a str,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

pub(super) fn insert_line(tx: &Tx, line: &NewLine<'_>) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO audit (staff_key, operation, subject_kind, subject, before, after, done_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![line.key, line.operation, line.kind, line.subject, line.before, line.after, tx.wall()],
    )?;
    Ok(())
}

macro_rules! select_lines {
    ($rest:literal) => {
        concat!(
            "SELECT audit_key, staff_key, operation, subject_kind, subject, before, after, done_at FROM audit \
             WHERE audit_key >= ?1 AND audit_key < ?2 ",
            $rest
        )
    };
}

fn read_line(row: &Row<'_>) -> RowResult<Line> {
    Ok(Line {
        key: row.get(0)?,
        staff: row.get(1)?,
        operation: row.get(2)?,
        kind: row.get(3)?,
        subject: row.get(4)?,
        before: row.get(5)?,
        after: row.get(6)?,
        done_at: row.get(7)?,
    })
}

/// Lines from `low` on up to below `high`, the newest first.
pub(super) fn lines(
    tx: &Tx,
    (low, high): (AuditKey, AuditKey),
    of: &Wanted,
    limit: u32,
) -> Result<Vec<Line>, StoreError> {
    match (&of.subject, of.staff) {
        (Some(subject), staff) => tx.all(
            select_lines!("AND subject = ?3 AND (?4 IS NULL OR staff_key = ?4) ORDER BY audit_key DESC LIMIT ?5 + 0"),
            params![low, high, subject, staff, limit],
            read_line,
        ),
        (None, Some(staff)) => tx.all(
            select_lines!("AND staff_key = ?3 ORDER BY audit_key DESC LIMIT ?4 + 0"),
            params![low, high, staff, limit],
            read_line,
        ),
        (None, None) => {
            tx.all(select_lines!("ORDER BY audit_key DESC LIMIT ?3 + 0"), params![low, high, limit], read_line)
        }
    }
}

/// The first line at this time of day or after.
pub(super) fn first_line_from(tx: &Tx, from: Instant) -> Result<Option<AuditKey>, StoreError> {
    tx.maybe(
        "SELECT audit_key FROM audit WHERE done_at >= ?1 ORDER BY done_at, audit_key LIMIT 1",
        params![from],
        |row| row.get(0),
    )
}
