//! The secrets of this box office: made on first start, kept in the data file (and so in its copies, which are for the
//! owner's eyes alone), never shown.

mod sql;

use crate::entropy::new_secret;
use crate::store::{StoreError, Tx};

/// The secrets.
#[derive(Clone)]
pub struct Secrets {
    /// Signs queue tokens.
    pub token_key: [u8; 32],
    /// Makes ticket codes.
    pub ticket_key: [u8; 32],
    /// Makes the secrets in mails.
    pub link_key: [u8; 32],
}

/// Loads the secrets, making those that are missing.
///
/// # Errors
/// Only the store's.
pub fn load(tx: &Tx) -> Result<Secrets, StoreError> {
    Ok(Secrets {
        token_key: secret(tx, "token_key")?,
        ticket_key: secret(tx, "ticket_key")?,
        link_key: secret(tx, "link_key")?,
    })
}

/// Replaces the key that signs queue tokens: those that were given before are dead. Tickets keep their codes.
///
/// # Errors
/// Only the store's.
pub fn turn(tx: &Tx) -> Result<(), StoreError> {
    sql::set(tx, "token_key", &new_secret(tx.entropy()))
}

fn secret(tx: &Tx, name: &str) -> Result<[u8; 32], StoreError> {
    if let Some(kept) = sql::find(tx, name)? {
        return Ok(kept);
    }
    let made = new_secret(tx.entropy());
    sql::set(tx, name, &made)?;
    Ok(made)
}
