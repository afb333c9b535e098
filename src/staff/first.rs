//! The first key: the operator's, with every scope. The first start makes one and shows it once, or it is chosen.

use crate::clock::Instant;
use crate::ids::StaffKey;
use crate::staff::domain::new_secret;
use crate::staff::record::{KeyRecord, StaffSecret};
use crate::staff::scope::Scopes;
use crate::staff::sql;
use crate::store::{StoreError, Tx};

/// Characters of a chosen key at least: what can be guessed in no time is no key.
const SHORTEST: usize = 24;
/// The first row of its table.
const FIRST: StaffKey = StaffKey(1);
/// What it is called.
const NAME: &str = "operator";

/// What became of the operator's key at a start.
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

/// Sees that there is a first key. A `chosen` one, which must be fit, replaces the one in force; one that was made but never
/// shown is made anew. A chosen text that is another key of this box office's changes nothing: that key is known already.
///
/// # Errors
/// Only the store's.
pub fn load(tx: &Tx, chosen: Option<&str>) -> Result<OperatorKeyNews, StoreError> {
    let Some(kept) = sql::by_key(tx, FIRST)? else {
        let made_at: Instant = tx.wall();
        let (id, name, scopes) = (tx.new_id(), NAME.to_owned(), Scopes::all());
        let first = KeyRecord { key: FIRST, id, name, scopes, made_at, ends_at: None, revoked_at: None };
        let (secret, hash) = new_secret(tx, "op_");
        let (hash, news) = match chosen {
            Some(chosen) => (StaffSecret::presented(chosen), OperatorKeyNews::Chosen),
            None => (hash, OperatorKeyNews::Made(secret)),
        };
        sql::insert(tx, &first, hash)?;
        sql::set_secret(tx, FIRST, hash, chosen.is_some())?;
        return Ok(news);
    };
    let is_shown = sql::is_shown(tx, FIRST)?;
    match chosen.map(StaffSecret::presented) {
        Some(chosen) => {
            let known = sql::by_secret(tx, chosen)?;
            if known.is_some_and(|known| known.key != FIRST || known.revoked_at.is_none()) {
                sql::set_shown(tx, FIRST)?;
                return Ok(OperatorKeyNews::Kept);
            }
            sql::set_secret(tx, FIRST, chosen, true)?;
            sql::delete_sessions_of(tx, FIRST)?;
            Ok(if is_shown { OperatorKeyNews::Replaced } else { OperatorKeyNews::Chosen })
        }
        None if is_shown || kept.revoked_at.is_some() => Ok(OperatorKeyNews::Kept),
        None => {
            let (secret, hash) = new_secret(tx, "op_");
            sql::set_secret(tx, FIRST, hash, false)?;
            Ok(OperatorKeyNews::Made(secret))
        }
    }
}

/// Somebody has seen the operator key that was made.
///
/// # Errors
/// Only the store's.
pub fn shown(tx: &Tx) -> Result<(), StoreError> {
    sql::set_shown(tx, FIRST)
}
