//! Staff keys and desk sessions: what can be done with them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use uuid::Uuid;

use crate::audit::Note;
use crate::clock::Instant;
use crate::entropy;
use crate::ids::StaffKey;
use crate::paging::cut;
use crate::staff::record::{KeyRecord, Known, NewSecret, StaffSecret};
use crate::staff::scope::{Scope, Scopes};
use crate::staff::sql;
use crate::store::{StoreError, Tx};
use crate::text;

/// Why something of the staff's is refused, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    /// A field breaks its rule.
    #[error("{0}")]
    Invalid(String),
    /// The key or session is unknown, over or revoked.
    #[error("no such key in force")]
    NobodysKey,
    /// The key may not do this.
    #[error("the key lacks the scope {}", .0.as_str())]
    Lacks(Scope),
    /// A desk session cannot be opened by another.
    #[error("a desk session opens no other")]
    NotByASession,
    /// There is no such key.
    #[error("no such staff key")]
    NoSuchKey,
    /// Nobody else could manage.
    #[error("the last key that manages and does not end")]
    LastManager,
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whose key or desk session it is.
///
/// # Errors
/// [`StaffError::NobodysKey`].
pub fn authenticate(tx: &Tx, secret: StaffSecret) -> Result<Known, StaffError> {
    let known = match sql::by_secret(tx, secret)? {
        Some(key) => Known { key, session_ends_at: None },
        None => {
            let (key, ends_at) = sql::session(tx, secret)?.ok_or(StaffError::NobodysKey)?;
            Known { key: sql::by_key(tx, key)?.ok_or(StaffError::NobodysKey)?, session_ends_at: Some(ends_at) }
        }
    };
    if is_in_force(&known.key, tx.wall()) { Ok(known) } else { Err(StaffError::NobodysKey) }
}

/// Is the key in force at this time of day?
pub fn is_in_force(key: &KeyRecord, wall: Instant) -> bool {
    key.revoked_at.is_none() && key.ends_at.is_none_or(|ends_at| wall < ends_at)
}

/// A key's name as it is kept.
///
/// # Errors
/// [`StaffError::Invalid`].
pub fn clean_name(name: &str) -> Result<String, StaffError> {
    text::name(name).map_err(|rule| StaffError::Invalid(format!("name {rule}.")))
}

/// Makes a key. Its secret is [`renew`]'s to give.
///
/// # Errors
/// [`StaffError::Invalid`] without a scope, or with an end that is past.
pub fn create_staff_key(
    tx: &Tx,
    name: &str,
    scopes: Scopes,
    ends_at: Option<Instant>,
) -> Result<KeyRecord, StaffError> {
    if scopes.is_empty() {
        return Err(StaffError::Invalid("scopes must name one scope or more.".to_owned()));
    }
    if ends_at.is_some_and(|ends_at| ends_at <= tx.wall()) {
        return Err(StaffError::Invalid("ends_at must be in the future.".to_owned()));
    }
    // From here it must succeed.
    let name = name.to_owned();
    let (id, made_at, revoked_at) = (tx.new_id(), tx.wall(), None);
    let mut made = KeyRecord { key: StaffKey(0), id, name, scopes, made_at, ends_at, revoked_at };
    let (_, nobodys) = new_secret(tx, "sk_");
    made.key = sql::insert(tx, &made, nobodys)?;
    tx.audit(|| Note::on("staff_key", id).after(json!({ "scopes": made.scopes.list(), "ends_at": made.ends_at })));
    Ok(made)
}

/// Gives a key that was just made its secret; one that it was given before opens nothing any more.
///
/// # Errors
/// [`StaffError::NoSuchKey`] when it is not there or was revoked since.
pub fn renew(tx: &Tx, id: Uuid) -> Result<(KeyRecord, NewSecret), StaffError> {
    let key = sql::by_id(tx, id)?.filter(|key| key.revoked_at.is_none()).ok_or(StaffError::NoSuchKey)?;
    let (secret, hash) = new_secret(tx, "sk_");
    sql::set_secret(tx, key.key, hash, true)?;
    let ends_at = key.ends_at;
    Ok((key, NewSecret { secret, ends_at }))
}

/// The key with this id.
///
/// # Errors
/// [`StaffError::NoSuchKey`].
pub fn show_staff_key(tx: &Tx, id: Uuid) -> Result<KeyRecord, StaffError> {
    sql::by_id(tx, id)?.ok_or(StaffError::NoSuchKey)
}

/// The key that a row names; it must be there.
///
/// # Errors
/// [`StaffError::NoSuchKey`].
pub fn staff_key(tx: &Tx, key: StaffKey) -> Result<KeyRecord, StaffError> {
    sql::by_key(tx, key)?.ok_or(StaffError::NoSuchKey)
}

/// Up to `limit` keys in the order in which they were made, from the one after `cursor` on, and whether more follow.
///
/// # Errors
/// [`StaffError::Invalid`] for a cursor that is no key's.
pub fn list_staff_keys(tx: &Tx, cursor: Option<Uuid>, limit: u32) -> Result<(Vec<KeyRecord>, bool), StaffError> {
    let after = match cursor {
        None => StaffKey(0),
        Some(id) => {
            let bad = || StaffError::Invalid("cursor must be the `next_cursor` of the page before.".to_owned());
            sql::by_id(tx, id)?.ok_or_else(bad)?.key
        }
    };
    let mut keys = sql::after(tx, after, limit + 1)?;
    let more = cut(&mut keys, limit).is_some();
    Ok((keys, more))
}

/// Revokes a key and ends its desk sessions, at once. One that is revoked already stays so.
///
/// # Errors
/// [`StaffError::NoSuchKey`]; [`StaffError::LastManager`] when nobody could make another.
pub fn revoke_staff_key(tx: &Tx, id: Uuid) -> Result<(), StaffError> {
    let key = show_staff_key(tx, id)?;
    if key.revoked_at.is_some() {
        return Ok(());
    }
    if key.scopes.contain(Scope::Manage) && !sql::another_lasts(tx, key.key, Scope::Manage.as_str())? {
        return Err(StaffError::LastManager);
    }
    // From here it must succeed.
    sql::revoke(tx, key.key, tx.wall())?;
    sql::delete_sessions_of(tx, key.key)?;
    tx.audit(|| {
        Note::on("staff_key", id).before(json!({ "is_in_force": true })).after(json!({ "is_in_force": false }))
    });
    Ok(())
}

/// Opens a desk session of a key.
///
/// # Errors
/// [`StaffError::NotByASession`].
pub fn open_desk_session(tx: &Tx, known: &Known, seconds: u32) -> Result<NewSecret, StaffError> {
    if known.session_ends_at.is_some() {
        return Err(StaffError::NotByASession);
    }
    // From here it must succeed.
    let (secret, hash) = new_secret(tx, "ds_");
    let ends_at = tx.now().plus_seconds(seconds);
    sql::insert_session(tx, hash, known.key.key, ends_at)?;
    tx.audit(|| Note::on("desk_session", known.key.id).after(json!({ "ends_at": ends_at })));
    Ok(NewSecret { secret, ends_at: Some(ends_at) })
}

/// Ends the desk session that is presented; a key itself stays what it is.
///
/// # Errors
/// Only the store's.
pub fn close_desk_session(tx: &Tx, known: &Known, secret: StaffSecret) -> Result<(), StaffError> {
    if known.session_ends_at.is_some() {
        sql::delete_session(tx, secret)?;
        tx.audit(|| Note::on("desk_session", known.key.id).before(json!({ "ends_at": known.session_ends_at })));
    }
    Ok(())
}

/// Forgets up to `limit` desk sessions that are over. Gives how many.
///
/// # Errors
/// Only the store's.
pub fn sweep_desk_sessions(tx: &Tx, limit: u32) -> Result<usize, StaffError> {
    Ok(sql::delete_ended_sessions(tx, limit)?)
}

/// A secret in the clear and its hash.
pub(super) fn new_secret(tx: &Tx, prefix: &str) -> (String, StaffSecret) {
    let secret = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(entropy::new_secret(tx.entropy())));
    let hash = StaffSecret::presented(&secret);
    (secret, hash)
}
