//! The tables `checkout` and `provider_refund`.

use uuid::Uuid;

use crate::checkout::record::{BackState, Checkout, CheckoutState, Mismatch, Through, Unpaid, Wish};
use crate::clock::Instant;
use crate::ids::{CheckoutKey, PaymentKey, PostingKey, ProviderRefundKey, UserKey};
use crate::money::Amount;
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

/// The checkout that paid for a payment.
pub(super) fn of_payment(tx: &Tx, payment: PaymentKey) -> Result<Option<Checkout>, StoreError> {
    tx.maybe(select_checkout!("WHERE payment_key = ?1"), params![payment], read_checkout)
}

/// A user's paid ones of which something is left, the newest first.
pub(super) fn left_of(tx: &Tx, user: UserKey, limit: u32) -> Result<Vec<Checkout>, StoreError> {
    tx.all(
        select_checkout!(
            "WHERE user_key = ?1 AND state = 'paid' AND refunded < amount ORDER BY checkout_key DESC LIMIT ?2 + 0"
        ),
        params![user, limit],
        read_checkout,
    )
}

pub(super) fn find_by_key(tx: &Tx, key: CheckoutKey) -> Result<Checkout, StoreError> {
    tx.one(select_checkout!("WHERE checkout_key = ?1"), params![key], read_checkout)
}

/// So much more of it has gone back, or so much less.
pub(super) fn change_refunded(tx: &Tx, of: CheckoutKey, by: Amount) -> Result<(), StoreError> {
    tx.change(
        "UPDATE checkout SET refunded = refunded + ?2 WHERE checkout_key = ?1 AND state = 'paid'",
        params![of, by],
    )
}

pub(super) fn insert_back(tx: &Tx, of: CheckoutKey, amount: Amount, posting: PostingKey) -> Result<(), StoreError> {
    tx.insert(
        "INSERT INTO provider_refund (id, checkout_key, posting_key, amount, state, next_at, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        params![tx.new_id().as_bytes(), of, posting, amount, BackState::Waiting, tx.now()],
    )?;
    Ok(())
}

/// A line of `provider_refund`: key, id, checkout, amount, attempts.
pub(super) type BackRow = (ProviderRefundKey, Uuid, CheckoutKey, Amount, u32);

/// What is to go back now, the longest due first.
pub(super) fn due_back(tx: &Tx, limit: u32) -> Result<Vec<BackRow>, StoreError> {
    tx.all(
        "SELECT provider_refund_key, id, checkout_key, amount, attempts FROM provider_refund
         WHERE state = 'waiting' AND next_at <= ?1 ORDER BY next_at LIMIT ?2 + 0",
        params![tx.now(), limit],
        |row| Ok((row.get(0)?, Uuid::from_bytes(row.get(1)?), row.get(2)?, row.get(3)?, row.get(4)?)),
    )
}

/// The provider is asked once more; and again then, if it says nothing.
pub(super) fn begin_back(tx: &Tx, key: ProviderRefundKey, next_at: Instant) -> Result<(), StoreError> {
    tx.change(
        "UPDATE provider_refund SET attempts = attempts + 1, next_at = ?2
         WHERE provider_refund_key = ?1 AND state = 'waiting'",
        params![key, next_at],
    )
}

/// It is over. Gives whether it was not before.
pub(super) fn end_back(
    tx: &Tx,
    key: ProviderRefundKey,
    state: BackState,
    problem: Option<&str>,
) -> Result<bool, StoreError> {
    let changed = tx.run(
        "UPDATE provider_refund SET state = ?2, problem = ?3, done_at = ?4
         WHERE provider_refund_key = ?1 AND state = 'waiting'",
        params![key, state, problem, tx.now()],
    )?;
    Ok(changed == 1)
}

/// The checkout whose money this posting is.
pub(super) fn came_by(tx: &Tx, posting: PostingKey) -> Result<Option<Through>, StoreError> {
    let of = "SELECT id, provider, amount FROM checkout WHERE posting_key = ?1";
    tx.maybe(of, params![posting], |row| {
        Ok(Through { checkout_id: Uuid::from_bytes(row.get(0)?), provider: row.get(1)?, amount: row.get(2)? })
    })
}

/// The checkout by which the money of this posting goes back.
pub(super) fn goes_back_by(tx: &Tx, posting: PostingKey) -> Result<Option<Through>, StoreError> {
    let of = "SELECT c.id, provider, -b.amount FROM provider_refund b JOIN checkout c USING (checkout_key)
              WHERE b.posting_key = ?1";
    tx.maybe(of, params![posting], |row| {
        Ok(Through { checkout_id: Uuid::from_bytes(row.get(0)?), provider: row.get(1)?, amount: row.get(2)? })
    })
}

/// How many are in this state, up to a hundred.
pub(super) fn count_in(tx: &Tx, state: CheckoutState) -> Result<u32, StoreError> {
    tx.one("SELECT COUNT(*) FROM (SELECT 1 FROM checkout WHERE state = ?1 LIMIT 100)", params![state], |row| row.get(0))
}

/// How many providers were asked several times in vain to take back, up to a hundred.
pub(super) fn count_stuck_back(tx: &Tx) -> Result<u32, StoreError> {
    tx.one(
        "SELECT COUNT(*) FROM (SELECT 1 FROM provider_refund WHERE state = 'waiting' AND attempts >= 3 LIMIT 100)",
        params![],
        |row| row.get(0),
    )
}
