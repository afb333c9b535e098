//! The outbox's table: `mail`.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{MailKey, UserKey};
use crate::mail::record::{Mail, MailKind, MailState};
use crate::store::{Row, RowResult, StoreError, Tx, params};

macro_rules! select_mail {
    ($rest:literal) => {
        concat!(
            "SELECT mail_key, kind, user_key, subject, state, attempts, next_at, made_at, done_at, message_id, problem, \
             id FROM mail ",
            $rest
        )
    };
}

fn read_mail(row: &Row<'_>) -> RowResult<Mail> {
    Ok(Mail {
        key: row.get(0)?,
        kind: row.get(1)?,
        user: row.get(2)?,
        subject: row.get(3)?,
        state: row.get(4)?,
        attempts: row.get(5)?,
        next_at: row.get(6)?,
        made_at: row.get(7)?,
        done_at: row.get(8)?,
        message_id: row.get(9)?,
        problem: row.get(10)?,
        id: Uuid::from_bytes(row.get(11)?),
    })
}

pub(super) fn insert(tx: &Tx, kind: MailKind, user: UserKey, subject: &str) -> Result<MailKey, StoreError> {
    tx.insert(
        "INSERT INTO mail (id, kind, user_key, subject, state, next_at, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        params![tx.new_id().as_bytes(), kind, user, subject, MailState::Waiting, tx.now()],
    )
    .map(MailKey)
}

pub(super) fn find(tx: &Tx, key: MailKey) -> Result<Option<Mail>, StoreError> {
    tx.maybe(select_mail!("WHERE mail_key = ?1"), params![key], read_mail)
}

pub(super) fn find_by_id(tx: &Tx, id: Uuid) -> Result<Option<Mail>, StoreError> {
    tx.maybe(select_mail!("WHERE id = ?1"), params![id.as_bytes()], read_mail)
}

/// Those whose time has come, the longest due first.
pub(super) fn due(tx: &Tx, limit: u32) -> Result<Vec<Mail>, StoreError> {
    tx.all(
        select_mail!("WHERE state = 'waiting' AND next_at <= ?1 ORDER BY next_at, mail_key LIMIT ?2 + 0"),
        params![tx.now(), limit],
        read_mail,
    )
}

pub(super) fn next_due(tx: &Tx) -> Result<Option<Instant>, StoreError> {
    tx.one("SELECT min(next_at) FROM mail WHERE state = 'waiting'", [], |row| row.get(0))
}

/// Counts an attempt before it is made.
pub(super) fn begin(tx: &Tx, key: MailKey, message_id: &str, next_at: Instant) -> Result<(), StoreError> {
    tx.change(
        "UPDATE mail SET attempts = attempts + 1, message_id = ?2, next_at = ?3
         WHERE mail_key = ?1 AND state = 'waiting'",
        params![key, message_id, next_at],
    )
}

pub(super) fn end(tx: &Tx, key: MailKey, state: MailState, problem: Option<&str>) -> Result<(), StoreError> {
    tx.run(
        "UPDATE mail SET state = ?2, done_at = ?3, problem = ?4 WHERE mail_key = ?1 AND state = 'waiting'",
        params![key, state, tx.now(), problem],
    )?;
    Ok(())
}

pub(super) fn note_problem(tx: &Tx, key: MailKey, problem: &str) -> Result<(), StoreError> {
    tx.run("UPDATE mail SET problem = ?2 WHERE mail_key = ?1 AND state = 'waiting'", params![key, problem])?;
    Ok(())
}

/// Mails older than `before`, the newest first.
pub(super) fn list(tx: &Tx, before: MailKey, limit: u32) -> Result<Vec<Mail>, StoreError> {
    tx.all(select_mail!("WHERE mail_key < ?1 ORDER BY mail_key DESC LIMIT ?2 + 0"), params![before, limit], read_mail)
}

/// How many were tried several times, or were given up since `since`; up to a hundred of each.
pub(super) fn count_failing(tx: &Tx, since: Instant) -> Result<u32, StoreError> {
    tx.one(
        "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM mail WHERE state = 'waiting' AND attempts >= 3 LIMIT 100))
              + (SELECT COUNT(*) FROM (SELECT 1 FROM mail WHERE state = 'failed' AND done_at > ?1 LIMIT 100))",
        params![since],
        |row| row.get(0),
    )
}
