//! The wallet's tables: `wallet` and `posting`.

use crate::ids::{PostingKey, UserKey};
use crate::money::Amount;
use crate::store::{StoreError, Tx, params};
use crate::wallet::domain::{Posting, Wallet};

pub(super) fn insert_wallet(tx: &Tx, user: UserKey) -> Result<(), StoreError> {
    tx.run("INSERT INTO wallet (user_key) VALUES (?1)", params![user])?;
    Ok(())
}

pub(super) fn wallet(tx: &Tx, user: UserKey) -> Result<Wallet, StoreError> {
    tx.one("SELECT balance, last_posting_key, last_debit_key FROM wallet WHERE user_key = ?1", params![user], |row| {
        Ok(Wallet { balance: row.get(0)?, last_posting: row.get(1)?, last_debit: row.get(2)? })
    })
}

/// Sets the balance if it is still `from`; the row must be there and unchanged.
pub(super) fn update_wallet(
    tx: &Tx,
    user: UserKey,
    from: Amount,
    to: Amount,
    last_posting: PostingKey,
    last_debit: Option<PostingKey>,
) -> Result<(), StoreError> {
    tx.change(
        "UPDATE wallet SET balance = ?3, last_posting_key = ?4, last_debit_key = ?5
         WHERE user_key = ?1 AND balance = ?2",
        params![user, from, to, last_posting, last_debit],
    )
}

pub(super) fn insert_posting(tx: &Tx, posting: &Posting) -> Result<PostingKey, StoreError> {
    tx.insert(
        "INSERT INTO posting (user_key, kind, amount, balance_after, payment_key, previous_posting_key,
                              previous_debit_key, posted_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            posting.user,
            posting.kind,
            posting.amount,
            posting.balance_after,
            posting.payment,
            posting.previous,
            posting.previous_debit,
            posting.posted_at
        ],
    )
    .map(PostingKey)
}

pub(super) fn posting(tx: &Tx, key: PostingKey) -> Result<Option<Posting>, StoreError> {
    tx.maybe(
        "SELECT user_key, kind, amount, balance_after, payment_key, previous_posting_key, previous_debit_key,
                posted_at
         FROM posting WHERE posting_key = ?1",
        params![key],
        |row| {
            Ok(Posting {
                key,
                user: row.get(0)?,
                kind: row.get(1)?,
                amount: row.get(2)?,
                balance_after: row.get(3)?,
                payment: row.get(4)?,
                previous: row.get(5)?,
                previous_debit: row.get(6)?,
                posted_at: row.get(7)?,
            })
        },
    )
}
