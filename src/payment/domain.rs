//! Payments and tickets.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::{self, CatalogError, Occasion, Performance, SeatLabel};
use crate::ids::{PaymentKey, PerformanceKey, PostingKey, SeatId, TicketKey, UserKey};
use crate::money::Amount;
use crate::payment::sql;
use crate::payment::ticket::{Payment, Ticket};
use crate::queue::{QueueError, Visit};
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::{self, Elsewhere, HoldError};
use crate::store::{StoreError, Tx};
use crate::visit::{self, VisitError};
use crate::wallet::domain::Chain;
use crate::wallet::{self, WalletError};

/// Why a payment is refused, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// A seat cannot be bought.
    #[error(transparent)]
    Seats(#[from] HoldError),
    /// The buyer saw another price.
    #[error("the seats cost {0:?}")]
    AmountMismatch(Amount),
    /// There is less money than is to be paid.
    #[error("the balance is {balance:?}, {needed:?} are needed")]
    Insufficient {
        /// What is there.
        balance: Amount,
        /// What is to be paid.
        needed: Amount,
        /// How many of the seats the buyer holds, of how many.
        held: (usize, usize),
    },
    /// The wallet's refusal.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The waiting room's refusal.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// There is no such payment of this user.
    #[error("no such payment")]
    NoSuchPayment,
    /// There is no such ticket of this user.
    #[error("no such ticket")]
    NoSuchTicket,
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CatalogError> for PaymentError {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Store(error) => Self::Store(error),
            CatalogError::Queue(error) => Self::Queue(error),
            CatalogError::Invalid(_)
            | CatalogError::NoSuchConcert
            | CatalogError::NoSuchHall
            | CatalogError::NoSuchPerformance
            | CatalogError::HallTaken { .. }
            | CatalogError::SaleTooLate(_) => Self::NoSuchTicket,
        }
    }
}

impl From<VisitError> for PaymentError {
    fn from(error: VisitError) -> Self {
        match error {
            VisitError::Queue(error) => Self::Queue(error),
            VisitError::Hold(error) => Self::Seats(error),
            VisitError::Store(error) => Self::Store(error),
        }
    }
}

/// What is paid for.
#[derive(Clone, Debug, Default)]
pub struct Basket {
    /// Seats that the buyer holds, or free ones.
    pub seat_ids: Vec<SeatId>,
    /// What they cost, as the buyer saw it.
    pub amount: Amount,
    /// What memory knew of other seats, by performance.
    pub elsewhere: BTreeMap<PerformanceKey, Elsewhere>,
}

impl Basket {
    /// These seats for this much.
    pub fn of(seat_ids: Vec<SeatId>, amount: Amount) -> Self {
        Self { seat_ids, amount, elsewhere: BTreeMap::new() }
    }
}

/// Pays for seats: debit and posting, payment and tickets, seats sold, visit completed, leftover holds released, the
/// next buyer let in, all in this one transaction. Gives the payment and the balance after it.
///
/// # Errors
/// [`PaymentError`]; then nothing changed.
pub fn pay(
    tx: &Tx,
    visit: &Visit,
    performances: &[Arc<Performance>],
    basket: &Basket,
) -> Result<(Payment, Amount), PaymentError> {
    let (seat_ids, amount) = (basket.seat_ids.as_slice(), basket.amount);
    let mut by_performance: BTreeMap<PerformanceKey, Vec<SeatId>> = BTreeMap::new();
    for &id in seat_ids {
        by_performance.entry(id.performance).or_default().push(id);
    }
    if seat_ids.is_empty() || seat_ids.len() > MOST_SEATS {
        return Err(HoldError::BadChoice("name 1 to 64 seats").into());
    }
    if seat_ids.iter().collect::<BTreeSet<_>>().len() != seat_ids.len() {
        return Err(HoldError::BadChoice("the same seat is named twice").into());
    }
    let holder = visit::domain::holder(visit);
    let mut prices: BTreeMap<SeatId, Amount> = BTreeMap::new();
    for (key, ids) in &by_performance {
        let performance = performances.iter().find(|p| p.key == *key).ok_or(HoldError::NoSuchSeat)?;
        let elsewhere = basket.elsewhere.get(key).unwrap_or(&Elsewhere::Unknown);
        let offers = reservation::domain::require_buyable(tx, &holder, performance, ids, elsewhere)?;
        prices.extend(offers.iter().map(|offer| (SeatId { performance: *key, seat_no: offer.seat_no }, offer.price)));
    }
    let total = Amount::sum(prices.values().copied()).unwrap_or(crate::money::LARGEST);
    if amount != total {
        return Err(PaymentError::AmountMismatch(total));
    }
    let wallet = wallet::domain::wallet(tx, visit.user)?;
    if wallet.balance < total {
        let held = (held_of(tx, visit, seat_ids)?, seat_ids.len());
        return Err(PaymentError::Insufficient { balance: wallet.balance, needed: total, held });
    }
    // From here it must succeed.
    let mut payment =
        Payment { key: PaymentKey(0), id: tx.new_id(), user: visit.user, amount, paid_at: tx.now(), tickets: vec![] };
    payment.key = sql::insert_payment(tx, &payment, visit, seat_ids.len() as u32)?;
    for (place, seat) in (0..).zip(seat_ids) {
        let key = TicketKey(payment.key.0 * MOST_SEATS as i64 + place);
        let ticket = Ticket { key, seat: *seat, price: prices.get(seat).copied().unwrap_or_default() };
        sql::insert_ticket(tx, &ticket)?;
        payment.tickets.push(ticket);
    }
    for key in by_performance.keys() {
        let of_performance = payment.tickets.iter().filter(|ticket| ticket.seat.performance == *key);
        let sold: Vec<_> = of_performance.map(|ticket| (ticket.seat.seat_no, ticket.key)).collect();
        reservation::domain::sell(tx, &holder, *key, &sold)?;
    }
    let posting = wallet::domain::debit(tx, visit.user, wallet, total, payment.key)?;
    visit::domain::complete(tx, visit)?;
    Ok((payment, posting.balance_after))
}

/// How many of these seats stand in holds of the visit that live now.
fn held_of(tx: &Tx, visit: &Visit, seat_ids: &[SeatId]) -> Result<usize, PaymentError> {
    let holds = visit::domain::live_holds(tx, visit)?;
    let is_held = |id: &&SeatId| {
        holds.iter().any(|hold| hold.performance == id.performance && hold.seat_numbers.contains(&id.seat_no))
    };
    Ok(seat_ids.iter().filter(is_held).count())
}

/// Up to `limit` payments of a user, newest first, and the cursor of the page that follows, if one does.
///
/// # Errors
/// [`WalletError::NoSuchCursor`].
pub fn payments(
    tx: &Tx,
    user: UserKey,
    cursor: Option<PostingKey>,
    limit: u32,
) -> Result<(Vec<Payment>, Option<PostingKey>), PaymentError> {
    let (debits, next) = wallet::domain::postings(tx, user, Chain::Debits, cursor, limit)?;
    let keys = debits.iter().filter_map(|debit| debit.payment);
    Ok((keys.map(|key| payment_by_key(tx, key)).collect::<Result<_, _>>()?, next))
}

fn payment_by_key(tx: &Tx, key: PaymentKey) -> Result<Payment, PaymentError> {
    let mut payment = sql::payment(tx, key)?.ok_or(PaymentError::NoSuchPayment)?;
    payment.tickets = sql::tickets(tx, key)?;
    Ok(payment)
}

/// A payment of this user.
///
/// # Errors
/// [`PaymentError::NoSuchPayment`], also when it is somebody else's.
pub fn payment(tx: &Tx, user: UserKey, id: Uuid) -> Result<Payment, PaymentError> {
    let key = sql::find_payment(tx, id)?.ok_or(PaymentError::NoSuchPayment)?;
    let payment = payment_by_key(tx, key)?;
    if payment.user == user { Ok(payment) } else { Err(PaymentError::NoSuchPayment) }
}

/// Which show each performance is.
pub type Occasions = BTreeMap<PerformanceKey, Occasion>;

/// The shows that these payments' tickets are for.
///
/// # Errors
/// Only the store's.
pub fn occasions(tx: &Tx, payments: &[Payment]) -> Result<Occasions, PaymentError> {
    let mut occasions = Occasions::new();
    for ticket in payments.iter().flat_map(|payment| &payment.tickets) {
        let performance = ticket.seat.performance;
        if let Entry::Vacant(unknown) = occasions.entry(performance) {
            unknown.insert(catalog::domain::occasion(tx, performance)?);
        }
    }
    Ok(occasions)
}

/// A ticket of this user, with what is written on it and the payment it came from. `is_genuine` says whether the code by
/// which it was asked for was made for a ticket of this payment.
///
/// # Errors
/// [`PaymentError::NoSuchTicket`], also when it is somebody else's.
pub fn ticket(
    tx: &Tx,
    user: UserKey,
    key: TicketKey,
    is_genuine: impl FnOnce(&Payment) -> bool,
) -> Result<(Ticket, SeatLabel, Payment), PaymentError> {
    let missing = || PaymentError::NoSuchTicket;
    let payment = match payment_by_key(tx, PaymentKey(key.0 / MOST_SEATS as i64)) {
        Err(PaymentError::NoSuchPayment) => return Err(missing()),
        payment => payment?,
    };
    let ticket = payment.tickets.iter().find(|ticket| ticket.key == key).copied().ok_or_else(missing)?;
    if payment.user != user || !is_genuine(&payment) {
        return Err(missing());
    }
    let label = catalog::domain::seat_label(tx, ticket.seat.performance, ticket.seat.seat_no)?;
    Ok((ticket, label, payment))
}
