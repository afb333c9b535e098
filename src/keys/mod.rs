//! The secrets of this box office: made on first start, kept in the data file, never shown. Only the operator's key
//! is shown once, and kept as a hash.

mod sql;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::entropy::new_secret;
use crate::store::{StoreError, Tx};

/// The secrets.
#[derive(Clone)]
pub struct Secrets {
    /// Signs queue tokens.
    pub token_key: [u8; 32],
    /// Makes ticket codes.
    pub ticket_key: [u8; 32],
    operator_hash: [u8; 32],
}

/// Loads the secrets, making those that are missing. Gives the operator's key in the clear if it was made just now.
/// A `chosen` operator key replaces the one in force.
///
/// # Errors
/// Only the store's.
pub fn load(tx: &Tx, chosen: Option<&str>) -> Result<(Secrets, Option<String>), StoreError> {
    let token_key = secret(tx, "token_key")?;
    let ticket_key = secret(tx, "ticket_key")?;
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
    Ok((Secrets { token_key, ticket_key, operator_hash }, made))
}

impl Secrets {
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
