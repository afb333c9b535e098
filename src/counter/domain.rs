//! Sales at the counter: no queue, no hold, no limits. Money that is taken is topped up and paid in the same commit, so that the
//! books of buyers on line and at the counter are one: a nameless buyer has an account without a name.

use serde_json::json;
use uuid::Uuid;

use crate::account::{self, AccountError};
use crate::audit::Note;
use crate::catalog::Performance;
use crate::ids::{SeatId, TicketKey, TypeNo, UserKey};
use crate::money::Amount;
use crate::payment::{self, PaidBy, Payment, PaymentError, Priced};
use crate::refund::domain::Wish;
use crate::refund::{self, Cause, RefundError};
use crate::reservation::HoldError;
use crate::store::{StoreError, Tx};
use crate::wallet::{self, Means, WalletError};

/// Why nothing is sold at the counter, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum CounterError {
    /// There is no such user.
    #[error("no such user")]
    NoSuchUser,
    /// The payment's refusal.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The refund's refusal.
    #[error(transparent)]
    Refund(#[from] RefundError),
    /// The wallet's refusal.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The account's refusal.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HoldError> for CounterError {
    fn from(error: HoldError) -> Self {
        Self::Payment(error.into())
    }
}

/// How a sale at the counter is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paying {
    /// By money in this form.
    By(Means),
    /// From the buyer's balance.
    Balance,
    /// Not at all: what is sold costs nothing.
    Free,
}

impl From<Paying> for PaidBy {
    fn from(paying: Paying) -> Self {
        match paying {
            Paying::By(Means::Cash) => Self::Cash,
            Paying::By(Means::Card) => Self::Card,
            Paying::By(Means::Invoice) => Self::Invoice,
            Paying::Balance => Self::Balance,
            Paying::Free => Self::Free,
        }
    }
}

/// What is sold.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The seats, and standing places by their section's id.
    pub seats: Vec<SeatId>,
    /// The block that keeps them; free ones where none is named.
    pub block: Option<Uuid>,
    /// As these ticket types, one for each seat; as what they are when none is named.
    pub types: Vec<TypeNo>,
    /// How it is paid.
    pub paying: Paying,
}

impl Wanted {
    fn price(&self, tx: &Tx, performance: &Performance) -> Result<Priced, PaymentError> {
        let is_free = self.paying == Paying::Free;
        payment::counter::price(tx, performance, &self.seats, self.block, &self.types, is_free)
    }
}

/// Sells seats of a performance to this buyer, or to a nameless one. Gives the payment and the balance after it.
///
/// # Errors
/// [`CounterError`]; then nothing changed.
pub fn sell(
    tx: &Tx,
    performance: &Performance,
    wanted: &Wanted,
    buyer: Option<Uuid>,
) -> Result<(Payment, Amount), CounterError> {
    let known = match buyer {
        Some(id) => Some(
            account::domain::find_user(tx, id)?.filter(|user| !user.is_deleted()).ok_or(CounterError::NoSuchUser)?.key,
        ),
        None => None,
    };
    let sale = wanted.price(tx, performance)?;
    if let (Paying::Balance, balance) = (wanted.paying, known.map(|user| wallet::domain::wallet(tx, user)).transpose()?)
    {
        payment::counter::require_balance(balance.map(|wallet| wallet.balance).unwrap_or_default(), sale.bill.amount)?;
    }
    if let Some(user) = known {
        wallet::domain::require_room(tx, user, sale.bill.amount)?;
    }
    // From here it must succeed.
    let user = match known {
        Some(user) => user,
        None => account::buyers::nameless(tx)?,
    };
    if let Paying::By(means) = wanted.paying
        && sale.bill.amount > Amount(0)
    {
        let taken = wallet::domain::take_in(tx, user, sale.bill.amount, means)?;
        note(tx, user, &taken)?;
    }
    sell_to(tx, user, performance, &sale, wanted.block, wanted.paying.into())
}

/// Sells from the balance, to a buyer who may have been made just now.
fn sell_to(
    tx: &Tx,
    user: UserKey,
    performance: &Performance,
    sale: &Priced,
    block: Option<Uuid>,
    paid_by: PaidBy,
) -> Result<(Payment, Amount), CounterError> {
    let (payment, posting) = payment::counter::sell(tx, user, performance, block, sale, paid_by)?;
    note(tx, user, &posting)?;
    let (id, amount, tickets) = (payment.id, payment.amount, payment.tickets.len());
    tx.audit(|| Note::on("payment", id).after(json!({ "amount": amount, "tickets": tickets, "block_id": block })));
    Ok((payment, posting.balance_after))
}

/// The log's line of a posting by staff (law 14).
fn note(tx: &Tx, user: UserKey, posting: &wallet::Posting) -> Result<(), StoreError> {
    if let Some(user) = account::domain::user(tx, user)? {
        tx.audit(|| Note::on("user", user.id).after(posting.audited()));
    }
    Ok(())
}

/// Exchanges tickets of a payment for other seats in one commit: what they cost goes to the balance, and the others are paid
/// from it; what is lacking comes in by the form of money that is said, what is over stays on the balance.
///
/// # Errors
/// [`CounterError`]; then nothing changed.
pub fn exchange(
    tx: &Tx,
    payment: &Payment,
    tickets: Option<Vec<TicketKey>>,
    performance: &Performance,
    wanted: &Wanted,
) -> Result<(refund::Refund, Payment, Amount), CounterError> {
    let wish = Wish { tickets, with_order_fee: true, ..Wish::default() };
    let sale = wanted.price(tx, performance)?;
    let back = refund::domain::worth(payment, &wish)?;
    let balance = wallet::domain::require_room(tx, payment.user, back)?.balance;
    let lacking = Amount((sale.bill.amount.0 - back.0).max(0));
    if wanted.paying == Paying::Balance {
        payment::counter::require_balance(balance, lacking)?;
    }
    // From here it must succeed.
    let refund = refund::domain::refund(tx, payment, &wish, Cause::Staff)?;
    if let Paying::By(means) = wanted.paying
        && lacking > Amount(0)
    {
        let taken = wallet::domain::take_in(tx, payment.user, lacking, means)?;
        note(tx, payment.user, &taken)?;
    }
    let (bought, balance) = sell_to(tx, payment.user, performance, &sale, wanted.block, PaidBy::Exchange)?;
    Ok((refund, bought, balance))
}
