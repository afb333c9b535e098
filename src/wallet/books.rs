//! The history of all balances from end to end, for whoever reads it so: in pieces, by key; and what every balance was at a
//! posting. Postings are made in the order of time: the first one of a day is found by halving.

use crate::clock::Instant;
use crate::ids::{PaymentKey, PostingKey, UserKey};
use crate::money::Amount;
use crate::store::{StoreError, Tx};
use crate::wallet::posting::Posting;
use crate::wallet::sql;

/// The last posting there is.
///
/// # Errors
/// Only the store's.
pub fn last_posting(tx: &Tx) -> Result<PostingKey, StoreError> {
    Ok(sql::last_posting(tx)?.unwrap_or(PostingKey(0)))
}

/// The last posting that was made before an instant.
///
/// Where the machine's clock was set back while the box office was closed, the postings of that span belong to the day that
/// halving finds: to one of the two, and to no other.
///
/// # Errors
/// Only the store's.
pub fn last_before(tx: &Tx, instant: Instant) -> Result<PostingKey, StoreError> {
    let (mut before, mut not_before) = (PostingKey(0), PostingKey(last_posting(tx)?.0 + 1));
    while not_before.0 - before.0 > 1 {
        let middle = PostingKey(before.0 + (not_before.0 - before.0) / 2);
        match sql::posted_from(tx, middle)? {
            Some((_, posted_at)) if posted_at < instant => before = middle,
            Some(_) | None => not_before = middle,
        }
    }
    Ok(before)
}

/// The last payment that was posted up to and including this posting.
///
/// # Errors
/// Only the store's.
pub fn last_payment(tx: &Tx, up_to: PostingKey) -> Result<PaymentKey, StoreError> {
    Ok(sql::last_payment(tx, up_to)?.unwrap_or(PaymentKey(0)))
}

/// Up to `limit` postings after this one, up to and including another, in the order in which they were made.
///
/// # Errors
/// Only the store's.
pub fn postings(tx: &Tx, (after, up_to): (PostingKey, PostingKey), limit: u32) -> Result<Vec<Posting>, StoreError> {
    sql::postings(tx, after, up_to, limit)
}

/// When a posting was made that another row names.
///
/// # Errors
/// Only the store's.
pub fn posted_at(tx: &Tx, posting: PostingKey) -> Result<Instant, StoreError> {
    Ok(sql::posting(tx, posting)?.posted_at)
}

/// What staff wrote beside a posting.
///
/// # Errors
/// Only the store's.
pub fn note_of(tx: &Tx, posting: PostingKey) -> Result<Option<String>, StoreError> {
    sql::note(tx, posting)
}

/// The balances of up to `limit` users after this one, at each of two postings, the earlier one first; and the last of these
/// users, if there are any.
///
/// # Errors
/// Only the store's.
pub fn balances(
    tx: &Tx,
    after: UserKey,
    (earlier, later): (PostingKey, PostingKey),
    limit: u32,
) -> Result<([Amount; 2], Option<UserKey>), StoreError> {
    let (mut sums, mut last) = ([Amount(0); 2], None);
    for (user, wallet) in sql::wallets(tx, after, limit)? {
        last = Some(user);
        let (then, at_later) = walk_back(tx, (wallet.balance, wallet.last_posting), later)?;
        let (_, at_earlier) = walk_back(tx, (at_later, then), earlier)?;
        sums[0].0 += at_earlier.0;
        sums[1].0 += at_later.0;
    }
    Ok((sums, last))
}

/// A balance with its last posting, as they were at another posting.
fn walk_back(
    tx: &Tx,
    (mut balance, mut last): (Amount, Option<PostingKey>),
    at: PostingKey,
) -> Result<(Option<PostingKey>, Amount), StoreError> {
    while let Some(key) = last.filter(|key| *key > at) {
        let posting = sql::posting(tx, key)?;
        balance = Amount(posting.balance_after.0 - posting.amount.0);
        last = posting.previous;
    }
    Ok((last, balance))
}
