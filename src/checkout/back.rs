//! Money that goes back through the provider that it came through: which checkouts it is taken from, in the commit of the
//! refund, and what became of it. The provider is asked after the commit.

use crate::checkout::error::CheckoutError;
use crate::checkout::record::{Back, BackState, Checkout};
use crate::checkout::sql;
use crate::money::Amount;
use crate::payment::Payment;
use crate::store::{StoreError, Tx};
use crate::wallet::{self, Posting, WalletError};

/// So many of a buyer's checkouts are looked at for one refund.
const MOST_SOURCES: u32 = 100;

/// Which checkouts so much of a payment came by: the one that paid it first, then the buyer's others, newest first. None where
/// not so much came through providers, or has gone back already.
///
/// # Errors
/// Only the store's.
pub fn sources(tx: &Tx, payment: &Payment, amount: Amount) -> Result<Option<Vec<(Checkout, Amount)>>, StoreError> {
    let first = sql::of_payment(tx, payment.key)?;
    let first_key = first.as_ref().map(|of| of.key);
    let others = sql::left_of(tx, payment.user, MOST_SOURCES)?.into_iter().filter(|of| Some(of.key) != first_key);
    let (mut sources, mut needed) = (Vec::new(), amount.0);
    for of in first.into_iter().chain(others) {
        let part = needed.min(of.amount.0 - of.refunded.0);
        if part > 0 {
            needed -= part;
            sources.push((of, Amount(part)));
        }
    }
    Ok((needed == 0).then_some(sources))
}

/// Takes so much off its buyer's balance and sends it back the way it came. The caller has seen that it is there.
///
/// # Errors
/// [`WalletError::TooLittle`].
pub fn send_back(tx: &Tx, source: &Checkout, amount: Amount) -> Result<Posting, WalletError> {
    let posting = wallet::domain::go_back(tx, source.user, amount)?;
    sql::insert_back(tx, source.key, amount, posting.key)?;
    sql::change_refunded(tx, source.key, amount)?;
    Ok(posting)
}

/// Takes up to `limit` that are to go back now. Each attempt is counted before it is made; an outcome that nobody knows is
/// asked for again under the same id.
///
/// # Errors
/// Only the store's.
pub fn take_due(tx: &Tx, limit: u32) -> Result<Vec<Back>, StoreError> {
    const MINUTE_MS: i64 = 60_000;
    const MOST_MS: i64 = 6 * 60 * MINUTE_MS;
    let mut taken = Vec::new();
    for (key, id, checkout, amount, attempts) in sql::due_back(tx, limit)? {
        let wait_ms = (MINUTE_MS << attempts.min(10)).min(MOST_MS);
        sql::begin_back(tx, key, tx.now().plus_ms(wait_ms))?;
        let checkout = sql::find_by_key(tx, checkout)?;
        taken.push(Back { key, id, checkout, amount, attempts: attempts + 1 });
    }
    Ok(taken)
}

/// Is there any that is to go back now?
///
/// # Errors
/// Only the store's.
pub fn any_due(tx: &Tx) -> Result<bool, StoreError> {
    Ok(!sql::due_back(tx, 1)?.is_empty())
}

/// The provider took it back.
///
/// # Errors
/// Only the store's.
pub fn sent(tx: &Tx, back: &Back) -> Result<(), StoreError> {
    sql::end_back(tx, back.key, BackState::Sent, None).map(drop)
}

/// The provider refuses: the money is put on the balance again, with a note.
///
/// # Errors
/// [`WalletError::BalanceTooLarge`].
pub fn failed(tx: &Tx, back: &Back, problem: &str) -> Result<(), CheckoutError> {
    wallet::domain::require_room(tx, back.checkout.user, back.amount)?;
    // From here it must succeed.
    if sql::end_back(tx, back.key, BackState::Failed, Some(problem))? {
        sql::change_refunded(tx, back.checkout.key, Amount(-back.amount.0))?;
        let note = format!("{} refuses the refund: {problem}", back.checkout.provider.as_str());
        wallet::domain::correct(tx, back.checkout.user, back.amount, &note)?;
    }
    Ok(())
}
