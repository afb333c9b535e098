//! Payments and tickets of an account that is made one with another are the other's from then on.

use std::collections::BTreeSet;

use crate::ids::{Ordinal, PaymentKey, TicketKey, UserKey};
use crate::payment::domain::payment_by_key;
use crate::payment::sql;
use crate::payment::{PaymentError, Ticket};
use crate::reservation;
use crate::store::{StoreError, Tx};
use crate::waitlist;

/// So many tickets that others handed on are taken along at most.
pub const MOST_HANDED: u32 = 1000;

/// The tickets that others handed on to this user; none where they are more than [`MOST_HANDED`].
///
/// # Errors
/// Only the store's.
pub fn handed(tx: &Tx, user: UserKey) -> Result<Option<Vec<Ticket>>, StoreError> {
    let tickets = sql::handed_to(tx, user, TicketKey(i64::MAX), MOST_HANDED + 1)?;
    Ok(Some(tickets).filter(|tickets| tickets.len() <= MOST_HANDED as usize))
}

/// These payments of one user, and the tickets that [`handed`] gave, are another's from now on. A ticket that one of the two
/// accounts handed on to the other is the payer's again, by the code it has. What was bought counts for the other too.
///
/// # Errors
/// Only the store's.
pub fn follow(
    tx: &Tx,
    payments: impl Iterator<Item = PaymentKey>,
    handed: &[Ticket],
    (from, into): (UserKey, UserKey),
) -> Result<(), PaymentError> {
    let mut concerts = BTreeSet::new();
    for payment in payments {
        sql::set_payer(tx, payment, into)?;
        sql::take_home(tx, payment, into)?;
        let (concert, ordinal) = sql::place_of(tx, payment)?;
        concerts.insert(concert);
        if ordinal >= Ordinal::FIRST_OF_WAITLIST {
            waitlist::domain::follow(tx, concert, ordinal, into)?;
        }
    }
    for concert in concerts {
        reservation::selling::follow(tx, concert, from, into)?;
    }
    for ticket in handed {
        let payer = payment_by_key(tx, ticket.key.payment())?.user;
        sql::set_holder(tx, ticket.key, Some(into).filter(|into| *into != payer))?;
    }
    Ok(())
}
