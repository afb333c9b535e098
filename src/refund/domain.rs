//! Refunds: places go back on sale and the money for them goes back, in one commit. A ticket is refunded once: its row says
//! so, and refuses a second time and more than was paid (law 12).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use crate::account;
use crate::audit::Note;
use crate::catalog::{self, CatalogError};
use crate::checkout;
use crate::clock::Instant;
use crate::door;
use crate::ids::{PerformanceKey, RefundKey, TicketKey, UserKey};
use crate::mail::{self, MailKind};
use crate::money::Amount;
use crate::payment::{self, Payment, PaymentError, Ticket};
use crate::refund::record::{Cause, Places, Refund, Way};
use crate::refund::sql;
use crate::reservation::{self, Buyer, Seen};
use crate::store::{StoreError, Tx};
use crate::waitlist::{self, WaitlistError};
use crate::wallet::{self, Means, Posting, WalletError};
use crate::webhook::{self, Event};

/// Why nothing is refunded, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    /// The payment's refusal.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The catalogue's refusal.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A ticket is somebody else's meanwhile.
    #[error("a ticket was handed on")]
    HandedOn,
    /// Somebody came in by a ticket.
    #[error("checked in")]
    CheckedIn,
    /// The concert lets nobody cancel, or not any more.
    #[error("own cancellation ended at {0:?}")]
    Closed(Option<Instant>),
    /// The performance has begun.
    #[error("the performance has started")]
    Started,
    /// It is cancelled already.
    #[error("the performance is cancelled")]
    PerformanceCancelled,
    /// The performance is not cancelled.
    #[error("the performance is not cancelled")]
    NotCancelled,
    /// So much did not come through a payment provider, or went back already.
    #[error("it did not come through a provider")]
    NotThroughProvider,
    /// The wallet's refusal.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The waitlist's refusal.
    #[error(transparent)]
    Waitlist(#[from] WaitlistError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What becomes of the places of refunded tickets.
#[derive(Clone, Debug, Default)]
pub enum Fate {
    /// See [`Places::OnSale`].
    #[default]
    OnSale,
    /// They are kept from sale, for this reason.
    Blocked(String),
    /// They are offered to the waitlist, by what memory saw of their performances.
    Waitlist(Arc<[Seen]>),
}

impl Fate {
    fn places(&self) -> Places {
        match self {
            Self::OnSale => Places::OnSale,
            Self::Blocked(_) => Places::Blocked,
            Self::Waitlist(_) => Places::Waitlist,
        }
    }
}

/// What is to be refunded of a payment: nothing kept, to the balance, unless said.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// These tickets; all that stand, where none is named.
    pub tickets: Option<Vec<TicketKey>>,
    /// How.
    pub way: Way,
    /// What the venue keeps of each ticket, as far as it cost that much.
    pub kept: Amount,
    /// Whether the payment's own fee goes back too, if none of its tickets stands any more.
    pub with_order_fee: bool,
    /// What becomes of the places.
    pub fate: Fate,
}

/// The tickets that a wish is for, each with what goes back for it.
fn wanted(payment: &Payment, wish: &Wish) -> Result<Vec<(Ticket, Amount)>, RefundError> {
    let chosen: Vec<Ticket> = match &wish.tickets {
        None => payment.tickets.iter().filter(|ticket| ticket.stands()).copied().collect(),
        Some(keys) => {
            let find = |key: &TicketKey| payment.tickets.iter().find(|ticket| ticket.key == *key).copied();
            keys.iter().map(|key| find(key).ok_or(PaymentError::NoSuchTicket)).collect::<Result<_, _>>()?
        }
    };
    if chosen.is_empty() || chosen.iter().any(|ticket| !ticket.stands()) {
        return Err(PaymentError::TicketCancelled.into());
    }
    let back = |ticket: &Ticket| Amount((ticket.price.0 + ticket.fee.0 - wish.kept.0).max(0));
    Ok(chosen.into_iter().map(|ticket| (ticket, back(&ticket))).collect())
}

/// What a wish comes to.
struct Plan {
    tickets: Vec<(Ticket, Amount)>,
    /// What of it is the payment's own fee.
    order_fee: Amount,
    /// All of it.
    amount: Amount,
}

fn plan(payment: &Payment, wish: &Wish) -> Result<Plan, RefundError> {
    let tickets = wanted(payment, wish)?;
    let is_last = payment.tickets.iter().filter(|ticket| ticket.stands()).count() == tickets.len();
    let order_fee = if wish.with_order_fee && is_last { payment.order_fee } else { Amount(0) };
    let amount = Amount(tickets.iter().map(|(_, back)| back.0).sum::<i64>() + order_fee.0);
    Ok(Plan { tickets, order_fee, amount })
}

/// How much a wish gives back.
///
/// # Errors
/// As [`refund`].
pub fn worth(payment: &Payment, wish: &Wish) -> Result<Amount, RefundError> {
    plan(payment, wish).map(|plan| plan.amount)
}

/// Refunds tickets of a payment: they are cancelled, and of their places becomes what the wish says.
///
/// # Errors
/// [`PaymentError::NoSuchTicket`] for a ticket of another payment; [`PaymentError::TicketCancelled`], also when none is left;
/// [`WalletError::BalanceTooLarge`]; [`RefundError::NotThroughProvider`].
pub fn refund(tx: &Tx, payment: &Payment, wish: &Wish, cause: Cause) -> Result<Refund, RefundError> {
    let Plan { tickets, order_fee, amount } = plan(payment, wish)?;
    wallet::domain::require_room(tx, payment.user, amount)?;
    let through = match wish.way {
        Way::Provider => checkout::back::sources(tx, payment, amount)?.ok_or(RefundError::NotThroughProvider)?,
        Way::Balance | Way::Cash => Vec::new(),
    };
    // From here it must succeed.
    let posting = wallet::domain::refund(tx, payment.user, amount, payment.key)?;
    let (id, refunded_at) = (tx.new_id(), tx.wall());
    let (key, way, places) = (RefundKey(0), wish.way, wish.fate.places());
    let mut refund =
        Refund { key, id, payment: payment.key, cause, way, places, amount, order_fee, refunded_at, tickets };
    refund.key = sql::insert_refund(tx, &refund, posting.key)?;
    give_back(tx, payment, &refund, &wish.fate)?;
    if order_fee > Amount(0) {
        payment::domain::return_order_fee(tx, payment)?;
    }
    note_posting(tx, payment.user, &posting)?;
    if wish.way == Way::Cash && amount > Amount(0) {
        let paid_out = wallet::domain::pay_out(tx, payment.user, amount, Means::Cash)?;
        note_posting(tx, payment.user, &paid_out)?;
    }
    for (source, part) in &through {
        let gone = checkout::back::send_back(tx, source, *part)?;
        note_posting(tx, payment.user, &gone)?;
    }
    if tx.terms().sends_mail && account::domain::user(tx, payment.user)?.is_some_and(|user| user.email.is_some()) {
        mail::put(tx, MailKind::Refund, payment.user, id)?;
    }
    tell_refunded(tx, payment, &refund)?;
    let count = refund.tickets.len();
    tx.audit(|| {
        Note::on("payment", payment.id)
            .after(json!({ "refund_id": id, "amount": amount, "to": way, "tickets": count, "places": places }))
    });
    Ok(refund)
}

/// Tells those who want to know of a refund: once for each performance.
fn tell_refunded(tx: &Tx, payment: &Payment, refund: &Refund) -> Result<(), RefundError> {
    if !tx.terms().has_webhooks {
        return Ok(());
    }
    let performance = |(ticket, _): &(Ticket, Amount)| ticket.seat.performance;
    for key in refund.tickets.iter().map(performance).collect::<BTreeSet<_>>() {
        let performance_id = catalog::domain::occasion(tx, key)?.performance_id;
        let of_it = || refund.tickets.iter().filter(|of| performance(of) == key);
        let amount: i64 = of_it().map(|(_, back)| back.0).sum();
        webhook::put(tx, Event::PaymentRefunded, key, || {
            json!({ "payment_id": payment.id, "refund_id": refund.id, "performance_id": performance_id,
                "tickets": of_it().count(), "amount": amount, "cause": refund.cause, "to": refund.way })
        })?;
    }
    Ok(())
}

/// Cancels the tickets of a refund and gives their places back.
fn give_back(tx: &Tx, payment: &Payment, refund: &Refund, fate: &Fate) -> Result<(), RefundError> {
    let mut by_performance: BTreeMap<PerformanceKey, Vec<_>> = BTreeMap::new();
    for (ticket, back) in &refund.tickets {
        payment::domain::cancel_ticket(tx, ticket, refund.key, *back)?;
        by_performance.entry(ticket.seat.performance).or_default().push(ticket.given_back());
    }
    let buyer = Buyer { user: payment.user, concert: payment.concert };
    for (performance, sold) in by_performance {
        reservation::selling::give_back(tx, buyer, performance, &sold)?;
        if let Fate::Blocked(reason) = fate {
            let places: Vec<_> = sold.iter().map(|sold| sold.seat_no).collect();
            for block in reservation::block::keep(tx, payment.concert, performance, &places, reason)? {
                let after = || json!({ "reason": reason, "refund_id": refund.id });
                tx.audit(|| Note::on("block", block.id).after(after()));
            }
        }
    }
    if let Fate::Waitlist(seen) = fate {
        // What is more than one commit offers, the waitlist's own job does next.
        waitlist::offers::offer(tx, payment.concert, seen)?;
    }
    Ok(())
}

/// The log's line of a posting by staff (law 14).
fn note_posting(tx: &Tx, user: UserKey, posting: &Posting) -> Result<(), StoreError> {
    if tx.actor().staff().is_some()
        && let Some(user) = account::domain::user(tx, user)?
    {
        tx.audit(|| Note::on("user", user.id).after(posting.audited()));
    }
    Ok(())
}

/// The buyer's own cancellation of tickets that are still theirs, by the terms of the concert: until a set time before the
/// performance, for a set fee a ticket; to the balance.
///
/// # Errors
/// [`RefundError::Closed`] where the concert lets nobody cancel, or not any more; [`RefundError::HandedOn`]; as [`refund`].
pub fn cancel_payment(tx: &Tx, payment: &Payment, tickets: Option<Vec<TicketKey>>) -> Result<Refund, RefundError> {
    let terms = catalog::domain::sale_terms(tx, payment.concert)?;
    let mut wish = Wish { tickets, kept: terms.cancel_fee, ..Wish::default() };
    if wish.tickets.is_none() {
        let own = payment.tickets.iter().filter(|ticket| ticket.stands() && ticket.holder.is_none());
        wish.tickets = Some(own.map(|ticket| ticket.key).collect());
    }
    for (ticket, _) in wanted(payment, &wish)? {
        if ticket.holder.is_some() {
            return Err(RefundError::HandedOn);
        }
        if door::domain::is_checked_in(tx, ticket.key)? {
            return Err(RefundError::CheckedIn);
        }
        let starts_at = catalog::domain::occasion(tx, ticket.seat.performance)?.starts_at;
        let until = terms.cancel_until_minutes.map(|minutes| starts_at.plus_ms(-i64::from(minutes) * 60_000));
        if until.is_none_or(|until| tx.wall() >= until) {
            return Err(RefundError::Closed(until));
        }
    }
    // From here it must succeed.
    refund(tx, payment, &wish, Cause::Buyer)
}

/// The refunds of a payment with their tickets, oldest first.
///
/// # Errors
/// Only the store's.
pub fn refunds(tx: &Tx, payment: &Payment) -> Result<Vec<Refund>, StoreError> {
    let mut refunds = sql::refunds(tx, payment.key)?;
    for refund in &mut refunds {
        let of = payment.tickets.iter().filter(|ticket| ticket.refund.is_some_and(|of| of.key == refund.key));
        refund.tickets = of.filter_map(|ticket| Some((*ticket, ticket.refund?.amount))).collect();
    }
    Ok(refunds)
}
