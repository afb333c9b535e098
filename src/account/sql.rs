//! The accounts' tables: `account` and `session`.

use uuid::Uuid;

use crate::account::user::{SessionSecret, User};
use crate::clock::Instant;
use crate::ids::UserKey;
use crate::store::{Row, RowResult, StoreError, Tx, params};

fn read_user(row: &Row<'_>) -> RowResult<User> {
    Ok(User { key: row.get(0)?, id: Uuid::from_bytes(row.get(1)?), email: row.get(2)?, name: row.get(3)? })
}

pub(super) fn find_by_email(tx: &Tx, email: &str) -> Result<Option<(User, Option<String>)>, StoreError> {
    tx.maybe("SELECT user_key, id, email, name, password_hash FROM account WHERE email = ?1", params![email], |row| {
        Ok((read_user(row)?, row.get(4)?))
    })
}

pub(super) fn find_user(tx: &Tx, id: Uuid) -> Result<Option<User>, StoreError> {
    tx.maybe("SELECT user_key, id, email, name FROM account WHERE id = ?1", params![id.as_bytes()], read_user)
}

pub(super) fn password_hash(tx: &Tx, id: Uuid) -> Result<Option<String>, StoreError> {
    let found =
        tx.maybe("SELECT password_hash FROM account WHERE id = ?1", params![id.as_bytes()], |row| row.get(0))?;
    Ok(found.flatten())
}

pub(super) fn insert_user(
    tx: &Tx,
    id: Uuid,
    email: &str,
    name: &str,
    password_hash: Option<&str>,
    now: Instant,
) -> Result<UserKey, StoreError> {
    tx.insert(
        "INSERT INTO account (id, email, name, password_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id.as_bytes(), email, name, password_hash, now],
    )
    .map(UserKey)
}

pub(super) fn insert_session(
    tx: &Tx,
    secret: SessionSecret,
    user: UserKey,
    now: Instant,
    expires_at: Instant,
) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO session (secret_hash, user_key, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
        params![secret.0, user, now, expires_at],
    )?;
    Ok(())
}

pub(super) fn session_user(tx: &Tx, secret: SessionSecret, now: Instant) -> Result<Option<User>, StoreError> {
    tx.maybe(
        "SELECT account.user_key, account.id, account.email, account.name FROM session JOIN account USING (user_key)
         WHERE session.secret_hash = ?1 AND session.expires_at > ?2",
        params![secret.0, now],
        read_user,
    )
}

pub(super) fn delete_session(tx: &Tx, secret: SessionSecret) -> Result<(), StoreError> {
    tx.run("DELETE FROM session WHERE secret_hash = ?1", params![secret.0])?;
    Ok(())
}

pub(super) fn delete_expired_sessions(tx: &Tx, now: Instant, limit: u32) -> Result<usize, StoreError> {
    tx.run(
        "DELETE FROM session WHERE secret_hash IN
           (SELECT secret_hash FROM session WHERE expires_at <= ?1 LIMIT ?2 + 0)",
        params![now, limit],
    )
}
