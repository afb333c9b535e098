//! What was sold, in the order of payments, for whoever reads it from end to end: in pieces, by key.

use uuid::Uuid;

use crate::ids::{PaymentKey, TICKETS_PER_PAYMENT, TicketKey};
use crate::payment::error::PaymentError;
use crate::payment::sql;
use crate::payment::ticket::SoldPayment;
use crate::store::{StoreError, Tx};

/// Up to `limit` payments after this one, up to and including another, in the order in which they were made.
///
/// # Errors
/// Only the store's.
pub fn sold(tx: &Tx, (after, up_to): (PaymentKey, PaymentKey), limit: u32) -> Result<Vec<SoldPayment>, StoreError> {
    let mut payments = sql::sold(tx, after, up_to, limit)?;
    let (Some(first), Some(last)) = (payments.first(), payments.last()) else { return Ok(payments) };
    let mut tickets = sql::tickets_of(tx, first.key, last.key)?.into_iter().peekable();
    for payment in &mut payments {
        while let Some(ticket) = tickets.next_if(|ticket| ticket.key.payment() == payment.key) {
            payment.tickets.push(ticket);
        }
    }
    Ok(payments)
}

/// One payment.
///
/// # Errors
/// [`PaymentError::NoSuchPayment`].
pub fn sold_one(tx: &Tx, key: PaymentKey) -> Result<SoldPayment, PaymentError> {
    sold(tx, (PaymentKey(key.0 - 1), key), 1)?.pop().ok_or(PaymentError::NoSuchPayment)
}

/// The public id of a payment.
///
/// # Errors
/// [`PaymentError::NoSuchPayment`].
pub fn payment_id(tx: &Tx, key: PaymentKey) -> Result<Uuid, PaymentError> {
    sql::payment_id(tx, key)?.ok_or(PaymentError::NoSuchPayment)
}

/// The last ticket that a payment may have.
pub fn last_ticket(of: PaymentKey) -> TicketKey {
    TicketKey(of.0 * TICKETS_PER_PAYMENT + TICKETS_PER_PAYMENT - 1)
}
