//! The wallet's tables: `wallet` and `posting`.

use crate::actor::Actor;
use crate::clock::Instant;
use crate::ids::{PaymentKey, PostingKey, StaffKey, UserKey};
use crate::money::Amount;
use crate::store::{Row, RowResult, StoreError, Tx, params};
use crate::wallet::posting::{Means, Posting, Wallet};

pub(super) fn insert_wallet(tx: &Tx, user: UserKey) -> Result<(), StoreError> {
    tx.run("INSERT INTO wallet (user_key) VALUES (?1) ON CONFLICT DO NOTHING", params![user])?;
    Ok(())
}

/// The wallet as its last posting left it, by way of the one that its row names.
macro_rules! select_wallet {
    ($rest:literal) => {
        concat!(
            "SELECT anchor.posting_key, last.posting_key, last.kind, last.balance_after, last.previous_debit_key, \
             wallet.user_key FROM wallet JOIN posting anchor ON anchor.posting_key = wallet.anchor_posting_key \
             JOIN posting last ON last.posting_key = coalesce(anchor.next_posting_key, anchor.posting_key) ",
            $rest
        )
    };
}

fn read_wallet(row: &Row<'_>) -> RowResult<Wallet> {
    Ok(Wallet::after(row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(0)?))
}

/// None too where the row leads nowhere, which only a damaged file has: then no posting follows, for the row must be as it was read.
pub(super) fn wallet(tx: &Tx, user: UserKey) -> Result<Option<Wallet>, StoreError> {
    tx.maybe(select_wallet!("WHERE wallet.user_key = ?1"), params![user], read_wallet)
}

/// The wallet's row names another posting from now on, or none; until now it must name `from`.
pub(super) fn set_anchor(
    tx: &Tx,
    user: UserKey,
    from: Option<PostingKey>,
    to: Option<PostingKey>,
) -> Result<(), StoreError> {
    tx.change(
        "UPDATE wallet SET anchor_posting_key = ?3 WHERE user_key = ?1 AND anchor_posting_key IS ?2",
        params![user, from, to],
    )
}

/// A posting names the one after it, which until now it must not.
pub(super) fn set_next(tx: &Tx, posting: PostingKey, next: PostingKey) -> Result<(), StoreError> {
    tx.change(
        "UPDATE posting SET next_posting_key = ?2 WHERE posting_key = ?1 AND next_posting_key IS NULL",
        params![posting, next],
    )
}

/// A posting stands elsewhere in a history, and names none after it: the wallet's row will name the last.
pub(super) fn set_posting(tx: &Tx, posting: &Posting) -> Result<(), StoreError> {
    tx.change(
        "UPDATE posting SET user_key = ?2, balance_after = ?3, previous_posting_key = ?4, previous_debit_key = ?5,
                            next_posting_key = NULL
         WHERE posting_key = ?1",
        params![posting.key, posting.user, posting.balance_after, posting.previous, posting.previous_debit],
    )
}

pub(super) fn insert_posting(tx: &Tx, posting: &Posting) -> Result<PostingKey, StoreError> {
    tx.insert(
        "INSERT INTO posting (user_key, kind, amount, balance_after, payment_key, previous_posting_key,
                              previous_debit_key, posted_at, actor, staff_key, means)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            posting.user,
            posting.kind,
            posting.amount,
            posting.balance_after,
            posting.payment,
            posting.previous,
            posting.previous_debit,
            posting.posted_at,
            posting.actor.kind(),
            posting.actor.staff(),
            posting.means
        ],
    )
    .map(PostingKey)
}

macro_rules! select_posting {
    ($rest:literal) => {
        concat!(
            "SELECT posting_key, user_key, kind, amount, balance_after, payment_key, previous_posting_key, previous_debit_key, \
             posted_at, actor, staff_key, means FROM posting ",
            $rest
        )
    };
}

fn read_posting(row: &Row<'_>) -> RowResult<Posting> {
    Ok(Posting {
        key: row.get(0)?,
        user: row.get(1)?,
        kind: row.get(2)?,
        amount: row.get(3)?,
        balance_after: row.get(4)?,
        payment: row.get(5)?,
        previous: row.get(6)?,
        previous_debit: row.get(7)?,
        posted_at: row.get(8)?,
        means: row.get(11)?,
        actor: Actor::read(row.get(9)?, row.get(1)?, row.get(10)?),
    })
}

/// The posting that another one names; it must be there.
pub(super) fn posting(tx: &Tx, key: PostingKey) -> Result<Posting, StoreError> {
    tx.one(select_posting!("WHERE posting_key = ?1"), params![key], read_posting)
}

/// The posting that a client names.
pub(super) fn find_posting(tx: &Tx, key: PostingKey) -> Result<Option<Posting>, StoreError> {
    tx.maybe(select_posting!("WHERE posting_key = ?1"), params![key], read_posting)
}

pub(super) fn any_posting(tx: &Tx) -> Result<bool, StoreError> {
    tx.one("SELECT EXISTS (SELECT 1 FROM posting)", params![], |row| row.get(0))
}

pub(super) fn insert_note(tx: &Tx, posting: PostingKey, note: &str) -> Result<(), StoreError> {
    tx.run("INSERT INTO posting_note (posting_key, note) VALUES (?1, ?2)", params![posting, note])?;
    Ok(())
}

/// The sum of a key's postings after this one by form of money, each with the last posting.
pub(super) fn booked_by(
    tx: &Tx,
    staff: StaffKey,
    after: PostingKey,
) -> Result<Vec<(Means, Amount, PostingKey)>, StoreError> {
    tx.all(
        "SELECT means, sum(amount), max(posting_key) FROM posting
         WHERE staff_key = ?1 AND posting_key > ?2 AND means IS NOT NULL GROUP BY means",
        params![staff, after],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn note(tx: &Tx, posting: PostingKey) -> Result<Option<String>, StoreError> {
    tx.maybe("SELECT note FROM posting_note WHERE posting_key = ?1", params![posting], |row| row.get(0))
}

pub(super) fn last_posting(tx: &Tx) -> Result<Option<PostingKey>, StoreError> {
    tx.one("SELECT max(posting_key) FROM posting", [], |row| row.get(0))
}

/// The first posting from this key on, and when it was made.
pub(super) fn posted_from(tx: &Tx, key: PostingKey) -> Result<Option<(PostingKey, Instant)>, StoreError> {
    tx.maybe(
        "SELECT posting_key, posted_at FROM posting WHERE posting_key >= ?1 ORDER BY posting_key LIMIT 1",
        params![key],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// The payment of the last debit up to and including this posting.
pub(super) fn last_payment(tx: &Tx, up_to: PostingKey) -> Result<Option<PaymentKey>, StoreError> {
    tx.maybe(
        "SELECT payment_key FROM posting WHERE posting_key <= ?1 AND kind = 'payment' ORDER BY posting_key DESC LIMIT 1",
        params![up_to],
        |row| row.get(0),
    )
}

pub(super) fn postings(tx: &Tx, after: PostingKey, up_to: PostingKey, limit: u32) -> Result<Vec<Posting>, StoreError> {
    tx.all(
        select_posting!("WHERE posting_key > ?1 AND posting_key <= ?2 ORDER BY posting_key LIMIT ?3 + 0"),
        params![after, up_to, limit],
        read_posting,
    )
}

/// Users with their wallets, after this one.
pub(super) fn wallets(tx: &Tx, after: UserKey, limit: u32) -> Result<Vec<(UserKey, Wallet)>, StoreError> {
    tx.all(
        select_wallet!("WHERE wallet.user_key > ?1 ORDER BY wallet.user_key LIMIT ?2 + 0"),
        params![after, limit],
        |row| Ok((row.get(5)?, read_wallet(row)?)),
    )
}
