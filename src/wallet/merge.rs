//! Two wallets made one: the histories in the order in which they happened, as if they had been one from the first. The sum of
//! two balances that were never negative never was.

use crate::ids::{PaymentKey, UserKey};
use crate::money::Amount;
use crate::store::{StoreError, Tx};
use crate::wallet::WalletError;
use crate::wallet::domain::{Chain, postings, wallet};
use crate::wallet::posting::{Posting, PostingKind, Wallet};
use crate::wallet::sql;

/// So many postings of both are made one at most, in one commit.
pub const MOST_POSTINGS: u32 = 1000;

/// The histories of two wallets, which [`merge`] makes one.
#[derive(Debug)]
pub struct Histories {
    from: Vec<Posting>,
    into: Vec<Posting>,
}

impl Histories {
    /// How many postings the one that goes has.
    pub fn moved(&self) -> usize {
        self.from.len()
    }

    /// The payments of the one that goes.
    pub fn payments(&self) -> impl Iterator<Item = PaymentKey> {
        let debits = self.from.iter().filter(|posting| posting.kind == PostingKind::Payment);
        debits.filter_map(|posting| posting.payment)
    }
}

/// Looks two wallets' histories up.
///
/// # Errors
/// [`WalletError::TooLong`] beyond [`MOST_POSTINGS`]; [`WalletError::BalanceTooLarge`].
pub fn histories(tx: &Tx, from: UserKey, into: UserKey) -> Result<Histories, WalletError> {
    let all = |user| postings(tx, user, Chain::All, None, MOST_POSTINGS + 1).map(|(postings, _)| postings);
    let (from_balance, histories) = (wallet(tx, from)?.balance, Histories { from: all(from)?, into: all(into)? });
    if histories.from.len() + histories.into.len() > MOST_POSTINGS as usize {
        return Err(WalletError::TooLong);
    }
    wallet(tx, into)?.balance.plus(from_balance).ok_or(WalletError::BalanceTooLarge)?;
    Ok(histories)
}

/// Makes them one: what the one had is the other's.
///
/// # Errors
/// Only the store's.
pub fn merge(tx: &Tx, from: UserKey, into: UserKey, histories: Histories) -> Result<(), StoreError> {
    if histories.from.is_empty() {
        return Ok(());
    }
    let (from_anchor, into_anchor) = (wallet(tx, from)?.anchor, wallet(tx, into)?.anchor);
    let mut all: Vec<_> = histories.from.into_iter().chain(histories.into).collect();
    all.sort_by_key(|posting| posting.key);
    sql::insert_wallet(tx, into)?;
    let mut so_far = Wallet::default();
    for mut posting in all {
        posting.user = into;
        posting.balance_after = Amount(so_far.balance.0 + posting.amount.0);
        (posting.previous, posting.previous_debit) = (so_far.last_posting, so_far.last_debit);
        sql::set_posting(tx, &posting)?;
        so_far = Wallet::after(posting.key, posting.kind, posting.balance_after, posting.previous_debit, posting.key);
    }
    sql::set_anchor(tx, into, into_anchor, so_far.anchor)?;
    sql::set_anchor(tx, from, from_anchor, None)
}
