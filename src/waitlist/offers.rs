//! Offering what came back: to the first of those whom it suits, as a hold of its own length.

use std::sync::Arc;

use crate::account;
use crate::catalog::Performance;
use crate::ids::ConcertKey;
use crate::mail::{self, MailKind};
use crate::reservation::domain::Choice;
use crate::reservation::{self, HoldError};
use crate::store::Tx;
use crate::waitlist::domain::{end, tell, waitlist};
use crate::waitlist::error::WaitlistError;
use crate::waitlist::free::{free_of, most_free, wanted};
use crate::waitlist::letter;
use crate::waitlist::record::{Entry, Status, Waitlist};
use crate::waitlist::sql;

/// So many offers are made, or pass, in one commit at most, so that nobody else waits long.
const PER_COMMIT: u32 = 16;
/// So many seats are searched by one commit, unless one performance has more: then one offer is made.
const SEARCHED_PER_COMMIT: usize = 100_000;

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
    let mut may_go_on = done == PER_COMMIT;
    if !may_go_on {
        let offers = offer_free(tx, &waitlist(tx, concert)?, performances, PER_COMMIT - done)?;
        done += offers.done;
        may_go_on = offers.may_go_on;
    }
    if done > 0 {
        tell(tx, concert)?;
    }
    Ok(may_go_on)
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

/// How many offers were made, and whether there may be more to make.
#[derive(Default)]
struct Offers {
    done: u32,
    may_go_on: bool,
}

fn offer_free(tx: &Tx, list: &Waitlist, performances: &[Arc<Performance>], most: u32) -> Result<Offers, WaitlistError> {
    let (mut free, mut done) = (free_of(tx, performances)?, 0);
    let most_free_at_first = most_free(&free);
    if most_free_at_first == 0 {
        return Ok(Offers::default());
    }
    let largest = performances.iter().map(|of| of.room.spots.len()).max().unwrap_or_default();
    let most = most.min((SEARCHED_PER_COMMIT / largest.max(1)).max(1) as u32);
    for entry in sql::waiting(tx, list.concert, most_free_at_first)? {
        if done == most || most_free(&free) == 0 {
            break;
        }
        let Some((performance, choice)) = wanted(&entry, performances, &free) else { continue };
        let offered = offer_to(tx, list, &entry, performance, &choice);
        drop(choice);
        match offered {
            Ok(seat_numbers) => {
                if let Some(free) = free.get_mut(&performance.key) {
                    free.take(tx, performance, &seat_numbers)?;
                }
            }
            Err(HoldError::Store(error)) => return Err(error.into()),
            // What may not be had by this buyer, or by nobody in this way, is offered to the next.
            Err(_) => end(tx, &entry, Status::Passed)?,
        }
        done += 1;
    }
    Ok(Offers { done, may_go_on: done == most })
}

/// Checks all before it writes, as any hold does. Gives the places that are offered.
fn offer_to(
    tx: &Tx,
    list: &Waitlist,
    entry: &Entry,
    performance: &Arc<Performance>,
    choice: &Choice,
) -> Result<Vec<u32>, HoldError> {
    let holder = entry.holder(list.offer_seconds);
    let placed = reservation::domain::hold_seats(tx, &holder, performance, choice, &[])?;
    sql::offer(tx, entry, placed.hold.held_until)?;
    if tx.terms().sends_mail && account::domain::user(tx, entry.user)?.is_some_and(|user| user.email.is_some()) {
        mail::put(tx, MailKind::WaitlistOffer, entry.user, letter::subject(entry))?;
    }
    Ok(placed.hold.seat_numbers)
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
