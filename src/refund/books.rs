//! What was refunded, in the order of refunds, for whoever reads it from end to end: in pieces, by key.

use crate::ids::{PostingKey, RefundKey};
use crate::refund::record::BookedRefund;
use crate::refund::sql;
use crate::store::{StoreError, Tx};

/// The last refund that was posted up to and including this posting.
///
/// # Errors
/// Only the store's.
pub fn last_refund(tx: &Tx, up_to: PostingKey) -> Result<RefundKey, StoreError> {
    Ok(sql::last_refund(tx, up_to)?.unwrap_or(RefundKey(0)))
}

/// Up to `limit` refunds after this one, up to and including another, in the order in which they were made.
///
/// # Errors
/// Only the store's.
pub fn refunds(tx: &Tx, (after, up_to): (RefundKey, RefundKey), limit: u32) -> Result<Vec<BookedRefund>, StoreError> {
    sql::booked(tx, after, up_to, limit)
}
