//! Payments and tickets.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use crate::account;
use crate::catalog::prices::{Bill, Fees};
use crate::catalog::{self, Occasion, Performance, SeatLabel};
use crate::code;
use crate::ids::{
    ConcertKey, PaymentKey, PerformanceKey, PostingKey, RefundKey, SeatId, TICKETS_PER_PAYMENT, TicketKey, TypeNo,
    UserKey,
};
use crate::mail::{self, MailKind};
use crate::money::Amount;
use crate::payment::basket::{Basket, Priced, price};
use crate::payment::channel::PaidBy;
use crate::payment::error::PaymentError;
use crate::payment::payment_id;
use crate::payment::sales::Paid;
use crate::payment::sql;
use crate::payment::ticket::{Payment, Ticket};
use crate::queue::Visit;
use crate::reservation::{self, Hold, HoldError, Holder};
use crate::store::{StoreError, Tx};
use crate::visit;
use crate::waitlist;
use crate::wallet;
use crate::wallet::domain::Chain;
use crate::webhook::{self, Event};

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
    let basket = &named_seats(tx, visit, performances, basket)?;
    let held = || Ok((held_of(tx, visit, &basket.seat_ids)?, basket.seat_ids.len()));
    let paid = sell(tx, &holder, performances, basket, amount, held)?;
    visit::domain::complete(tx, visit, &basket.seat_ids)?;
    Ok(paid)
}

/// A basket with its seats named, where it names holds.
fn named_seats<'b>(
    tx: &Tx,
    visit: &Visit,
    performances: &[Arc<Performance>],
    basket: &'b Basket,
) -> Result<Cow<'b, Basket>, PaymentError> {
    if basket.hold_ids.is_empty() {
        return Ok(Cow::Borrowed(basket));
    }
    let mut holds = visit::domain::live_holds(tx, visit)?;
    if !basket.hold_ids.iter().all(|id| holds.iter().any(|hold| hold.id == *id)) {
        return Err(HoldError::NoSuchHold.into());
    }
    holds.retain(|hold| basket.hold_ids.contains(&hold.id));
    Ok(Cow::Owned(Basket { seat_ids: seats_of(&holds, performances), ..basket.clone() }))
}

/// Pays for what the waitlist offers to a user, all of it, and ends the user's place there. Needs no visit.
///
/// # Errors
/// [`WaitlistError::NotOn`], [`WaitlistError::NoOffer`]; else as [`pay`]. Then nothing changed.
///
/// [`WaitlistError::NotOn`]: crate::waitlist::WaitlistError::NotOn
/// [`WaitlistError::NoOffer`]: crate::waitlist::WaitlistError::NoOffer
pub fn pay_offer(
    tx: &Tx,
    user: UserKey,
    concert: ConcertKey,
    performances: &[Arc<Performance>],
    amount: Amount,
    code: Option<String>,
) -> Result<(Payment, Amount), PaymentError> {
    let entry = waitlist::domain::offer_of(tx, concert, user)?;
    let holds = reservation::domain::live_holds(tx, concert, entry.ordinal)?;
    let basket = Basket { seat_ids: seats_of(&holds, performances), code, ..Basket::default() };
    let count = basket.seat_ids.len();
    let paid = sell(tx, &entry.holder(0), performances, &basket, amount, || Ok((count, count)))?;
    waitlist::domain::take(tx, &entry, &basket.seat_ids)?;
    Ok(paid)
}

/// Sells a basket to a holder. `held` says how many of its seats are held, of how many.
fn sell(
    tx: &Tx,
    holder: &Holder,
    performances: &[Arc<Performance>],
    basket: &Basket,
    amount: Amount,
    held: impl FnOnce() -> Result<(usize, usize), PaymentError>,
) -> Result<(Payment, Amount), PaymentError> {
    let wallet = wallet::domain::wallet(tx, holder.user)?;
    let priced = price(tx, holder, &wallet, performances, basket)?;
    if amount != priced.bill.amount {
        return Err(PaymentError::AmountMismatch(priced.bill.amount));
    }
    if wallet.balance < amount {
        return Err(PaymentError::Insufficient { balance: wallet.balance, needed: amount, held: held()? });
    }
    // From here it must succeed.
    let payment = issue_tickets(tx, holder, &priced, None)?;
    if let Some((code, _)) = &priced.discount {
        code::domain::use_discount(tx, code)?;
    }
    for performance in performances {
        let offered = payment.tickets.iter().zip(&priced.offers);
        let of_performance = offered.filter(|(ticket, _)| ticket.seat.performance == performance.key);
        let sold: Vec<_> = of_performance.map(|(ticket, (_, offer))| ticket.sold(offer)).collect();
        if !sold.is_empty() {
            reservation::selling::sell(tx, holder, performance, &sold)?;
        }
    }
    let posting = wallet::domain::debit(tx, holder.user, wallet, amount, payment.key)?;
    if tx.terms().sends_mail && account::domain::user(tx, payment.user)?.is_some_and(|user| user.email.is_some()) {
        mail::put(tx, MailKind::Payment, payment.user, payment.id)?;
    }
    tell_paid(tx, &payment)?;
    tx.tell(Paid { concert: holder.concert, tickets: payment.tickets.len() as u64, amount });
    Ok((payment, posting.balance_after))
}

/// Tells those who want to know that tickets were paid for: once for each performance.
///
/// # Errors
/// Only the store's.
pub(super) fn tell_paid(tx: &Tx, payment: &Payment) -> Result<(), PaymentError> {
    if !tx.terms().has_webhooks {
        return Ok(());
    }
    let user = account::domain::user(tx, payment.user)?.map(|user| user.id);
    for key in payment.tickets.iter().map(|ticket| ticket.seat.performance).collect::<BTreeSet<_>>() {
        let performance = catalog::domain::occasion(tx, key)?.performance_id;
        let tickets = payment.tickets.iter().filter(|ticket| ticket.seat.performance == key).count();
        webhook::put(tx, Event::PaymentCompleted, key, || {
            json!({ "payment_id": payment.id, "user_id": user, "performance_id": performance, "amount": payment.amount,
                "tickets": tickets })
        })?;
    }
    Ok(())
}

/// The seats of holds.
fn seats_of(holds: &[Hold], performances: &[Arc<Performance>]) -> Vec<SeatId> {
    let seats = |hold: &Hold| {
        let performance = performances.iter().find(|of| of.key == hold.performance)?;
        Some(hold.seat_numbers.iter().map(|seat_no| performance.seat_id(*seat_no)).collect::<Vec<_>>())
    };
    holds.iter().filter_map(seats).flatten().collect()
}

/// Whether one of these seats is not held by the visit: it would be taken by paying.
///
/// # Errors
/// Only the store's.
pub fn takes_more(tx: &Tx, visit: &Visit, seat_ids: &[SeatId]) -> Result<bool, PaymentError> {
    Ok(held_of(tx, visit, seat_ids)? < seat_ids.len())
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
    let basket = Basket { seat_ids: seats_of(&holds, performances), code, ..Basket::default() };
    if basket.seat_ids.is_empty() && basket.code.is_none() {
        return Ok(Priced { offers: Vec::new(), bill: Bill::new([], Fees::default()), discount: None });
    }
    let (holder, wallet) = (visit::domain::holder(visit), wallet::domain::wallet(tx, visit.user)?);
    price(tx, &holder, &wallet, performances, &basket)
}

/// Writes a payment with its tickets for whoever its places are sold to.
///
/// # Errors
/// Only the store's.
pub(super) fn issue_tickets(
    tx: &Tx,
    holder: &Holder,
    Priced { offers, bill, discount }: &Priced,
    paid_by: Option<PaidBy>,
) -> Result<Payment, StoreError> {
    let key = next_key(tx)?;
    let mut payment = Payment {
        key,
        id: payment_id::with_key(tx.new_id(), key),
        user: holder.user,
        concert: holder.concert,
        amount: bill.amount,
        order_fee: bill.order_fee,
        discount: discount.as_ref().map(|(_, off)| *off).unwrap_or_default(),
        paid_at: tx.now(),
        tickets: Vec::with_capacity(offers.len()),
    };
    let code = discount.as_ref().map(|(code, _)| code.key);
    sql::insert_payment(tx, &payment, holder, code, paid_by, offers.len() as u32)?;
    tx.keep(0, LastKey(key));
    for (place, ((seat, offer), fee)) in (0..).zip(offers.iter().zip(&bill.ticket_fees)) {
        let key = TicketKey(payment.key.0 * TICKETS_PER_PAYMENT + place);
        let (type_no, price, fee) = (offer.type_no, offer.price, *fee);
        let ticket =
            Ticket { key, seat: *seat, type_no, price, fee, handovers: 0, code_salt: 0, holder: None, refund: None };
        sql::insert_ticket(tx, &ticket)?;
        payment.tickets.push(ticket);
    }
    Ok(payment)
}

/// The last payment's key, handed on in a group.
#[derive(Clone)]
struct LastKey(PaymentKey);

/// The key of the payment that is about to be written; no payment is ever deleted.
fn next_key(tx: &Tx) -> Result<PaymentKey, StoreError> {
    let last = match tx.shared(0) {
        Some(LastKey(last)) => last,
        None => sql::last_payment(tx)?.unwrap_or(PaymentKey(0)),
    };
    Ok(PaymentKey(last.0 + 1))
}

/// Up to `limit` tickets of a performance that stand, in the order of their seats, after this one; standing places last, in the
/// order of their sales.
///
/// # Errors
/// [`PaymentError::NoSuchTicket`] for a ticket that was never sold.
pub fn sold_tickets(
    tx: &Tx,
    performance: PerformanceKey,
    after: Option<TicketKey>,
    limit: u32,
) -> Result<Vec<TicketKey>, PaymentError> {
    let after_seat = match after {
        Some(key) => sql::seat_no(tx, key)?.ok_or(PaymentError::NoSuchTicket)?,
        None => 0,
    };
    let seats = reservation::selling::sold_seats(tx, performance, after_seat, limit)?;
    let mut tickets: Vec<_> = seats.into_iter().map(|(_, ticket)| ticket).collect();
    let more = limit - tickets.len() as u32;
    if more > 0 {
        tickets.extend(sql::standing_tickets(tx, performance, (after_seat, after.unwrap_or(TicketKey(0))), more)?);
    }
    Ok(tickets)
}

/// How many of these places stand in holds of the visit that live now.
fn held_of(tx: &Tx, visit: &Visit, seat_ids: &[SeatId]) -> Result<usize, PaymentError> {
    let holds = visit::domain::live_holds(tx, visit)?;
    let places = |hold: &Hold| hold.seat_numbers.iter().map(|seat_no| (hold.performance, *seat_no)).collect::<Vec<_>>();
    let mut held: Vec<_> = holds.iter().flat_map(places).collect();
    let is_held = |id: &&SeatId| {
        let at = held.iter().position(|of| *of == (id.performance, id.seat_no));
        at.map(|at| held.swap_remove(at)).is_some()
    };
    Ok(seat_ids.iter().filter(is_held).count())
}

/// Up to `limit` payments of a user, newest first, and the cursor of the page that follows, if one does.
///
/// # Errors
/// [`wallet::WalletError::NoSuchCursor`].
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

/// A payment, whoever's it is.
///
/// # Errors
/// [`PaymentError::NoSuchPayment`].
pub fn payment_by_key(tx: &Tx, key: PaymentKey) -> Result<Payment, PaymentError> {
    let mut payment = sql::payment(tx, key)?.ok_or(PaymentError::NoSuchPayment)?;
    payment.tickets = sql::tickets(tx, key)?;
    let mut versions = BTreeMap::new();
    for seat in payment.tickets.iter_mut().map(|ticket| &mut ticket.seat).filter(|seat| seat.version_no == 0) {
        seat.version_no = match versions.entry(seat.performance) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(unknown) => *unknown.insert(catalog::domain::version_no(tx, seat.performance)?),
        };
    }
    Ok(payment)
}

/// A payment, whoever's it is.
///
/// # Errors
/// [`PaymentError::NoSuchPayment`].
pub fn any_payment(tx: &Tx, id: Uuid) -> Result<Payment, PaymentError> {
    let payment = payment_by_key(tx, payment_id::key_in(id))?;
    if payment.id == id { Ok(payment) } else { Err(PaymentError::NoSuchPayment) }
}

/// A payment of this user.
///
/// # Errors
/// [`PaymentError::NoSuchPayment`], also when it is somebody else's.
pub fn payment(tx: &Tx, user: UserKey, id: Uuid) -> Result<Payment, PaymentError> {
    let payment = any_payment(tx, id)?;
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

/// A ticket that stands and is this user's, and the payment it came from. `is_genuine` says whether the code by which it was
/// asked for was made for a ticket of this payment.
///
/// # Errors
/// [`PaymentError::NoSuchTicket`], also when it is somebody else's; [`PaymentError::TicketCancelled`].
pub fn own_ticket(
    tx: &Tx,
    user: UserKey,
    key: TicketKey,
    is_genuine: impl FnOnce(&Payment) -> bool,
) -> Result<(Ticket, Payment), PaymentError> {
    seen_ticket(tx, key, |ticket, payment| ticket.holder.unwrap_or(payment.user) == user && is_genuine(payment))
}

/// The same, whoever's it is.
///
/// # Errors
/// [`PaymentError::NoSuchTicket`]; [`PaymentError::TicketCancelled`].
pub fn any_ticket(
    tx: &Tx,
    key: TicketKey,
    is_genuine: impl FnOnce(&Payment) -> bool,
) -> Result<(Ticket, Payment), PaymentError> {
    seen_ticket(tx, key, |_, payment| is_genuine(payment))
}

fn seen_ticket(
    tx: &Tx,
    key: TicketKey,
    may_see: impl FnOnce(&Ticket, &Payment) -> bool,
) -> Result<(Ticket, Payment), PaymentError> {
    let missing = || PaymentError::NoSuchTicket;
    let payment = match payment_by_key(tx, key.payment()) {
        Err(PaymentError::NoSuchPayment) => return Err(missing()),
        payment => payment?,
    };
    let ticket = payment.tickets.iter().find(|ticket| ticket.key == key).copied().ok_or_else(missing)?;
    if !may_see(&ticket, &payment) {
        return Err(missing());
    }
    if ticket.stands() { Ok((ticket, payment)) } else { Err(PaymentError::TicketCancelled) }
}

/// The same, with what is written on it.
///
/// # Errors
/// As [`own_ticket`].
pub fn ticket(
    tx: &Tx,
    user: UserKey,
    key: TicketKey,
    is_genuine: impl FnOnce(&Payment) -> bool,
) -> Result<(Ticket, SeatLabel, Payment), PaymentError> {
    let (ticket, payment) = own_ticket(tx, user, key, is_genuine)?;
    let label = catalog::domain::seat_label(tx, ticket.seat)?;
    Ok((ticket, label, payment))
}

/// The last ticket that was sold; the one before the first where none was.
///
/// # Errors
/// Only the store's.
pub fn last_ticket(tx: &Tx) -> Result<TicketKey, StoreError> {
    Ok(sql::last_ticket(tx)?.unwrap_or(TicketKey(0)))
}

/// Cancels a ticket that stands: so much went back for it.
///
/// # Errors
/// Only the store's: what the ticket's row refuses.
pub fn cancel_ticket(tx: &Tx, ticket: &Ticket, refund: RefundKey, back: Amount) -> Result<(), StoreError> {
    sql::cancel_ticket(tx, ticket.key, refund, back)
}

/// The payment's own fee went back.
///
/// # Errors
/// Only the store's: what the payment's row refuses.
pub fn return_order_fee(tx: &Tx, payment: &Payment) -> Result<(), StoreError> {
    sql::return_order_fee(tx, payment.key)
}
