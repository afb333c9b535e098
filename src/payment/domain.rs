//! Payments and tickets.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::prices::{Bill, Fees};
use crate::catalog::{self, CatalogError, Occasion, Performance, SeatLabel};
use crate::ids::{PaymentKey, PerformanceKey, PostingKey, SeatId, TicketKey, TypeNo, UserKey};
use crate::money::Amount;
use crate::payment::sales::Paid;
use crate::payment::sql;
use crate::payment::ticket::{Payment, Ticket};
use crate::queue::{QueueError, Visit};
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::{self, Elsewhere, Had, HoldError, Offer};
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
            | CatalogError::NoSuchPicture
            | CatalogError::StateFixed
            | CatalogError::InUse(_)
            | CatalogError::Started
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
    let (mut had, mut offers, mut fees) = (Had::of(tx, &holder, &[])?, BTreeMap::new(), Fees::default());
    for (key, ids) in &by_performance {
        let performance = performances.iter().find(|p| p.key == *key).ok_or(HoldError::NoSuchSeat)?;
        let elsewhere = basket.elsewhere.get(key).unwrap_or(&Elsewhere::Unknown);
        let of_performance = reservation::domain::require_buyable(tx, &holder, performance, ids, &mut had, elsewhere)?;
        offers.extend(
            of_performance.into_iter().map(|offer| (SeatId { performance: *key, seat_no: offer.seat_no }, offer)),
        );
        fees = performance.fees;
    }
    let offers: Vec<_> = seat_ids.iter().filter_map(|id| Some((*id, *offers.get(id)?))).collect();
    let bill = Bill::new(offers.iter().map(|(_, offer)| offer.price), fees);
    if amount != bill.amount {
        return Err(PaymentError::AmountMismatch(bill.amount));
    }
    let wallet = wallet::domain::wallet(tx, visit.user)?;
    if wallet.balance < amount {
        let held = (held_of(tx, visit, seat_ids)?, seat_ids.len());
        return Err(PaymentError::Insufficient { balance: wallet.balance, needed: amount, held });
    }
    // From here it must succeed.
    let payment = issue_tickets(tx, visit, &offers, &bill)?;
    for key in by_performance.keys() {
        let of_performance = payment.tickets.iter().filter(|ticket| ticket.seat.performance == *key);
        let sold: Vec<_> = of_performance.map(Ticket::sold).collect();
        reservation::domain::sell(tx, &holder, *key, &sold)?;
    }
    let posting = wallet::domain::debit(tx, visit.user, wallet, amount, payment.key)?;
    visit::domain::complete(tx, visit)?;
    tx.tell(Paid { tickets: payment.tickets.len() as u64, amount });
    Ok((payment, posting.balance_after))
}

fn issue_tickets(tx: &Tx, visit: &Visit, offers: &[(SeatId, Offer)], bill: &Bill) -> Result<Payment, StoreError> {
    let mut payment = Payment {
        key: PaymentKey(0),
        id: tx.new_id(),
        user: visit.user,
        amount: bill.amount,
        order_fee: bill.order_fee,
        paid_at: tx.now(),
        tickets: Vec::with_capacity(offers.len()),
    };
    payment.key = sql::insert_payment(tx, &payment, visit, offers.len() as u32)?;
    for (place, ((seat, offer), fee)) in (0..).zip(offers.iter().zip(&bill.ticket_fees)) {
        let key = TicketKey(payment.key.0 * MOST_SEATS as i64 + place);
        let ticket = Ticket { key, seat: *seat, type_no: offer.type_no, price: offer.price, fee: *fee };
        sql::insert_ticket(tx, &ticket)?;
        payment.tickets.push(ticket);
    }
    Ok(payment)
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

/// Which show each performance is, and what its ticket types are called.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// The shows.
    pub occasions: BTreeMap<PerformanceKey, Occasion>,
    /// The ticket types' names.
    pub types: BTreeMap<(PerformanceKey, TypeNo), String>,
}

/// The words for these payments' tickets.
///
/// # Errors
/// Only the store's.
pub fn words(tx: &Tx, payments: &[Payment]) -> Result<Words, PaymentError> {
    let mut words = Words::default();
    for ticket in payments.iter().flat_map(|payment| &payment.tickets) {
        let performance = ticket.seat.performance;
        if let Entry::Vacant(unknown) = words.occasions.entry(performance) {
            unknown.insert(catalog::domain::occasion(tx, performance)?);
        }
        if let Entry::Vacant(unknown) = words.types.entry((performance, ticket.type_no)) {
            unknown.insert(catalog::domain::type_name(tx, performance, ticket.type_no)?);
        }
    }
    Ok(words)
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
