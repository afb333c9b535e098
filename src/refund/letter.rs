//! What the mail about a refund tells.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::catalog;
use crate::ids::UserKey;
use crate::payment::letter::written;
use crate::payment::{self, PaymentError};
use crate::refund::domain::{RefundError, refunds};
use crate::refund::sql;
use crate::store::Tx;

/// A refund of a payment of this user, for people to read.
///
/// # Errors
/// [`PaymentError::NoSuchPayment`] when there is no such refund.
pub fn told(tx: &Tx, user: UserKey, id: Uuid) -> Result<Value, RefundError> {
    let missing = || RefundError::from(PaymentError::NoSuchPayment);
    let payment = payment::domain::payment_by_key(tx, sql::payment_of(tx, id)?.ok_or_else(missing)?)?;
    let refund = refunds(tx, &payment)?.into_iter().find(|refund| refund.id == id).ok_or_else(missing)?;
    if payment.user != user {
        return Err(missing());
    }
    let currency = tx.terms().currency;
    let mut tickets = Vec::new();
    for (ticket, amount) in &refund.tickets {
        let label = catalog::domain::seat_label(tx, ticket.seat)?;
        let of = &label.occasion;
        tickets.push(json!({
            "concert": of.concert_title,
            "local_date": of.local.date,
            "local_time": of.local.time,
            "hall": of.hall,
            "seat": format!("{} {} {}", label.section, label.row, label.label),
            "amount": written(currency, amount.0),
        }));
    }
    Ok(json!({
        "cause": refund.cause, "to": refund.way, "amount": written(currency, refund.amount.0), "tickets": tickets,
    }))
}
