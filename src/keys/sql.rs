//! The table `setting`.

use crate::store::{StoreError, Tx, params};

pub(super) fn find(tx: &Tx, name: &str) -> Result<Option<[u8; 32]>, StoreError> {
    tx.maybe("SELECT value FROM setting WHERE name = ?1", params![name], |row| row.get(0))
}

pub(super) fn set(tx: &Tx, name: &str, value: &[u8; 32]) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}
