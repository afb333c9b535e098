//! Recording and replaying answers.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::idempotency::sql;
use crate::ids::UserKey;
use crate::store::{StoreError, Tx};

/// Why a repeated request is refused.
#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    /// The key was used with another body.
    #[error("the key was used with another body")]
    KeyReused,
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A request with a key: who asks for what with which body.
#[derive(Clone, Debug)]
pub struct Once {
    /// The client's key.
    pub key: String,
    /// What is asked: the operation and, where the URL names a thing, that thing.
    pub operation: String,
    /// The body, as it was understood.
    pub body: Vec<u8>,
    /// How long the answer is kept.
    pub keep_seconds: u32,
}

/// An answer on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<V> {
    /// Of a request without a key; written where it does not keep the writer busy.
    Unrecorded(V),
    /// As it stands in the record.
    Recorded {
        /// JSON.
        body: String,
        /// True when it was given before.
        replayed: bool,
    },
}

impl<T> Answer<T> {
    /// As it is shown, if nobody recorded it.
    pub fn map<V>(self, show: impl FnOnce(T) -> V) -> Answer<V> {
        match self {
            Self::Unrecorded(made) => Answer::Unrecorded(show(made)),
            Self::Recorded { body, replayed } => Answer::Recorded { body, replayed },
        }
    }
}

/// Answers from the record, or runs `operation` and records what it answers. `actor` is none for the operator.
///
/// # Errors
/// [`IdempotencyError::KeyReused`]; what `operation` refuses.
pub fn once<V, E>(
    tx: &Tx,
    request: Option<&Once>,
    actor: Option<UserKey>,
    operation: impl FnOnce() -> Result<V, E>,
) -> Result<Answer<V>, E>
where
    V: Serialize,
    E: From<IdempotencyError> + From<StoreError>,
{
    once_shown(tx, request, actor, |view| view, operation)
}

/// The same, where what is answered is `show`n of what `operation` makes: here for the record alone. Whoever has an answer
/// that nobody recorded shows it where that does not keep the writer busy, by [`Answer::map`].
///
/// # Errors
/// As [`once`].
pub fn once_shown<T, V, E>(
    tx: &Tx,
    request: Option<&Once>,
    actor: Option<UserKey>,
    show: impl FnOnce(T) -> V,
    operation: impl FnOnce() -> Result<T, E>,
) -> Result<Answer<T>, E>
where
    V: Serialize,
    E: From<IdempotencyError> + From<StoreError>,
{
    let Some(request) = request else { return Ok(Answer::Unrecorded(operation()?)) };
    let key_hash = key_hash(request, actor);
    let found = find(tx, request, key_hash)?;
    if let Found::Answer(body) = found {
        return Ok(Answer::Recorded { body, replayed: true });
    }
    let body = serde_json::to_string(&show(operation()?)).unwrap_or_default();
    record(tx, request, key_hash, &found, &body)?;
    Ok(Answer::Recorded { body, replayed: false })
}

/// Runs `operation` once for its key, where the answer will hold a secret that is kept as a hash only: what is recorded
/// is what `operation` gives, which must hold none. Gives it, and whether it had been done before. A fresh secret is the
/// caller's to make, each time.
///
/// # Errors
/// As [`once`].
pub fn once_without_secret<K, E>(
    tx: &Tx,
    request: Option<&Once>,
    actor: Option<UserKey>,
    operation: impl FnOnce() -> Result<K, E>,
) -> Result<(K, bool), E>
where
    K: Serialize + DeserializeOwned,
    E: From<IdempotencyError> + From<StoreError>,
{
    let Some(request) = request else { return Ok((operation()?, false)) };
    let key_hash = key_hash(request, actor);
    let found = find(tx, request, key_hash)?;
    if let Found::Answer(kept) = &found {
        return Ok((serde_json::from_str(kept).map_err(|_| IdempotencyError::KeyReused)?, true));
    }
    let made = operation()?;
    record(tx, request, key_hash, &found, &serde_json::to_string(&made).unwrap_or_default())?;
    Ok((made, false))
}

/// Whether an answer to this request is on record, so that a repeat of it will change nothing.
///
/// # Errors
/// [`IdempotencyError::KeyReused`].
pub fn is_recorded(tx: &Tx, request: &Once, actor: Option<UserKey>) -> Result<bool, IdempotencyError> {
    Ok(matches!(find(tx, request, key_hash(request, actor))?, Found::Answer(_)))
}

fn key_hash(request: &Once, actor: Option<UserKey>) -> [u8; 16] {
    hash([
        &actor.map_or(0, |user| user.0).to_be_bytes()[..],
        request.operation.as_bytes(),
        &[0],
        request.key.as_bytes(),
    ])
}

/// What is on record for a key.
enum Found {
    Nothing,
    /// An answer that was kept for long enough, but not swept away yet.
    Outlived,
    Answer(String),
}

fn find(tx: &Tx, request: &Once, key_hash: [u8; 16]) -> Result<Found, IdempotencyError> {
    match sql::find(tx, key_hash)? {
        None => Ok(Found::Nothing),
        Some(record) if tx.now() >= record.created_at.plus_seconds(request.keep_seconds) => Ok(Found::Outlived),
        Some(record) if record.body_hash != hash([&request.body[..]]) => Err(IdempotencyError::KeyReused),
        Some(record) => Ok(Found::Answer(record.answer)),
    }
}

fn record(tx: &Tx, request: &Once, key_hash: [u8; 16], found: &Found, answer: &str) -> Result<(), StoreError> {
    if matches!(found, Found::Outlived) {
        sql::delete(tx, key_hash)?;
    }
    sql::insert(tx, key_hash, hash([&request.body[..]]), answer)
}

/// Forgets up to `limit` answers that were kept long enough. Gives how many.
///
/// # Errors
/// Only the store's.
pub fn sweep(tx: &Tx, keep_seconds: u32, limit: u32) -> Result<usize, StoreError> {
    sql::delete_before(tx, tx.now().plus_ms(-i64::from(keep_seconds) * 1000), limit)
}

/// Half of a SHA-256: 128 bits are enough to tell requests apart, and keep the index small.
fn hash<const N: usize>(parts: [&[u8]; N]) -> [u8; 16] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    let mut half = [0; 16];
    half.copy_from_slice(&digest.finalize()[..16]);
    half
}
