//! The table `checkout`.

use uuid::Uuid;

use crate::checkout::record::{Checkout, CheckoutState, Mismatch, Unpaid, Wish};
use crate::clock::Instant;
use crate::ids::{CheckoutKey, PaymentKey, PostingKey};
use crate::store::{Row, RowResult, StoreError, Tx, params};

macro_rules! select_checkout {
    ($rest:literal) => {
        concat!(
            "SELECT checkout_key, id, user_key, provider, account, is_live, amount, currency, state, reference, redirect_url, \
             parameters, wish, opened_at, ends_at, next_at, asked, settled_at, posting_key, payment_key, unpaid, mismatch, \
             problem, refunded FROM checkout ",
            $rest
        )
    };
}

fn read_checkout(row: &Row<'_>) -> RowResult<Checkout> {
    let wish: Option<String> = row.get(12)?;
    Ok(Checkout {
        key: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        user: row.get(2)?,
        provider: row.get(3)?,
        account: row.get(4)?,
        is_live: row.get(5)?,
        amount: row.get(6)?,
        currency: row.get(7)?,
        state: row.get(8)?,
        reference: row.get(9)?,
        redirect_url: row.get(10)?,
        parameters: row.get(11)?,
        // Written by `insert` alone.
        wish: wish.and_then(|wish| serde_json::from_str::<Wish>(&wish).ok()),
        opened_at: row.get(13)?,
        ends_at: row.get(14)?,
        next_at: row.get(15)?,
        asked: row.get(16)?,
        settled_at: row.get(17)?,
        posting: row.get(18)?,
        payment: row.get(19)?,
        unpaid: row.get(20)?,
        mismatch: row.get(21)?,
        problem: row.get(22)?,
        refunded: row.get(23)?,
    })
}

pub(super) fn insert(tx: &Tx, of: &Checkout) -> Result<CheckoutKey, StoreError> {
    let wish = of.wish.as_ref().map(|wish| serde_json::to_string(wish).unwrap_or_default());
    tx.insert(
        "INSERT INTO checkout (id, user_key, provider, account, is_live, amount, currency, state, wish, opened_at, ends_at,
                               next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            of.id.as_bytes(),
            of.user,
            of.provider,
            of.account,
            of.is_live,
            of.amount,
            of.currency,
            of.state,
            wish,
            of.opened_at,
            of.ends_at,
            of.next_at
        ],
    )
    .map(CheckoutKey)
}

pub(super) fn find(tx: &Tx, id: Uuid) -> Result<Option<Checkout>, StoreError> {
    tx.maybe(select_checkout!("WHERE id = ?1"), params![id.as_bytes()], read_checkout)
}

/// Those that are to be asked after, the longest due first.
pub(super) fn due(tx: &Tx, limit: u32) -> Result<Vec<Checkout>, StoreError> {
    tx.all(
        select_checkout!("WHERE next_at <= ?1 ORDER BY next_at LIMIT ?2 + 0"),
        params![tx.now(), limit],
        read_checkout,
    )
}

pub(super) fn next_due(tx: &Tx) -> Result<Option<Instant>, StoreError> {
    tx.one("SELECT min(next_at) FROM checkout WHERE next_at IS NOT NULL", [], |row| row.get(0))
}

/// Those older than `before`, the newest first.
pub(super) fn list(tx: &Tx, before: CheckoutKey, limit: u32) -> Result<Vec<Checkout>, StoreError> {
    tx.all(
        select_checkout!("WHERE checkout_key < ?1 ORDER BY checkout_key DESC LIMIT ?2 + 0"),
        params![before, limit],
        read_checkout,
    )
}

/// Those in this state.
pub(super) fn list_in(
    tx: &Tx,
    state: CheckoutState,
    before: CheckoutKey,
    limit: u32,
) -> Result<Vec<Checkout>, StoreError> {
    tx.all(
        select_checkout!("WHERE state = ?1 AND checkout_key < ?2 ORDER BY checkout_key DESC LIMIT ?3 + 0"),
        params![state, before, limit],
        read_checkout,
    )
}

/// The provider has it: the buyer may pay.
pub(super) fn begun(
    tx: &Tx,
    of: &Checkout,
    reference: Option<&str>,
    redirect_url: Option<&str>,
    parameters: Option<&str>,
) -> Result<bool, StoreError> {
    let changed = tx.run(
        "UPDATE checkout SET state = 'pending', reference = ?2, redirect_url = ?3, parameters = ?4
         WHERE checkout_key = ?1 AND state = 'created'",
        params![of.key, reference, redirect_url, parameters],
    )?;
    Ok(changed == 1)
}

/// It was asked after, and nothing followed.
pub(super) fn asked(
    tx: &Tx,
    of: &Checkout,
    reference: Option<&str>,
    next_at: Option<Instant>,
) -> Result<(), StoreError> {
    tx.change(
        "UPDATE checkout SET asked = asked + 1, next_at = ?2, reference = coalesce(reference, ?3) WHERE checkout_key = ?1",
        params![of.key, next_at, reference],
    )
}

/// It ends without money.
pub(super) fn end(
    tx: &Tx,
    of: &Checkout,
    state: CheckoutState,
    mismatch: Option<Mismatch>,
    problem: Option<&str>,
    next_at: Option<Instant>,
) -> Result<(), StoreError> {
    tx.change(
        "UPDATE checkout SET state = ?3, mismatch = ?4, problem = ?5, next_at = ?6, settled_at = ?7
         WHERE checkout_key = ?1 AND state = ?2 AND posting_key IS NULL",
        params![of.key, of.state, state, mismatch, problem, next_at, tx.now()],
    )
}

/// It is paid, and the money is on the balance: once, or the row refuses.
pub(super) fn credit(tx: &Tx, of: &Checkout, posting: PostingKey, reference: Option<&str>) -> Result<(), StoreError> {
    tx.change(
        "UPDATE checkout SET state = 'paid', posting_key = ?3, reference = coalesce(reference, ?4), next_at = NULL,
                             settled_at = ?5
         WHERE checkout_key = ?1 AND state = ?2 AND posting_key IS NULL",
        params![of.key, of.state, posting, reference, tx.now()],
    )
}

/// What came of the wish to pay with it.
pub(super) fn wished(
    tx: &Tx,
    of: &Checkout,
    payment: Option<PaymentKey>,
    unpaid: Option<Unpaid>,
) -> Result<(), StoreError> {
    tx.change(
        "UPDATE checkout SET payment_key = ?2, unpaid = ?3 WHERE checkout_key = ?1 AND state = 'paid' AND payment_key IS NULL",
        params![of.key, payment, unpaid],
    )
}
