//! The secrets of this box office: made on first start, kept in the data file (and so in its copies, which are for the
//! owner's eyes alone), never shown.

mod sql;

use crate::entropy::new_secret;
use crate::ids::TicketKey;
use crate::store::{StoreError, Tx};

/// The secrets.
#[derive(Clone)]
pub struct Secrets {
    /// Signs queue tokens.
    pub token_key: [u8; 32],
    /// Signed queue tokens before the keys were turned last.
    pub former_token_key: Option<[u8; 32]>,
    /// Makes ticket codes.
    pub ticket_key: [u8; 32],
    /// Made those of tickets up to these, in their order.
    pub former_ticket_keys: Vec<(TicketKey, [u8; 32])>,
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
        former_token_key: sql::find(tx, FORMER_TOKEN_KEY)?,
        ticket_key: secret(tx, "ticket_key")?,
        former_ticket_keys: sql::former_ticket_keys(tx)?,
        link_key: secret(tx, "link_key")?,
    })
}

/// The secrets, where another node has made them; none while one is missing. Writes nothing.
///
/// # Errors
/// Only the store's.
pub fn find(tx: &Tx) -> Result<Option<Secrets>, StoreError> {
    let [token_key, ticket_key, link_key] =
        [sql::find(tx, "token_key")?, sql::find(tx, "ticket_key")?, sql::find(tx, "link_key")?];
    let (Some(token_key), Some(ticket_key), Some(link_key)) = (token_key, ticket_key, link_key) else {
        return Ok(None);
    };
    let (former_token_key, former_ticket_keys) = (sql::find(tx, FORMER_TOKEN_KEY)?, sql::former_ticket_keys(tx)?);
    Ok(Some(Secrets { token_key, former_token_key, ticket_key, former_ticket_keys, link_key }))
}

/// Replaces the key that signs queue tokens: those that were given before are dead. Tickets keep their codes.
///
/// # Errors
/// Only the store's.
pub fn turn(tx: &Tx) -> Result<(), StoreError> {
    sql::delete(tx, FORMER_TOKEN_KEY)?;
    sql::set(tx, "token_key", &new_secret(tx.entropy()))
}

/// Replaces all keys, and nobody loses anything by it: queue tokens of the key before are still believed, until the keys are
/// turned once more; the tickets up to `last_ticket` keep their codes for ever; links in mails have to be asked for again.
/// Sessions and staff keys are secrets of their own, kept as hashes: no key stands behind them.
///
/// # Errors
/// Only the store's.
pub fn turn_softly(tx: &Tx, last_ticket: TicketKey) -> Result<(), StoreError> {
    let secrets = load(tx)?;
    sql::set(tx, FORMER_TOKEN_KEY, &secrets.token_key)?;
    // Without a ticket since the last time, that key made none.
    if secrets.former_ticket_keys.last().map_or(TicketKey(0), |(last, _)| *last) < last_ticket {
        sql::insert_former_ticket_key(tx, last_ticket, &secrets.ticket_key)?;
    }
    for name in ["token_key", "ticket_key", "link_key"] {
        sql::set(tx, name, &new_secret(tx.entropy()))?;
    }
    Ok(())
}

const FORMER_TOKEN_KEY: &str = "former_token_key";

fn secret(tx: &Tx, name: &str) -> Result<[u8; 32], StoreError> {
    if let Some(kept) = sql::find(tx, name)? {
        return Ok(kept);
    }
    let made = new_secret(tx.entropy());
    sql::set(tx, name, &made)?;
    Ok(made)
}
