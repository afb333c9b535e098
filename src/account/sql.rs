//! The accounts' tables: `account`, `session` and `account_link`.

use uuid::Uuid;

use crate::account::link::Purpose;
use crate::account::user::{Session, SessionSecret, User};
use crate::clock::Instant;
use crate::ids::UserKey;
use crate::store::{Row, RowResult, StoreError, Tx, params};
use crate::text;

macro_rules! select_user {
    ($rest:literal) => {
        concat!(
            "SELECT account.user_key, account.id, account.email, account.name, account.language, account.confirmed_at, \
             account.password_hash, account.external_id, account.deleted_at, account.merged_into, account.changed_in FROM ",
            $rest
        )
    };
}

fn read_user(row: &Row<'_>) -> RowResult<User> {
    Ok(User {
        key: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        email: row.get(2)?,
        name: row.get(3)?,
        language: row.get(4)?,
        confirmed_at: row.get(5)?,
        external_id: row.get(7)?,
        deleted_at: row.get(8)?,
        merged_into: row.get(9)?,
        changed_in: row.get(10)?,
    })
}

pub(super) fn find_by_email(tx: &Tx, email: &str) -> Result<Option<(User, Option<String>)>, StoreError> {
    tx.maybe(select_user!("account WHERE email = ?1"), params![email], |row| Ok((read_user(row)?, row.get(6)?)))
}

pub(super) fn find_user(tx: &Tx, id: Uuid) -> Result<Option<User>, StoreError> {
    tx.maybe(select_user!("account WHERE id = ?1"), params![id.as_bytes()], read_user)
}

pub(super) fn find_by_external_id(tx: &Tx, external_id: &str) -> Result<Option<User>, StoreError> {
    tx.maybe(select_user!("account WHERE external_id = ?1"), params![external_id], read_user)
}

/// A name as it is looked for.
pub(super) fn sought(name: &str) -> String {
    text::folded(&name.to_lowercase()).into_owned()
}

pub(super) fn find_by_name(tx: &Tx, beginning: &str, limit: u32) -> Result<Vec<User>, StoreError> {
    tx.all(
        select_user!("account WHERE name_sought >= ?1 AND name_sought < ?2 ORDER BY name_sought LIMIT ?3 + 0"),
        params![beginning, format!("{beginning}\u{10ffff}"), limit],
        read_user,
    )
}

pub(super) fn update_user(tx: &Tx, user: &User) -> Result<(), StoreError> {
    tx.change(
        "UPDATE account SET email = ?2, name = ?3, language = ?4, confirmed_at = ?5, name_sought = ?6, external_id = ?7,
                            changed_in = ?8
         WHERE user_key = ?1",
        params![
            user.key,
            user.email,
            user.name,
            user.language,
            user.confirmed_at,
            sought(&user.name),
            user.external_id,
            tx.seq()
        ],
    )
}

pub(super) fn forget_user(tx: &Tx, user: UserKey) -> Result<(), StoreError> {
    tx.change(
        "UPDATE account SET email = NULL, name = '', language = NULL, confirmed_at = NULL, name_sought = '',
                            external_id = NULL, password_hash = NULL, deleted_at = ?2, changed_in = ?3
         WHERE user_key = ?1",
        params![user, tx.now(), tx.seq()],
    )
}

/// An account that was forgotten is one with another from now on.
pub(super) fn merge_into(tx: &Tx, from: UserKey, into: UserKey) -> Result<(), StoreError> {
    tx.change("UPDATE account SET merged_into = ?2 WHERE user_key = ?1 AND deleted_at IS NOT NULL", params![from, into])
}

pub(super) fn user(tx: &Tx, key: UserKey) -> Result<Option<User>, StoreError> {
    tx.maybe(select_user!("account WHERE user_key = ?1"), params![key], read_user)
}

pub(super) fn password_hash(tx: &Tx, id: Uuid) -> Result<Option<String>, StoreError> {
    let found =
        tx.maybe("SELECT password_hash FROM account WHERE id = ?1", params![id.as_bytes()], |row| row.get(0))?;
    Ok(found.flatten())
}

pub(super) fn insert_user(tx: &Tx, user: &User, password_hash: Option<&str>) -> Result<UserKey, StoreError> {
    tx.insert(
        "INSERT INTO account (id, email, name, password_hash, created_at, language, external_id, name_sought, changed_in)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            user.id.as_bytes(),
            user.email,
            user.name,
            password_hash,
            tx.now(),
            user.language,
            user.external_id,
            sought(&user.name),
            tx.seq()
        ],
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
        select_user!(
            "session JOIN account USING (user_key) WHERE session.secret_hash = ?1 AND session.expires_at > ?2"
        ),
        params![secret.0, now],
        read_user,
    )
}

/// The sessions of a user that live now, and so many at most.
pub(super) fn sessions(tx: &Tx, user: UserKey, limit: u32) -> Result<Vec<Session>, StoreError> {
    tx.all(
        "SELECT secret_hash, created_at, expires_at FROM session WHERE user_key = ?1 AND expires_at > ?2 LIMIT ?3 + 0",
        params![user, tx.now(), limit],
        |row| {
            let (secret, created_at, expires_at) = (SessionSecret(row.get(0)?), row.get(1)?, row.get(2)?);
            Ok(Session { secret, created_at, expires_at })
        },
    )
}

/// Ends all sessions of a user but this one.
pub(super) fn delete_sessions_of(tx: &Tx, user: UserKey, but: Option<SessionSecret>) -> Result<(), StoreError> {
    tx.run("DELETE FROM session WHERE user_key = ?1 AND secret_hash IS NOT ?2", params![user, but.map(|kept| kept.0)])?;
    Ok(())
}

/// Sets the password where it is still the one that was looked at.
pub(super) fn set_password(tx: &Tx, user: UserKey, was: Option<&str>, hash: &str) -> Result<bool, StoreError> {
    let changed = tx.run(
        "UPDATE account SET password_hash = ?3 WHERE user_key = ?1 AND password_hash IS ?2",
        params![user, was, hash],
    )?;
    Ok(changed == 1)
}

pub(super) fn set_confirmed(tx: &Tx, user: UserKey) -> Result<(), StoreError> {
    tx.run(
        "UPDATE account SET confirmed_at = ?2, changed_in = ?3
         WHERE user_key = ?1 AND confirmed_at IS NULL AND email IS NOT NULL",
        params![user, tx.now(), tx.seq()],
    )?;
    Ok(())
}

pub(super) fn insert_link(
    tx: &Tx,
    id: Uuid,
    user: UserKey,
    purpose: Purpose,
    ends_at: Instant,
) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO account_link (id, user_key, purpose, made_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id.as_bytes(), user, purpose, tx.now(), ends_at],
    )?;
    Ok(())
}

/// Whose link it is, if it may still be used.
pub(super) fn link_user(tx: &Tx, id: Uuid, purpose: Purpose) -> Result<Option<UserKey>, StoreError> {
    tx.maybe(
        "SELECT user_key FROM account_link WHERE id = ?1 AND purpose = ?2 AND ends_at > ?3",
        params![id.as_bytes(), purpose, tx.now()],
        |row| row.get(0),
    )
}

/// Was a link for this made since then?
pub(super) fn has_link_since(tx: &Tx, user: UserKey, purpose: Purpose, since: Instant) -> Result<bool, StoreError> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM account_link WHERE user_key = ?1 AND purpose = ?2 AND made_at > ?3)",
        params![user, purpose, since],
        |row| row.get(0),
    )
}

/// Links of a user for this are no use any more.
pub(super) fn delete_links(tx: &Tx, user: UserKey, purpose: Purpose) -> Result<(), StoreError> {
    tx.run("DELETE FROM account_link WHERE user_key = ?1 AND purpose = ?2", params![user, purpose])?;
    Ok(())
}

pub(super) fn delete_ended_links(tx: &Tx, limit: u32) -> Result<usize, StoreError> {
    tx.run(
        "DELETE FROM account_link WHERE id IN (SELECT id FROM account_link WHERE ends_at <= ?1 LIMIT ?2 + 0)",
        params![tx.now(), limit],
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
