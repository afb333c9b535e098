//! The tables `setting` and `former_ticket_key`.

use crate::ids::TicketKey;
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

pub(super) fn delete(tx: &Tx, name: &str) -> Result<(), StoreError> {
    tx.run("DELETE FROM setting WHERE name = ?1", params![name])?;
    Ok(())
}

/// In the order of the tickets.
pub(super) fn former_ticket_keys(tx: &Tx) -> Result<Vec<(TicketKey, [u8; 32])>, StoreError> {
    tx.all("SELECT last_ticket_key, value FROM former_ticket_key ORDER BY last_ticket_key", params![], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

pub(super) fn insert_former_ticket_key(tx: &Tx, last: TicketKey, value: &[u8; 32]) -> Result<(), StoreError> {
    tx.run("INSERT INTO former_ticket_key (last_ticket_key, value) VALUES (?1, ?2)", params![last, value])?;
    Ok(())
}
