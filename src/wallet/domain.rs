//! Balances and postings. A balance changes only together with the posting that says why (law 2).

use crate::ids::{PaymentKey, PostingKey, UserKey};
use crate::money::Amount;
use crate::store::{StoreError, Tx};
use crate::wallet::posting::{Posting, PostingKind, Wallet};
use crate::wallet::sql;

/// Why money is not moved, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// There is no such user.
    #[error("no such user")]
    NoSuchUser,
    /// The amount is not one that may be topped up.
    #[error("the amount must be between 1 and {0:?}")]
    AmountOutOfRange(Amount),
    /// The balance would pass what can be kept exactly.
    #[error("the balance would be too large")]
    BalanceTooLarge,
    /// The cursor is not one of this user's postings.
    #[error("no such cursor")]
    NoSuchCursor,
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the user has.
///
/// # Errors
/// Only the store's.
pub fn wallet(tx: &Tx, user: UserKey) -> Result<Wallet, StoreError> {
    Ok(sql::wallet(tx, user)?.unwrap_or_default())
}

/// Adds money.
///
/// # Errors
/// [`WalletError::AmountOutOfRange`] unless 1 ≤ amount ≤ the largest top-up; [`WalletError::BalanceTooLarge`].
pub fn top_up(tx: &Tx, user: UserKey, amount: Amount) -> Result<Posting, WalletError> {
    let largest = tx.terms().largest_top_up;
    if amount < Amount(1) || amount > largest {
        return Err(WalletError::AmountOutOfRange(largest));
    }
    let wallet = wallet(tx, user)?;
    let balance_after = wallet.balance.plus(amount).ok_or(WalletError::BalanceTooLarge)?;
    // From here it must succeed.
    post(tx, user, wallet, PostingKind::TopUp, amount, balance_after, None)
}

/// Takes money for a payment from a wallet that was read in this transaction and holds enough.
///
/// # Errors
/// Only the store's.
pub fn debit(
    tx: &Tx,
    user: UserKey,
    wallet: Wallet,
    amount: Amount,
    payment: PaymentKey,
) -> Result<Posting, WalletError> {
    let balance_after = Amount(wallet.balance.0 - amount.0);
    post(tx, user, wallet, PostingKind::Payment, Amount(-amount.0), balance_after, Some(payment))
}

fn post(
    tx: &Tx,
    user: UserKey,
    wallet: Wallet,
    kind: PostingKind,
    amount: Amount,
    balance_after: Amount,
    payment: Option<PaymentKey>,
) -> Result<Posting, WalletError> {
    let mut posting = Posting {
        key: PostingKey(0),
        user,
        kind,
        amount,
        balance_after,
        payment,
        previous: wallet.last_posting,
        previous_debit: wallet.last_debit,
        posted_at: tx.now(),
        actor: tx.actor(),
    };
    if wallet.last_posting.is_none() {
        sql::insert_wallet(tx, user)?;
    }
    posting.key = sql::insert_posting(tx, &posting)?;
    let last_debit = if payment.is_some() { Some(posting.key) } else { wallet.last_debit };
    sql::update_wallet(tx, user, wallet.balance, balance_after, posting.key, last_debit)?;
    Ok(posting)
}

/// Which of a user's chains of postings to walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// All postings.
    All,
    /// Payments only.
    Debits,
}

impl Chain {
    fn before(self, posting: &Posting) -> Option<PostingKey> {
        match self {
            Self::All => posting.previous,
            Self::Debits => posting.previous_debit,
        }
    }
}

/// Up to `limit` postings of a chain, newest first, from the one before `cursor` on (or from the newest), and the cursor
/// of the page that follows, if one does.
///
/// # Errors
/// [`WalletError::NoSuchCursor`] unless the cursor is one of the user's own postings.
pub fn postings(
    tx: &Tx,
    user: UserKey,
    chain: Chain,
    cursor: Option<PostingKey>,
    limit: u32,
) -> Result<(Vec<Posting>, Option<PostingKey>), WalletError> {
    let first = match (cursor, chain) {
        (None, Chain::All) => wallet(tx, user)?.last_posting,
        (None, Chain::Debits) => wallet(tx, user)?.last_debit,
        (Some(cursor), _) => chain.before(&own_posting(tx, user, cursor)?),
    };
    let page = walk(tx, chain, first, limit)?;
    let next = page.last().filter(|last| chain.before(last).is_some()).map(|last| last.key);
    Ok((page, next))
}

fn walk(tx: &Tx, chain: Chain, first: Option<PostingKey>, limit: u32) -> Result<Vec<Posting>, StoreError> {
    let (mut page, mut next) = (Vec::new(), first);
    while let Some(key) = next
        && page.len() < limit as usize
    {
        let posting = sql::posting(tx, key)?;
        next = chain.before(&posting);
        page.push(posting);
    }
    Ok(page)
}

fn own_posting(tx: &Tx, user: UserKey, key: PostingKey) -> Result<Posting, WalletError> {
    sql::find_posting(tx, key)?.filter(|posting| posting.user == user).ok_or(WalletError::NoSuchCursor)
}

/// Has any money ever been put on a balance?
///
/// # Errors
/// Only the store's.
pub fn any_posting(tx: &Tx) -> Result<bool, StoreError> {
    sql::any_posting(tx)
}
