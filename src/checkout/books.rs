//! Which checkout money came by that is posted, and which it went back by: for whoever holds the two against each other.

use crate::checkout::record::Through;
use crate::checkout::sql;
use crate::ids::PostingKey;
use crate::store::{StoreError, Tx};

/// The checkout that this posting is the money of, which came in by it or goes back by it.
///
/// # Errors
/// Only the store's.
pub fn through(tx: &Tx, posting: PostingKey) -> Result<Option<Through>, StoreError> {
    match sql::came_by(tx, posting)? {
        Some(through) => Ok(Some(through)),
        None => sql::goes_back_by(tx, posting),
    }
}
