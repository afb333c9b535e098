//! Recording and replaying answers.

use serde::Serialize;
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
    let Some(request) = request else { return Ok(Answer::Unrecorded(operation()?)) };
    let key_hash = hash([
        &actor.map_or(0, |user| user.0).to_be_bytes()[..],
        request.operation.as_bytes(),
        &[0],
        request.key.as_bytes(),
    ]);
    let body_hash = hash([&request.body[..]]);
    let record = sql::find(tx, key_hash)?;
    let has_old = record.is_some();
    if let Some(record) = record.filter(|record| tx.now() < record.created_at.plus_seconds(request.keep_seconds)) {
        if record.body_hash != body_hash {
            return Err(IdempotencyError::KeyReused.into());
        }
        return Ok(Answer::Recorded { body: record.answer, replayed: true });
    }
    let body = serde_json::to_string(&operation()?).unwrap_or_default();
    if has_old {
        sql::delete(tx, key_hash)?;
    }
    sql::insert(tx, key_hash, body_hash, &body)?;
    Ok(Answer::Recorded { body, replayed: false })
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
