//! Balances and postings. A balance changes only together with the posting that says why (law 2).

use crate::ids::{PaymentKey, PostingKey, StaffKey, UserKey};
use crate::money::Amount;
use crate::store::{StoreError, Tx};
use crate::wallet::posting::{Means, Posting, PostingKind, Wallet};
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
    /// There is less on the balance.
    #[error("only {0:?} are there")]
    TooLittle(Amount),
    /// Two histories are too long to be made one at once.
    #[error("the histories are too long")]
    TooLong,
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
pub fn top_up(tx: &Tx, user: UserKey, amount: Amount, means: Option<Means>) -> Result<Posting, WalletError> {
    let largest = tx.terms().largest_top_up;
    if amount < Amount(1) || amount > largest {
        return Err(WalletError::AmountOutOfRange(largest));
    }
    let wallet = require_room(tx, user, amount)?;
    // From here it must succeed.
    post(tx, user, wallet, Entry { kind: PostingKind::TopUp, amount, payment: None, means })
}

/// Puts money on a balance that came in through a payment provider, however much it is.
///
/// # Errors
/// [`WalletError::BalanceTooLarge`].
pub fn come_in(tx: &Tx, user: UserKey, amount: Amount) -> Result<Posting, WalletError> {
    let wallet = require_room(tx, user, amount)?;
    // From here it must succeed.
    post(tx, user, wallet, Entry { kind: PostingKind::TopUp, amount, payment: None, means: None })
}

/// Takes money in at the counter, however much it is.
///
/// # Errors
/// [`WalletError::BalanceTooLarge`].
pub fn take_in(tx: &Tx, user: UserKey, amount: Amount, means: Means) -> Result<Posting, WalletError> {
    let (wallet, means) = (require_room(tx, user, amount)?, Some(means));
    // From here it must succeed.
    post(tx, user, wallet, Entry { kind: PostingKind::TopUp, amount, payment: None, means })
}

/// Puts a balance right, up or down, and notes why.
///
/// # Errors
/// [`WalletError::TooLittle`], [`WalletError::BalanceTooLarge`].
pub fn correct(tx: &Tx, user: UserKey, amount: Amount, note: &str) -> Result<Posting, WalletError> {
    let wallet = require_room(tx, user, amount)?;
    if wallet.balance.0 + amount.0 < 0 {
        return Err(WalletError::TooLittle(wallet.balance));
    }
    // From here it must succeed.
    let posting = post(tx, user, wallet, Entry { kind: PostingKind::Correction, amount, payment: None, means: None })?;
    sql::insert_note(tx, posting.key, note)?;
    Ok(posting)
}

/// Notes why money was moved.
///
/// # Errors
/// Only the store's.
pub fn note(tx: &Tx, posting: &Posting, note: &str) -> Result<(), StoreError> {
    sql::insert_note(tx, posting.key, note)
}

/// What a staff key took in, less what it paid out, after the posting `after`, by form of money; and its last posting.
///
/// # Errors
/// Only the store's.
pub fn booked_by(
    tx: &Tx,
    staff: StaffKey,
    after: PostingKey,
) -> Result<(Vec<(Means, Amount)>, PostingKey), StoreError> {
    let booked = sql::booked_by(tx, staff, after)?;
    let last = booked.iter().map(|(.., last)| *last).fold(after, PostingKey::max);
    Ok((booked.into_iter().map(|(means, amount, _)| (means, amount)).collect(), last))
}

/// The wallet, if so much more money can be put there.
///
/// # Errors
/// [`WalletError::BalanceTooLarge`].
pub fn require_room(tx: &Tx, user: UserKey, amount: Amount) -> Result<Wallet, WalletError> {
    let wallet = wallet(tx, user)?;
    wallet.balance.plus(amount).ok_or(WalletError::BalanceTooLarge)?;
    Ok(wallet)
}

/// Puts back what was paid for tickets of a payment.
///
/// # Errors
/// [`WalletError::BalanceTooLarge`].
pub fn refund(tx: &Tx, user: UserKey, amount: Amount, payment: PaymentKey) -> Result<Posting, WalletError> {
    let wallet = require_room(tx, user, amount)?;
    // From here it must succeed.
    let payment = Some(payment);
    post(tx, user, wallet, Entry { kind: PostingKind::Refund, amount, payment, means: None })
}

/// Pays money out that is there.
///
/// # Errors
/// [`WalletError::TooLittle`].
pub fn pay_out(tx: &Tx, user: UserKey, amount: Amount, means: Means) -> Result<Posting, WalletError> {
    let (wallet, means) = (wallet(tx, user)?, Some(means));
    if wallet.balance < amount {
        return Err(WalletError::TooLittle(wallet.balance));
    }
    // From here it must succeed.
    post(tx, user, wallet, Entry { kind: PostingKind::PayOut, amount: Amount(-amount.0), payment: None, means })
}

/// Takes money that is there off a balance, because it goes back through a payment provider.
///
/// # Errors
/// [`WalletError::TooLittle`].
pub fn go_back(tx: &Tx, user: UserKey, amount: Amount) -> Result<Posting, WalletError> {
    let wallet = wallet(tx, user)?;
    if wallet.balance < amount {
        return Err(WalletError::TooLittle(wallet.balance));
    }
    // From here it must succeed.
    let amount = Amount(-amount.0);
    post(tx, user, wallet, Entry { kind: PostingKind::PayOut, amount, payment: None, means: None })
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
    let (kind, payment) = (PostingKind::Payment, Some(payment));
    post(tx, user, wallet, Entry { kind, amount: Amount(-amount.0), payment, means: None })
}

/// What is posted: it fits, as the caller has seen.
struct Entry {
    kind: PostingKind,
    amount: Amount,
    payment: Option<PaymentKey>,
    means: Option<Means>,
}

fn post(tx: &Tx, user: UserKey, wallet: Wallet, entry: Entry) -> Result<Posting, WalletError> {
    let Entry { kind, amount, payment, means } = entry;
    let balance_after = Amount(wallet.balance.0 + amount.0);
    let mut posting = Posting {
        key: PostingKey(0),
        user,
        kind,
        amount,
        balance_after,
        payment,
        means,
        previous: wallet.last_posting,
        previous_debit: wallet.last_debit,
        posted_at: tx.now(),
        actor: tx.actor(),
    };
    if wallet.last_posting.is_none() {
        sql::insert_wallet(tx, user)?;
    }
    posting.key = sql::insert_posting(tx, &posting)?;
    match wallet.linked_from(posting.key, kind) {
        Some(last) => sql::set_next(tx, last, posting.key)?,
        None => sql::set_anchor(tx, user, wallet.anchor, Some(posting.key))?,
    }
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
