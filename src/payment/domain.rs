//! Payments and tickets.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::account;
use crate::catalog::prices::{Bill, Fees};
use crate::catalog::{self, Occasion, Performance, SeatLabel};
use crate::code;
use crate::ids::{PaymentKey, PerformanceKey, PostingKey, SeatId, TicketKey, TypeNo, UserKey};
use crate::mail::{self, MailKind};
use crate::money::Amount;
use crate::payment::basket::{Basket, Priced, price};
use crate::payment::error::PaymentError;
use crate::payment::sales::Paid;
use crate::payment::sql;
use crate::payment::ticket::{Payment, Ticket};
use crate::queue::Visit;
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::{self, Hold};
use crate::store::{StoreError, Tx};
use crate::visit;
use crate::wallet;
use crate::wallet::domain::Chain;

/// Pays for a basket: debit and posting, payment and tickets, seats sold, the code used, visit completed, leftover holds
/// released, the next buyer let in, all in this one transaction. Gives the payment and the balance after it.
///
/// # Errors
/// [`PaymentError`]; then nothing changed.
pub fn pay(
    tx: &Tx,
    visit: &Visit,
    performances: &[Arc<Performance>],
    basket: &Basket,
    amount: Amount,
) -> Result<(Payment, Amount), PaymentError> {
    let holder = visit::domain::holder(visit);
    let priced = price(tx, &holder, performances, basket)?;
    if amount != priced.bill.amount {
        return Err(PaymentError::AmountMismatch(priced.bill.amount));
    }
    let wallet = wallet::domain::wallet(tx, visit.user)?;
    if wallet.balance < amount {
        let held = (held_of(tx, visit, &basket.seat_ids)?, basket.seat_ids.len());
        return Err(PaymentError::Insufficient { balance: wallet.balance, needed: amount, held });
    }
    // From here it must succeed.
    let payment = issue_tickets(tx, visit, &priced)?;
    if let Some((code, _)) = &priced.discount {
        code::domain::use_discount(tx, code)?;
    }
    for key in payment.tickets.iter().map(|ticket| ticket.seat.performance).collect::<BTreeSet<_>>() {
        let offered = payment.tickets.iter().zip(&priced.offers);
        let of_performance = offered.filter(|(ticket, _)| ticket.seat.performance == key);
        let sold: Vec<_> = of_performance.map(|(ticket, (_, offer))| ticket.sold(offer)).collect();
        reservation::domain::sell(tx, &holder, key, &sold)?;
    }
    let posting = wallet::domain::debit(tx, visit.user, wallet, amount, payment.key)?;
    visit::domain::complete(tx, visit, &basket.seat_ids)?;
    if tx.terms().sends_mail && account::domain::user(tx, payment.user)?.is_some_and(|user| user.email.is_some()) {
        mail::put(tx, MailKind::Payment, payment.user, payment.id)?;
    }
    tx.tell(Paid { tickets: payment.tickets.len() as u64, amount });
    Ok((payment, posting.balance_after))
}

/// What the visit's held seats cost together with this code; nothing where none is held.
///
/// # Errors
/// As [`pay`] up to the amount.
pub fn bill(
    tx: &Tx,
    visit: &Visit,
    performances: &[Arc<Performance>],
    code: Option<String>,
) -> Result<Priced, PaymentError> {
    let holds = visit::domain::live_holds(tx, visit)?;
    let seats = |hold: &Hold| {
        let performance = hold.performance;
        hold.seat_numbers.iter().map(move |&seat_no| SeatId { performance, seat_no }).collect::<Vec<_>>()
    };
    let basket = Basket { seat_ids: holds.iter().flat_map(seats).collect(), code, ..Basket::default() };
    if basket.seat_ids.is_empty() && basket.code.is_none() {
        return Ok(Priced { offers: Vec::new(), bill: Bill::new([], Fees::default()), discount: None });
    }
    price(tx, &visit::domain::holder(visit), performances, &basket)
}

fn issue_tickets(tx: &Tx, visit: &Visit, Priced { offers, bill, discount }: &Priced) -> Result<Payment, StoreError> {
    let mut payment = Payment {
        key: PaymentKey(0),
        id: tx.new_id(),
        user: visit.user,
        amount: bill.amount,
        order_fee: bill.order_fee,
        discount: discount.as_ref().map(|(_, off)| *off).unwrap_or_default(),
        paid_at: tx.now(),
        tickets: Vec::with_capacity(offers.len()),
    };
    let code = discount.as_ref().map(|(code, _)| code.key);
    payment.key = sql::insert_payment(tx, &payment, visit, code, offers.len() as u32)?;
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

/// The payment that a ticket came from, whoever's it is.
///
/// # Errors
/// [`PaymentError::NoSuchPayment`].
pub fn payment_of_ticket(tx: &Tx, ticket: TicketKey) -> Result<Payment, PaymentError> {
    payment_by_key(tx, PaymentKey(ticket.0 / MOST_SEATS as i64))
}
