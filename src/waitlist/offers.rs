//! Offering what came back: to the first of those whom it suits, as a hold of its own length.

use std::sync::Arc;

use crate::account;
use crate::catalog::Performance;
use crate::ids::ConcertKey;
use crate::mail::{self, MailKind};
use crate::reservation::domain::Choice;
use crate::reservation::{self, FreePlaces, HoldError};
use crate::store::Tx;
use crate::waitlist::domain::{end, tell, waitlist};
use crate::waitlist::error::WaitlistError;
use crate::waitlist::free::{free_of, most_free, wanted};
use crate::waitlist::letter;
use crate::waitlist::record::{Entry, Status, Waitlist};
use crate::waitlist::sql;

/// So many offers are made, or pass, in one commit at most, so that nobody else waits long.
const PER_COMMIT: u32 = 16;

/// Passes on what was offered for too long, and offers what is free to those who want it. Gives whether there may be more to do.
///
/// # Errors
/// Only the store's.
pub fn offer(tx: &Tx, concert: ConcertKey, performances: &[Arc<Performance>]) -> Result<bool, WaitlistError> {
    let performances = &current(tx, performances)?;
    let passing = sql::passing(tx, concert, tx.now(), PER_COMMIT)?;
    for entry in &passing {
        end(tx, entry, Status::Passed)?;
    }
    let mut done = passing.len() as u32;
    if done < PER_COMMIT {
        done += offer_free(tx, &waitlist(tx, concert)?, performances, PER_COMMIT - done)?;
    }
    if done > 0 {
        tell(tx, concert)?;
    }
    Ok(done == PER_COMMIT)
}

/// Those that memory knows as they are. Of one that has changed in this very group it learns soon, and this is asked again.
fn current(tx: &Tx, performances: &[Arc<Performance>]) -> Result<Vec<Arc<Performance>>, WaitlistError> {
    let mut current = Vec::with_capacity(performances.len());
    for performance in performances {
        match reservation::domain::require_current(tx, performance) {
            Ok(()) => current.push(performance.clone()),
            Err(HoldError::Store(error)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    Ok(current)
}

fn offer_free(tx: &Tx, list: &Waitlist, performances: &[Arc<Performance>], most: u32) -> Result<u32, WaitlistError> {
    let (mut free, mut done) = (free_of(tx, performances)?, 0);
    let most_free_at_first = most_free(&free);
    if most_free_at_first == 0 {
        return Ok(0);
    }
    for entry in sql::waiting(tx, list.concert, most_free_at_first)? {
        if done == most || most_free(&free) == 0 {
            break;
        }
        let Some((performance, choice)) = wanted(&entry, performances, &free) else { continue };
        match offer_to(tx, list, &entry, performance, &choice) {
            Ok(()) => {
                free.insert(performance.key, FreePlaces::of(tx, performance)?);
            }
            Err(HoldError::Store(error)) => return Err(error.into()),
            // What may not be had by this buyer, or by nobody in this way, is offered to the next.
            Err(_) => end(tx, &entry, Status::Passed)?,
        }
        done += 1;
    }
    Ok(done)
}

/// Checks all before it writes, as any hold does.
fn offer_to(
    tx: &Tx,
    list: &Waitlist,
    entry: &Entry,
    performance: &Arc<Performance>,
    choice: &Choice,
) -> Result<(), HoldError> {
    let holder = entry.holder(list.offer_seconds);
    let placed = reservation::domain::hold_seats(tx, &holder, performance, choice, &[])?;
    sql::offer(tx, entry, placed.hold.held_until)?;
    if tx.terms().sends_mail && account::domain::user(tx, entry.user)?.is_some_and(|user| user.email.is_some()) {
        mail::put(tx, MailKind::WaitlistOffer, entry.user, letter::subject(entry))?;
    }
    Ok(())
}

/// Nobody else takes seats of a performance while the waitlist has not been offered what is free of it.
///
/// # Errors
/// [`WaitlistError::First`].
pub fn require_none_waits(tx: &Tx, performance: &Arc<Performance>) -> Result<(), WaitlistError> {
    let performances = std::slice::from_ref(performance);
    let free = free_of(tx, performances)?;
    let waiting = sql::waiting(tx, performance.concert, most_free(&free))?;
    match waiting.iter().any(|entry| wanted(entry, performances, &free).is_some()) {
        true => Err(WaitlistError::First),
        false => Ok(()),
    }
}
