//! The audit log: written in one place for all that staff do (law 14), and listed.

use serde::Serialize;

use crate::audit::Note;
use crate::clock::Instant;
use crate::ids::{AuditKey, StaffKey};
use crate::paging::cut;
use crate::staff::record::{Line, Wanted};
use crate::staff::sql;
use crate::store::{StoreError, Tx};

/// An answer longer than this is no summary of what was made; then the line goes without.
const LONGEST_ANSWER: usize = 4096;

/// Notes what an operation made by its answer, unless the operation has noted more itself: `create_hall` made a `hall`, with
/// the answer's `id`.
pub(super) fn note_answer(tx: &Tx, operation: &'static str, answer: &impl Serialize) {
    let notes = tx.take_notes();
    if notes.is_empty() {
        tx.audit(|| by_answer(operation, answer));
    }
    for note in notes {
        tx.audit(|| note);
    }
}

fn by_answer(operation: &'static str, answer: &impl Serialize) -> Note {
    let kind = operation.split_once('_').map_or(operation, |(_, kind)| kind);
    let answer = serde_json::to_value(answer).unwrap_or_default();
    let note = Note::on(kind, answer["id"].as_str().unwrap_or_default());
    if answer.to_string().len() > LONGEST_ANSWER { note } else { note.after(answer) }
}

/// Writes what the operation noted.
///
/// # Errors
/// Only the store's.
pub(super) fn write(tx: &Tx, key: StaffKey, operation: &'static str) -> Result<(), StoreError> {
    for note in tx.take_notes() {
        let (before, after) = (note.before.map(|is| is.to_string()), note.after.map(|is| is.to_string()));
        let (kind, subject) = (note.kind, note.id.as_str());
        sql::insert_line(tx, &sql::NewLine { key, operation, kind, subject, before, after })?;
    }
    Ok(())
}

/// Up to `limit` lines, newest first, older than the line `cursor`; and the cursor of the page that follows, if one does.
///
/// # Errors
/// Only the store's.
pub fn list_audit(
    tx: &Tx,
    wanted: &Wanted,
    cursor: Option<AuditKey>,
    limit: u32,
) -> Result<(Vec<Line>, Option<AuditKey>), StoreError> {
    let none = AuditKey(i64::MAX);
    let from = |at: Option<Instant>| match at {
        Some(at) => sql::first_line_from(tx, at).map(|first| Some(first.unwrap_or(none))),
        None => Ok::<_, StoreError>(None),
    };
    let low = from(wanted.from)?.unwrap_or(AuditKey(0));
    let high = from(wanted.until)?.unwrap_or(none).min(cursor.unwrap_or(none));
    let mut lines = sql::lines(tx, (low, high), wanted, limit + 1)?;
    let next = cut(&mut lines, limit).map(|last| last.key);
    Ok((lines, next))
}
