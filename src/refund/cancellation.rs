//! What does not take place: a performance is cancelled in one commit, its tickets are refunded in many small ones that others'
//! changes go between, and so are many performances of a concert cancelled. How far it has come stands in the data file, so that it
//! goes on after a crash, and a ticket that was refunded is passed over, so that each is refunded exactly once.

use std::collections::BTreeSet;

use serde_json::json;
use tokio::sync::Notify;

use crate::audit::Note;
use crate::catalog::concert;
use crate::catalog::performance;
use crate::catalog::performance::Dated;
use crate::clock::Instant;
use crate::ids::{PaymentKey, PerformanceKey, TicketKey};
use crate::money::Amount;
use crate::payment;
use crate::picture::{Memory, Plain};
use crate::refund::domain::{RefundError, Wish, refund};
use crate::refund::record::{Cancellation, Cause, ToCancel};
use crate::refund::sql;
use crate::reservation;
use crate::store::{StoreError, Tx};
use crate::webhook::{self, Event};

/// So many tickets are refunded by one commit.
const TICKETS_PER_COMMIT: u32 = 32;
/// So many rows of seats are looked at to count tickets in the commit that cancels.
const MOST_COUNTED: u32 = 50_000;
/// So many performances of a concert are cancelled by one commit: a payment beside it waits some ten milliseconds.
pub const PERFORMANCES_PER_COMMIT: u32 = 500;

/// A performance was cancelled: there may be tickets to refund.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Noticed;

impl Plain for Noticed {
    const NAME: &'static str = "cancellation";
}

/// Wakes whoever refunds.
#[derive(Default)]
pub struct Cancellations {
    begun: Notify,
}

impl Cancellations {
    /// A performance was cancelled since this was last waited for.
    pub fn begun(&self) -> impl Future<Output = ()> {
        self.begun.notified()
    }
}

impl Memory<Noticed> for Cancellations {
    fn apply(&self, _: &[&Noticed], _: Instant) {
        self.begun.notify_one();
    }
}

/// Cancels a performance that has not begun: nothing of it is sold any more, and its tickets are refunded behind.
///
/// # Errors
/// [`RefundError::PerformanceCancelled`]; [`RefundError::Started`].
pub fn cancel_performance(tx: &Tx, dated: &Dated, mut counting: Counting) -> Result<Cancellation, RefundError> {
    if dated.is_cancelled {
        return Err(RefundError::PerformanceCancelled);
    }
    if tx.wall() >= dated.starts_at {
        return Err(RefundError::Started);
    }
    // From here it must succeed.
    performance::domain::cancel(tx, std::slice::from_ref(dated))?;
    performance::domain::cancelled(tx, dated.concert)?;
    begin(tx, dated, &mut counting)
}

/// So many rows may still be looked at by this commit to count tickets; what it leaves is counted behind.
#[derive(Clone, Copy, Debug)]
pub struct Counting(pub u32);

impl Default for Counting {
    fn default() -> Self {
        Self(MOST_COUNTED)
    }
}

impl Counting {
    /// The tickets of a performance that stand, unless that is too much to look at here.
    fn tickets(&mut self, tx: &Tx, performance: PerformanceKey) -> Result<Option<u32>, StoreError> {
        let counted = reservation::selling::count_sold_within(tx, performance, self.0)?;
        self.0 -= counted.map_or(0, |counted| counted.looked_at);
        Ok(counted.map(|counted| counted.sold))
    }
}

fn begin(tx: &Tx, dated: &Dated, counting: &mut Counting) -> Result<Cancellation, RefundError> {
    let cancellation = Cancellation {
        performance: dated.key,
        performance_id: dated.id,
        concert: dated.concert,
        begun_at: tx.wall(),
        done_at: None,
        tickets: counting.tickets(tx, dated.key)?,
        refunded: 0,
        amount: Amount(0),
        last_ticket: None,
    };
    sql::insert_cancellation(tx, &cancellation)?;
    let told = || json!({ "performance_id": dated.id, "starts_at": dated.starts_at });
    webhook::put(tx, Event::PerformanceCancelled, dated.key, told)?;
    tx.tell(Noticed);
    let tickets = cancellation.tickets;
    tx.audit(|| Note::on("performance", dated.id).after(json!({ "is_cancelled": true, "tickets": tickets })));
    Ok(cancellation)
}

/// Cancels a concert: nothing of it is sold any more from here on. Those of its performances that have not begun are cancelled with
/// their refunds, the first `at_once` by this commit and the others behind. One that is cancelled already is only gone on with.
///
/// # Errors
/// [`crate::catalog::CatalogError::NoSuchConcert`], [`crate::catalog::CatalogError::StateFixed`].
pub fn cancel_concert(tx: &Tx, of: &concert::Concert, at_once: u32, counting: Counting) -> Result<(), RefundError> {
    performance::domain::cancel_concert(tx, of)?;
    let from = sql::concert_cancellation(tx, Some(of.key))?.unwrap_or_else(|| ToCancel {
        concert: of.key,
        // What starts this very moment has begun.
        last: (tx.wall(), PerformanceKey(i64::MAX)),
    });
    cancel_some(tx, &from, at_once, counting)
}

/// Cancels the next few performances of a cancelled concert.
fn cancel_some(tx: &Tx, from: &ToCancel, most: u32, mut counting: Counting) -> Result<(), RefundError> {
    let some = performance::domain::of_concert(tx, from.concert, Some(from.last), most)?;
    let to_cancel: Vec<_> = some.iter().filter(|dated| !dated.is_cancelled).cloned().collect();
    performance::domain::cancel(tx, &to_cancel)?;
    for dated in &to_cancel {
        begin(tx, dated, &mut counting)?;
    }
    match some.last().filter(|_| some.len() as u32 == most) {
        Some(last) => {
            tx.tell(Noticed);
            Ok(sql::leave(tx, &ToCancel { last: (last.starts_at, last.key), ..*from })?)
        }
        None => {
            sql::leave_nothing(tx, from.concert)?;
            Ok(performance::domain::cancelled(tx, from.concert)?)
        }
    }
}

/// How far the refunds of a cancelled performance have come.
///
/// # Errors
/// [`RefundError::NotCancelled`].
pub fn cancellation(tx: &Tx, performance: PerformanceKey) -> Result<Cancellation, RefundError> {
    sql::cancellation(tx, performance)?.ok_or(RefundError::NotCancelled)
}

/// The same of all cancelled performances of a concert, up to `limit` after `cursor`.
///
/// # Errors
/// Only the store's.
pub fn cancellations(
    tx: &Tx,
    of: &concert::Concert,
    cursor: Option<PerformanceKey>,
    limit: u32,
) -> Result<Vec<Cancellation>, RefundError> {
    Ok(sql::cancellations(tx, of.key, cursor.unwrap_or(PerformanceKey(0)), limit)?)
}

/// What is to be done next for a cancelled performance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Some performances of a cancelled concert are to be cancelled too.
    Cancel,
    /// So many tickets of it stand: nothing of it is sold any more, so that a reader may count them.
    Counted(PerformanceKey, u32),
    /// Some of them are to be refunded.
    Refund,
}

/// What is next, if anything is left.
///
/// # Errors
/// Only the store's.
pub fn next_step(tx: &Tx) -> Result<Option<Step>, StoreError> {
    if sql::concert_cancellation(tx, None)?.is_some() {
        return Ok(Some(Step::Cancel));
    }
    let Some(open) = sql::open_cancellation(tx)? else { return Ok(None) };
    let count = || reservation::selling::count_sold(tx, open.performance);
    Ok(Some(if open.tickets.is_none() { Step::Counted(open.performance, count()?) } else { Step::Refund }))
}

/// Takes a step. It may have been taken by another meanwhile.
///
/// # Errors
/// Only the store's, and what [`refund`] refuses.
pub fn go_on(tx: &Tx, step: Step) -> Result<(), RefundError> {
    match step {
        Step::Cancel => match sql::concert_cancellation(tx, None)? {
            Some(from) => cancel_some(tx, &from, PERFORMANCES_PER_COMMIT, Counting::default()),
            None => Ok(()),
        },
        Step::Counted(performance, tickets) => Ok(sql::set_tickets(tx, performance, tickets)?),
        Step::Refund => refund_some(tx),
    }
}

/// Refunds the next few tickets.
fn refund_some(tx: &Tx) -> Result<(), RefundError> {
    let Some(from) = sql::open_cancellation(tx)?.filter(|from| from.tickets.is_some()) else { return Ok(()) };
    let sold = payment::domain::sold_tickets(tx, from.performance, from.last_ticket, TICKETS_PER_COMMIT)?;
    let mut to = from.clone();
    if (sold.len() as u32) < TICKETS_PER_COMMIT {
        to.done_at = Some(tx.wall());
    }
    to.last_ticket = sold.last().copied().or(from.last_ticket);
    let tickets: BTreeSet<TicketKey> = sold.into_iter().collect();
    let payments: BTreeSet<PaymentKey> = tickets.iter().map(|ticket| ticket.payment()).collect();
    for key in payments {
        let payment = payment::domain::payment_by_key(tx, key)?;
        let of_it = payment.tickets.iter().filter(|ticket| tickets.contains(&ticket.key) && ticket.stands());
        let keys: Vec<_> = of_it.map(|ticket| ticket.key).collect();
        let count = keys.len() as u32;
        let wish = Wish { tickets: Some(keys), with_order_fee: true, ..Wish::default() };
        let refund = refund(tx, &payment, &wish, Cause::Performance)?;
        to.refunded += count;
        to.amount.0 += refund.amount.0;
    }
    sql::advance(tx, &from, &to)?;
    Ok(())
}
