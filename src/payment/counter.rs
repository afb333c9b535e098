//! Payments at the counter: of whoever stands there, without a visit. Seats are sold as a buyer's are, by the same bill; the
//! money has come in before, in the same commit.

use uuid::Uuid;

use crate::account;
use crate::catalog::Performance;
use crate::catalog::prices::{Bill, Fees};
use crate::clock::Instant;
use crate::ids::{SeatId, TypeNo, UserKey};
use crate::mail::{self, MailKind};
use crate::money::Amount;
use crate::payment::basket::Priced;
use crate::payment::channel::{NO_VISIT, PaidBy};
use crate::payment::domain::{issue_tickets, tell_paid};
use crate::payment::error::PaymentError;
use crate::payment::sales::Paid;
use crate::payment::ticket::Payment;
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::{self, HoldError, Holder};
use crate::store::Tx;
use crate::wallet::{self, Posting};

/// What free places of a performance cost as these ticket types, one for each or none named; or places of a block. Nothing
/// where they are given away.
///
/// # Errors
/// [`PaymentError::Seats`].
pub fn price(
    tx: &Tx,
    performance: &Performance,
    seats: &[SeatId],
    block: Option<Uuid>,
    types: &[TypeNo],
    is_free: bool,
) -> Result<Priced, PaymentError> {
    if seats.is_empty() || seats.len() > MOST_SEATS {
        return Err(HoldError::BadChoice("name 1 to 64 seats").into());
    }
    if !types.is_empty() && types.len() != seats.len() {
        return Err(HoldError::BadChoice("types must name one ticket type for each seat").into());
    }
    let mut offers = reservation::selling::require_sellable(tx, performance, seats, block, types)?;
    if is_free {
        offers.iter_mut().for_each(|offer| offer.price = Amount(0));
    }
    let fees = if is_free { Fees::default() } else { performance.fees };
    let bill = Bill::new(offers.iter().map(|offer| offer.price), fees);
    Ok(Priced { offers: seats.iter().copied().zip(offers).collect(), bill, discount: None })
}

/// Checks that so much is there.
///
/// # Errors
/// [`PaymentError::Insufficient`].
pub fn require_balance(balance: Amount, needed: Amount) -> Result<(), PaymentError> {
    if balance < needed { Err(PaymentError::Insufficient { balance, needed, held: (0, 0) }) } else { Ok(()) }
}

/// Sells to this buyer what [`price`] gave in this transaction, from a balance that holds enough. What a block kept is no longer
/// its.
///
/// # Errors
/// Only the store's.
pub fn sell(
    tx: &Tx,
    user: UserKey,
    performance: &Performance,
    block: Option<Uuid>,
    priced: &Priced,
    paid_by: PaidBy,
) -> Result<(Payment, Posting), PaymentError> {
    if let Some(block) = block {
        let seats: Vec<_> = priced.offers.iter().map(|(seat, _)| *seat).collect();
        reservation::selling::take_from_block(tx, performance, block, &seats)?;
    }
    let (concert, ordinal) = (performance.concert, NO_VISIT);
    let holder = Holder { concert, ordinal, user, takes_until: Instant(i64::MAX), keeps_seconds: None };
    let payment = issue_tickets(tx, &holder, priced, Some(paid_by))?;
    let offered = payment.tickets.iter().zip(&priced.offers);
    let sold: Vec<_> = offered.map(|(ticket, (_, offer))| ticket.sold(offer)).collect();
    reservation::selling::sell(tx, &holder, performance, &sold)?;
    let wallet = wallet::domain::wallet(tx, user)?;
    let posting = wallet::domain::debit(tx, user, wallet, payment.amount, payment.key)?;
    if tx.terms().sends_mail && account::domain::user(tx, user)?.is_some_and(|user| user.email.is_some()) {
        mail::put(tx, MailKind::Payment, user, payment.id)?;
    }
    tell_paid(tx, &payment)?;
    tx.tell(Paid { concert, tickets: payment.tickets.len() as u64, amount: payment.amount });
    Ok((payment, posting))
}
