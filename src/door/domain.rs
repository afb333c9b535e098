//! Checking in. A ticket lets in once; what counts is the earliest scan, whichever is known first, so that doors without a
//! network may tell of theirs in any order.

use serde_json::json;
use uuid::Uuid;

use crate::audit::Note;
use crate::catalog::{self, CatalogError, SeatLabel};
use crate::clock::Instant;
use crate::door::record::{CheckIn, Figures};
use crate::door::sql;
use crate::ids::{CheckInKey, PerformanceKey, StaffKey, TicketKey};
use crate::payment::{self, Payment, PaymentError, Ticket};
use crate::reservation;
use crate::store::{StoreError, Tx};
use crate::webhook::{self, Event};

/// Why nobody is let in, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The payment's refusal: no such ticket, or a cancelled one.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The catalogue's refusal.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The ticket is for another performance.
    #[error("for another performance")]
    OtherPerformance(Box<SeatLabel>),
    /// Somebody came in by it.
    #[error("checked in at {}", .0.scanned_at)]
    CheckedIn(Box<CheckIn>),
    /// There is no such check-in, or it was undone.
    #[error("no such check-in")]
    NoSuchCheckIn,
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who scans, where.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The key.
    pub staff: StaffKey,
    /// Which gate, if that is said.
    pub name: Option<String>,
    /// For which performance; any where none is said.
    pub performance: Option<PerformanceKey>,
    /// Why somebody is let in by hand, where nothing is scanned.
    pub reason: Option<String>,
}

/// Lets the bearer of a ticket in, once.
///
/// # Errors
/// [`PaymentError::NoSuchTicket`], [`PaymentError::TicketCancelled`]; [`DoorError::OtherPerformance`];
/// [`DoorError::CheckedIn`] tells when and where the first was.
pub fn check_in(
    tx: &Tx,
    gate: &Gate,
    key: TicketKey,
    is_genuine: impl FnOnce(&Payment) -> bool,
) -> Result<(CheckIn, Ticket, SeatLabel), DoorError> {
    let (ticket, _) = payment::domain::any_ticket(tx, key, is_genuine)?;
    let label = catalog::domain::seat_label(tx, ticket.seat)?;
    if gate.performance.is_some_and(|performance| performance != ticket.seat.performance) {
        return Err(DoorError::OtherPerformance(Box::new(label)));
    }
    if let Some(first) = sql::live(tx, ticket.key)? {
        return Err(DoorError::CheckedIn(Box::new(first)));
    }
    // From here it must succeed.
    let mut made = new_check_in(tx, gate, &ticket, tx.wall(), None);
    made.key = sql::insert(tx, &made, gate.staff)?;
    note(tx, &made, gate.reason.as_deref());
    tell(tx, &made)?;
    Ok((made, ticket, label))
}

fn new_check_in(tx: &Tx, gate: &Gate, ticket: &Ticket, scanned_at: Instant, scan_id: Option<Uuid>) -> CheckIn {
    CheckIn {
        key: CheckInKey(0),
        id: tx.new_id(),
        ticket: ticket.key,
        performance: ticket.seat.performance,
        gate: gate.name.clone(),
        scanned_at,
        scan_id,
        is_double: false,
    }
}

fn note(tx: &Tx, made: &CheckIn, reason: Option<&str>) {
    tx.audit(|| {
        let mut after = json!({ "gate": made.gate, "is_double": made.is_double });
        if let Some(reason) = reason {
            after["reason"] = json!(reason);
        }
        Note::on("check_in", made.id).after(after)
    });
}

/// Tells those who want to know that somebody came in. No code stands there: it opens the door.
fn tell(tx: &Tx, made: &CheckIn) -> Result<(), DoorError> {
    if !tx.terms().has_webhooks {
        return Ok(());
    }
    let performance_id = catalog::domain::occasion(tx, made.performance).map_err(PaymentError::from)?.performance_id;
    Ok(webhook::put(tx, Event::TicketCheckedIn, made.performance, || {
        json!({ "check_in_id": made.id, "performance_id": performance_id, "gate": made.gate,
            "scanned_at": made.scanned_at })
    })?)
}

/// A scan that a door made without a network.
#[derive(Clone, Debug)]
pub struct Scan {
    /// As the device calls it.
    pub id: Uuid,
    /// When, by the device's clock.
    pub scanned_at: Instant,
    /// At which gate.
    pub gate: Option<String>,
}

/// What became of a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// It counts.
    Counts,
    /// Another one counts, which was this.
    Double(CheckIn),
    /// The ticket was refunded: somebody was let in who had none.
    Cancelled,
    /// There is no such ticket.
    Unknown,
}

/// Notes a scan of a door without a network; the same scan once, however often it is sent. Of two scans of one ticket the
/// earlier counts, and the other is kept as a double.
///
/// # Errors
/// Only the store's.
pub fn merge(
    tx: &Tx,
    staff: StaffKey,
    scan: &Scan,
    key: TicketKey,
    is_genuine: impl FnOnce(&Payment) -> bool,
) -> Result<Merged, DoorError> {
    if let Some(known) = sql::by_scan(tx, scan.id)? {
        return outcome(tx, &known);
    }
    let ticket = match payment::domain::any_ticket(tx, key, is_genuine) {
        Ok((ticket, _)) => ticket,
        Err(PaymentError::TicketCancelled) => return Ok(Merged::Cancelled),
        Err(PaymentError::NoSuchTicket) => return Ok(Merged::Unknown),
        Err(error) => return Err(error.into()),
    };
    // From here it must succeed.
    let gate = Gate { staff, name: scan.gate.clone(), performance: None, reason: None };
    let mut made = new_check_in(tx, &gate, &ticket, scan.scanned_at, Some(scan.id));
    if let Some(first) = sql::live(tx, ticket.key)? {
        if made.goes_before(&first) {
            sql::make_double(tx, first.key)?;
        } else {
            made.is_double = true;
        }
    }
    made.key = sql::insert(tx, &made, staff)?;
    note(tx, &made, None);
    outcome(tx, &made)
}

fn outcome(tx: &Tx, of: &CheckIn) -> Result<Merged, DoorError> {
    match sql::live(tx, of.ticket)? {
        Some(first) if first.key != of.key => Ok(Merged::Double(first)),
        Some(_) | None => Ok(Merged::Counts),
    }
}

/// Undoes a check-in: the ticket lets in again.
///
/// # Errors
/// [`DoorError::NoSuchCheckIn`].
pub fn undo_check_in(tx: &Tx, id: Uuid, reason: &str) -> Result<CheckIn, DoorError> {
    let made = sql::find(tx, id)?.ok_or(DoorError::NoSuchCheckIn)?;
    // From here it must succeed.
    sql::undo(tx, made.key, reason, tx.wall())?;
    tx.audit(|| Note::on("check_in", id).after(json!({ "is_undone": true, "reason": reason })));
    Ok(made)
}

/// How many are in.
///
/// # Errors
/// Only the store's.
pub fn figures(tx: &Tx, performance: PerformanceKey) -> Result<Figures, DoorError> {
    let tickets = reservation::selling::count_sold(tx, performance)?;
    let (gates, doubles) = (sql::by_gate(tx, performance)?, sql::count_doubles(tx, performance)?);
    Ok(Figures { tickets, gates, doubles, without_network: sql::count_without_network(tx, performance)? })
}

/// Up to `limit` check-ins of a performance by one gate (none: those of whom no gate was said) after this one, doubles
/// included, without those that were undone.
///
/// # Errors
/// Only the store's.
pub fn check_ins(
    tx: &Tx,
    performance: PerformanceKey,
    gate: Option<&str>,
    after: CheckInKey,
    limit: u32,
) -> Result<Vec<CheckIn>, StoreError> {
    sql::by_one_gate(tx, performance, gate, after, limit)
}

/// A check-in by its key.
///
/// # Errors
/// [`DoorError::NoSuchCheckIn`].
pub fn check_in_by_key(tx: &Tx, key: CheckInKey) -> Result<CheckIn, DoorError> {
    sql::by_key(tx, key)?.ok_or(DoorError::NoSuchCheckIn)
}

/// The gates of a performance by which anybody came, those of whom none was said among them.
///
/// # Errors
/// Only the store's.
pub fn gates(tx: &Tx, performance: PerformanceKey) -> Result<Vec<Option<String>>, StoreError> {
    sql::gates(tx, performance)
}

/// A ticket on the list that a door keeps for when it has no network.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The ticket.
    pub ticket: Ticket,
    /// The payment, which its code is made with.
    pub payment_id: Uuid,
    /// Whether somebody came in by it.
    pub is_checked_in: bool,
}

/// Up to `limit` tickets of a performance that stand, in the order of [`payment::domain::sold_tickets`], after this one.
///
/// # Errors
/// [`PaymentError::NoSuchTicket`] for a ticket that was never sold.
pub fn door_list(
    tx: &Tx,
    performance: PerformanceKey,
    after: Option<TicketKey>,
    limit: u32,
) -> Result<Vec<Listed>, DoorError> {
    let mut listed = Vec::new();
    for key in payment::domain::sold_tickets(tx, performance, after, limit)? {
        let payment = payment::domain::payment_by_key(tx, key.payment())?;
        let ticket = payment.tickets.iter().find(|ticket| ticket.key == key).copied();
        let ticket = ticket.ok_or(PaymentError::NoSuchTicket)?;
        let is_checked_in = sql::live(tx, key)?.is_some();
        listed.push(Listed { ticket, payment_id: payment.id, is_checked_in });
    }
    Ok(listed)
}

/// Whether somebody came in by a ticket.
///
/// # Errors
/// Only the store's.
pub fn is_checked_in(tx: &Tx, ticket: TicketKey) -> Result<bool, StoreError> {
    Ok(sql::live(tx, ticket)?.is_some())
}
