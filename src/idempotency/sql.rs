//! The table `idempotency`.

use crate::clock::Instant;
use crate::store::{StoreError, Tx, params};

pub(super) struct Record {
    pub body_hash: [u8; 16],
    pub answer: String,
    pub created_at: Instant,
}

pub(super) fn find(tx: &Tx, key_hash: [u8; 16]) -> Result<Option<Record>, StoreError> {
    tx.maybe("SELECT body_hash, answer, created_at FROM idempotency WHERE key_hash = ?1", params![key_hash], |row| {
        Ok(Record { body_hash: row.get(0)?, answer: row.get(1)?, created_at: row.get(2)? })
    })
}

pub(super) fn insert(tx: &Tx, key_hash: [u8; 16], body_hash: [u8; 16], answer: &str) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO idempotency (key_hash, body_hash, answer, created_at) VALUES (?1, ?2, ?3, ?4)",
        params![key_hash, body_hash, answer, tx.now()],
    )?;
    Ok(())
}

pub(super) fn delete(tx: &Tx, key_hash: [u8; 16]) -> Result<(), StoreError> {
    tx.run("DELETE FROM idempotency WHERE key_hash = ?1", params![key_hash])?;
    Ok(())
}

/// Records are appended, so the oldest have the smallest keys: no index on the time is needed.
pub(super) fn delete_before(tx: &Tx, before: Instant, limit: u32) -> Result<usize, StoreError> {
    tx.run(
        "DELETE FROM idempotency WHERE record_key IN
           (SELECT record_key FROM idempotency ORDER BY record_key LIMIT ?2 + 0) AND created_at <= ?1",
        params![before, limit],
    )
}
