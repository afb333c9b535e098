//! Offering what came back: to the first of those whom it suits, as a hold of its own length.

use crate::account;
use crate::ids::ConcertKey;
use crate::mail::{self, MailKind};
use crate::reservation::domain::Choice;
use crate::reservation::{self, FreePlaces, HoldError, Seen};
use crate::store::{StoreError, Tx};
use crate::waitlist::domain::{end, tell, waitlist};
use crate::waitlist::error::WaitlistError;
use crate::waitlist::free::{free_of, most_free, wanted};
use crate::waitlist::letter;
use crate::waitlist::record::{Entry, Status, Waitlist};
use crate::waitlist::sql;

/// So many offers are made, or pass, in one commit at most, so that nobody else waits long.
const PER_COMMIT: u32 = 16;
/// A commit looks through so many free seats for those that it offers, unless one offer alone has more to choose from.
const LOOKED_THROUGH: u32 = 20_000;

/// Passes on what was offered for too long, and offers what is free to those who want it, by what memory saw of the concert's
/// performances. Gives whether there may be more to do.
///
/// # Errors
/// Only the store's.
pub fn offer(tx: &Tx, concert: ConcertKey, seen: &[Seen]) -> Result<bool, WaitlistError> {
    let passing = sql::passing(tx, concert, tx.now(), PER_COMMIT)?;
    for entry in &passing {
        end(tx, entry, Status::Passed)?;
    }
    let most = PER_COMMIT - passing.len() as u32;
    if most == 0 {
        return Ok(true);
    }
    // Of a performance that has changed in this very group memory learns soon, and this is asked again.
    let mut current = Vec::with_capacity(seen.len());
    for seen in seen {
        if is_current(tx, seen)? {
            current.push(seen.clone());
        }
    }
    match free_of(tx, &current) {
        Ok(mut free) => offer_free(tx, &waitlist(tx, concert)?, &mut free, most),
        Err(HoldError::Outrun) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn is_current(tx: &Tx, seen: &Seen) -> Result<bool, StoreError> {
    match reservation::domain::require_current(tx, seen.performance()) {
        Ok(()) => Ok(true),
        Err(HoldError::Store(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

/// Gives whether there may be more to offer.
fn offer_free(tx: &Tx, list: &Waitlist, free: &mut [FreePlaces], most: u32) -> Result<bool, WaitlistError> {
    let most_free_at_first = most_free(free);
    if most_free_at_first == 0 {
        return Ok(false);
    }
    let (most, mut done) = (most.min(1 + LOOKED_THROUGH / most_free_at_first), 0);
    for entry in sql::waiting(tx, list.concert, most_free_at_first)? {
        if done == most || most_free(free) == 0 {
            break;
        }
        let Some((at, choice)) = wanted(tx, &entry.wish, free)? else { continue };
        match offer_to(tx, list, &entry, &free[at], &choice) {
            Ok(seat_numbers) => {
                drop(choice);
                free[at].take(tx, &seat_numbers)?;
            }
            Err(HoldError::Store(error)) => return Err(error.into()),
            // Somebody was faster than memory: it is asked again.
            Err(HoldError::Outrun) => return Ok(true),
            // What may not be had by this buyer, or by nobody in this way, is offered to the next.
            Err(_) => end(tx, &entry, Status::Passed)?,
        }
        done += 1;
    }
    Ok(done == most)
}

/// Checks all before it writes, as any hold does. Gives the places that are offered.
fn offer_to(
    tx: &Tx,
    list: &Waitlist,
    entry: &Entry,
    free: &FreePlaces,
    choice: &Choice,
) -> Result<Vec<u32>, HoldError> {
    let holder = entry.holder(list.offer_seconds);
    let placed = reservation::domain::hold_seats(tx, &holder, free.performance(), choice, &[])?;
    sql::offer(tx, entry, placed.hold.held_until)?;
    tell(tx, entry, Some(entry.status), Status::Offered);
    if tx.terms().sends_mail && account::domain::user(tx, entry.user)?.is_some_and(|user| user.email.is_some()) {
        mail::put(tx, MailKind::WaitlistOffer, entry.user, letter::subject(entry))?;
    }
    Ok(placed.hold.seat_numbers)
}
