//! Handing a ticket on to another account: from then on it is theirs alone, by a new code, and the old one is dead. The payment
//! stays the payer's, and so does the money if it is refunded.

use crate::account;
use crate::ids::{TicketKey, UserKey};
use crate::paging::cut;
use crate::payment::PaymentError;
use crate::payment::domain::{own_ticket, payment_by_key};
use crate::payment::sql;
use crate::payment::ticket::{Payment, Ticket};
use crate::store::Tx;

/// Hands a ticket of this user on to whoever has the account with this address.
///
/// # Errors
/// As [`own_ticket`]; [`PaymentError::NoSuchRecipient`]; [`PaymentError::OwnTicket`] when it is theirs already.
pub fn hand_on_ticket(
    tx: &Tx,
    user: UserKey,
    key: TicketKey,
    is_genuine: impl FnOnce(&Payment) -> bool,
    email: &str,
) -> Result<Ticket, PaymentError> {
    let (ticket, payment) = own_ticket(tx, user, key, is_genuine)?;
    let to = account::buyers::by_email(tx, email)?.ok_or(PaymentError::NoSuchRecipient)?.key;
    if to == user {
        return Err(PaymentError::OwnTicket);
    }
    let mut salt = [0; 8];
    tx.entropy().fill(&mut salt);
    // From here it must succeed.
    sql::hand_on(tx, &ticket, Some(to).filter(|to| *to != payment.user), i64::from_be_bytes(salt))?;
    Ok(ticket)
}

/// A page of tickets, each in its payment, and the cursor of the page that follows, if one does.
pub type Handed = (Vec<(Ticket, Payment)>, Option<TicketKey>);

/// Up to `limit` tickets that others handed on to this user and that stand, each in its payment, newest first, older than
/// `cursor`; and the cursor of the page that follows, if one does.
///
/// # Errors
/// Only the store's.
pub fn handed_tickets(tx: &Tx, user: UserKey, cursor: Option<TicketKey>, limit: u32) -> Result<Handed, PaymentError> {
    let mut tickets = sql::handed_to(tx, user, cursor.unwrap_or(TicketKey(i64::MAX)), limit + 1)?;
    let next = cut(&mut tickets, limit).map(|last| last.key);
    let standing = tickets.into_iter().filter(Ticket::stands);
    let with_payment = standing.map(|found| {
        let payment = payment_by_key(tx, found.key.payment())?;
        let ticket = payment.tickets.iter().find(|ticket| ticket.key == found.key).copied();
        Ok((ticket.ok_or(PaymentError::NoSuchTicket)?, payment))
    });
    Ok((with_payment.collect::<Result<_, PaymentError>>()?, next))
}
