//! Mails about a performance that is at another time, to all who have tickets for it: put into the outbox a few at each commit, and
//! gone on with after a crash. A reader has one for each payment, with its seats.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::account;
use crate::catalog::{self, LocalTime, performance};
use crate::clock::Instant;
use crate::ids::{PerformanceKey, UserKey};
use crate::mail;
use crate::payment::PaymentError;
use crate::payment::domain::{any_payment, payment_by_key, sold_tickets};
use crate::payment::ticket::{Payment, Ticket};
use crate::store::Tx;

/// So many tickets are looked at by one commit.
const TICKETS_PER_COMMIT: u32 = 64;

/// Puts the next few mails into the outbox. Gives whether there was anything to do.
///
/// # Errors
/// Only the store's.
pub fn go_on(tx: &Tx) -> Result<bool, PaymentError> {
    let Some(mailing) = mail::domain::open_mailing(tx)? else { return Ok(false) };
    let tickets = sold_tickets(tx, mailing.performance, mailing.last_ticket, TICKETS_PER_COMMIT)?;
    let mut told = BTreeSet::new();
    for key in &tickets {
        let payment = payment_by_key(tx, key.payment())?;
        let Some(ticket) = payment.tickets.iter().find(|ticket| ticket.key == *key) else { continue };
        let reader = ticket.holder.unwrap_or(payment.user);
        // The first of theirs in this payment stands for all of them.
        let order = |of: &Ticket| (of.seat.seat_no, of.key);
        let first = theirs(&payment, mailing.performance, reader).min_by_key(|ticket| order(ticket));
        let is_first = first.is_some_and(|first| first.key == *key);
        if is_first && told.insert((reader, payment.key)) && has_address(tx, reader)? {
            let subject = format!("{} {} {}", mailing.performance.0, payment.id, mailing.started_before.0);
            mail::put(tx, mailing.kind, reader, subject)?;
        }
    }
    let is_done = (tickets.len() as u32) < TICKETS_PER_COMMIT;
    let last = tickets.last().copied().or(mailing.last_ticket);
    mail::domain::advance(tx, &mailing, last, is_done)?;
    Ok(true)
}

/// The tickets of a payment for a performance that stand and are this user's.
fn theirs(payment: &Payment, performance: PerformanceKey, user: UserKey) -> impl Iterator<Item = &Ticket> {
    payment.tickets.iter().filter(move |ticket| {
        ticket.stands() && ticket.seat.performance == performance && ticket.holder.unwrap_or(payment.user) == user
    })
}

fn has_address(tx: &Tx, user: UserKey) -> Result<bool, PaymentError> {
    Ok(account::domain::user(tx, user)?.is_some_and(|user| user.email.is_some()))
}

/// What such a mail tells: when the performance was, when it is now, and the reader's seats.
///
/// # Errors
/// [`PaymentError::NoSuchPayment`] when the reader has no ticket for it any more.
pub fn told(tx: &Tx, user: UserKey, subject: &str) -> Result<Value, PaymentError> {
    let missing = || PaymentError::NoSuchPayment;
    let mut parts = subject.split(' ');
    let mut next = || parts.next().ok_or_else(missing);
    let performance = PerformanceKey(next()?.parse().map_err(|_| missing())?);
    let payment: Uuid = next()?.parse().map_err(|_| missing())?;
    let before = Instant(next()?.parse().map_err(|_| missing())?);
    let payment = any_payment(tx, payment)?;
    let mut seats = Vec::new();
    for ticket in theirs(&payment, performance, user) {
        let label = catalog::domain::seat_label(tx, ticket.seat)?;
        seats.push(format!("{} {} {}", label.section, label.row, label.label).trim().to_owned());
    }
    if seats.is_empty() {
        return Err(missing());
    }
    let of = catalog::domain::occasion(tx, performance)?;
    let time_zone = performance::domain::performance(tx, of.performance_id)?.time_zone;
    let before = LocalTime::in_zone(&time_zone, before);
    Ok(json!({
        "concert": of.concert_title,
        "local_date": of.local.date,
        "local_time": of.local.time,
        "utc_offset": of.local.utc_offset,
        "hall": of.hall,
        "before": { "local_date": before.date, "local_time": before.time },
        "seats": seats,
    }))
}
