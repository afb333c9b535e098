//! The secrets of this box office: made on first start, kept in the data file (and so in its copies, which are for the
//! owner's eyes alone), never shown. Only the operator's key is shown once, and kept as a hash.

mod sql;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::entropy::new_secret;
use crate::payment::ticket_code::TicketCodes;
use crate::queue::token::TokenKey;
use crate::store::{StoreError, Tx};

/// The secrets, ready for use.
#[derive(Clone)]
pub struct Keys {
    /// Signs queue tokens.
    pub token: TokenKey,
    /// Makes ticket codes.
    pub tickets: TicketCodes,
    operator_hash: [u8; 32],
}

/// Loads the secrets, making those that are missing. Gives the operator's key in the clear if it was made just now.
/// A `chosen` operator key replaces the one in force.
///
/// # Errors
/// Only the store's.
pub fn load(tx: &Tx, chosen: Option<&str>) -> Result<(Keys, Option<String>), StoreError> {
    let token = secret(tx, "token_key")?;
    let tickets = secret(tx, "ticket_key")?;
    let mut made = None;
    let operator_hash = match (chosen, sql::find(tx, "operator_key_hash")?) {
        (Some(chosen), _) => {
            let hash = hash(chosen);
            sql::set(tx, "operator_key_hash", &hash)?;
            hash
        }
        (None, Some(kept)) => kept,
        (None, None) => {
            let key = format!("op_{}", URL_SAFE_NO_PAD.encode(new_secret(tx.entropy())));
            let hash = hash(&key);
            sql::set(tx, "operator_key_hash", &hash)?;
            made = Some(key);
            hash
        }
    };
    let keys = Keys { token: TokenKey::new(&token), tickets: TicketCodes::new(&tickets), operator_hash };
    Ok((keys, made))
}

/// Replaces the key that signs queue tokens: those that were given before are dead. Tickets keep their codes.
///
/// # Errors
/// Only the store's.
pub fn turn(tx: &Tx) -> Result<(), StoreError> {
    sql::set(tx, "token_key", &new_secret(tx.entropy()))
}

impl Keys {
    /// Is this the operator's key? Takes the same time for every wrong one.
    pub fn is_operator(&self, presented: &str) -> bool {
        hash(presented).ct_eq(&self.operator_hash).into()
    }
}

fn secret(tx: &Tx, name: &str) -> Result<[u8; 32], StoreError> {
    if let Some(kept) = sql::find(tx, name)? {
        return Ok(kept);
    }
    let made = new_secret(tx.entropy());
    sql::set(tx, name, &made)?;
    Ok(made)
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
