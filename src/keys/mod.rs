//! The secrets of this box office: made on first start, kept in the data file (and so in its copies, which are for the
//! owner's eyes alone), never shown. Only the operator's key is shown once, and kept as a hash.

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

/// Characters of an operator key at least: what can be guessed in no time is no key.
const SHORTEST: usize = 24;

/// What became of the operator's key when the secrets were loaded.
#[derive(Debug, PartialEq, Eq)]
pub enum OperatorKeyNews {
    /// The one in force is the one that was.
    Kept,
    /// The chosen one is the data file's first.
    Chosen,
    /// The chosen one took the place of another, which opens nothing any more.
    Replaced,
    /// Made just now, here in the clear: show it, then say so by [`shown`].
    Made(String),
}

/// A chosen key that is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "the operator key (--operator-key or BOXOFFICE_OPERATOR_KEY) must have {SHORTEST} or more printable ASCII characters \
     without blanks or line ends; {fault}. Nothing was changed. Leave it away to keep the key in force, or to have one made"
)]
pub struct UnfitKey {
    fault: String,
}

/// Can this be an operator key? It must fit into a header as it is, and not be guessed. Its text is told to nobody.
///
/// # Errors
/// [`UnfitKey`].
pub fn check_operator_key(chosen: &str) -> Result<(), UnfitKey> {
    let unfit = |fault: String| Err(UnfitKey { fault });
    if chosen.is_empty() {
        return unfit("this one is empty".to_owned());
    }
    if let Some(at) = chosen.chars().position(|c| !c.is_ascii_graphic()) {
        return unfit(format!("character {} of this one is none of them", at + 1));
    }
    if chosen.len() < SHORTEST {
        return unfit(format!("this one has {}", chosen.len()));
    }
    Ok(())
}

/// Loads the secrets, making those that are missing. A `chosen` operator key, which must be fit, replaces the one in
/// force; one that was made but never shown is made anew.
///
/// # Errors
/// Only the store's.
pub fn load(tx: &Tx, chosen: Option<&str>) -> Result<(Secrets, OperatorKeyNews), StoreError> {
    let token_key = secret(tx, "token_key")?;
    let ticket_key = secret(tx, "ticket_key")?;
    let kept = sql::find(tx, OPERATOR_KEY)?;
    let unseen = sql::find(tx, NOT_YET_SHOWN)?;
    let (operator_hash, news) = match (chosen.map(hash), kept) {
        (Some(chosen), Some(kept)) if chosen == kept => (kept, OperatorKeyNews::Kept),
        (Some(chosen), kept) => {
            sql::set(tx, OPERATOR_KEY, &chosen)?;
            let is_replaced = kept.is_some() && unseen.is_none();
            (chosen, if is_replaced { OperatorKeyNews::Replaced } else { OperatorKeyNews::Chosen })
        }
        (None, Some(kept)) if unseen.is_none() => (kept, OperatorKeyNews::Kept),
        (None, _) => {
            let key = format!("op_{}", URL_SAFE_NO_PAD.encode(new_secret(tx.entropy())));
            let hash = hash(&key);
            sql::set(tx, OPERATOR_KEY, &hash)?;
            sql::set(tx, NOT_YET_SHOWN, &hash)?;
            (hash, OperatorKeyNews::Made(key))
        }
    };
    if chosen.is_some() && unseen.is_some() {
        shown(tx)?;
    }
    Ok((Secrets { token_key, ticket_key, operator_hash }, news))
}

/// Replaces the key that signs queue tokens: those that were given before are dead. Tickets keep their codes.
///
/// # Errors
/// Only the store's.
pub fn turn(tx: &Tx) -> Result<(), StoreError> {
    sql::set(tx, "token_key", &new_secret(tx.entropy()))
}

/// Somebody has seen the operator key that was made.
///
/// # Errors
/// Only the store's.
pub fn shown(tx: &Tx) -> Result<(), StoreError> {
    sql::forget(tx, NOT_YET_SHOWN)
}

/// The hash of the operator's key.
const OPERATOR_KEY: &str = "operator_key_hash";
/// The same, as long as nobody has seen the key: the next start makes another.
const NOT_YET_SHOWN: &str = "operator_key_not_yet_shown";

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
