//! Joining, holding, releasing, leaving: each an operation of the queue and one of the reservation in one transaction.

use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::Performance;
use crate::code::{self, CodeError};
use crate::ids::{ConcertKey, Ordinal, SeatId, TypeNo, UserKey};
use crate::queue::domain::Joined;
use crate::queue::{self, Entry, QueueError, Visit};
use crate::reservation::domain::{Choice, Placed};
use crate::reservation::{self, Hold, HoldError, HoldKey, Holder};
use crate::store::{StoreError, Tx};

/// Why a visit's operation is refused.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// The waiting room's refusal.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The presale code is not taken.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The reservation's refusal.
    #[error(transparent)]
    Hold(#[from] HoldError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// For whom seats are kept during a visit.
pub fn holder(visit: &Visit) -> Holder {
    let Visit { concert, ordinal, user, admitted_until: takes_until } = *visit;
    Holder { concert, ordinal, user, takes_until, keeps_seconds: None }
}

/// The seed's token issue: joins the queue anew at the back, or with a presale code in its tier of the draw. Whoever had a
/// place gives it up, and what it held is free.
///
/// # Errors
/// What [`code::domain::presale`] and [`queue::domain::join`] refuse; then the old entry lives on, and the code is not used.
pub fn issue_token(tx: &Tx, user: UserKey, concert: ConcertKey, code: Option<&str>) -> Result<Joined, VisitError> {
    let joined = match code {
        None => queue::domain::join(tx, user, concert)?,
        Some(code) => {
            let code = code::domain::presale(tx, concert, user, code)?;
            let joined = queue::domain::join_with_pass(tx, user, concert, &code.gives)?;
            code::domain::bear(tx, &code, user)?;
            joined
        }
    };
    if let Some(replaced) = joined.replaced {
        reservation::domain::release_all(tx, concert, replaced, &[])?;
    }
    Ok(joined)
}

/// Leaves the queue, waiting or admitted. Place and holds are free at once.
///
/// # Errors
/// [`QueueError::Ended`] when the entry has ended already.
pub fn leave_queue(tx: &Tx, entry: &Entry) -> Result<(), VisitError> {
    queue::domain::leave(tx, entry)?;
    Ok(reservation::domain::release_all(tx, entry.concert, entry.ordinal, &[])?)
}

/// Ends the visit of a buyer who paid for `sold`: the token is dead, leftover holds are released, the place is free at once.
///
/// # Errors
/// Only the store's; the caller has checked the visit in this transaction.
pub fn complete(tx: &Tx, visit: &Visit, sold: &[SeatId]) -> Result<(), VisitError> {
    queue::domain::complete(tx, visit)?;
    Ok(reservation::domain::release_all(tx, visit.concert, visit.ordinal, sold)?)
}

/// Holds the chosen seats for a visit as these ticket types, all or none. The visit lasts as long as its last hold.
///
/// # Errors
/// What [`reservation::domain::hold_seats`] refuses; then nothing is held.
pub fn hold_seats(
    tx: &Tx,
    visit: &Visit,
    performance: &Arc<Performance>,
    choice: &Choice,
    types: &[TypeNo],
) -> Result<Placed, VisitError> {
    let placed = reservation::domain::hold_seats(tx, &holder(visit), performance, choice, types)?;
    queue::domain::visit_lasts(tx, visit, Some(placed.last_until))?;
    Ok(placed)
}

/// Gives a hold's seats back. Past its admission a visit lives on its last hold alone: with that it ends here, and its
/// place goes to the next in line in the same commit.
///
/// # Errors
/// [`HoldError::NoSuchHold`] unless it is a living hold of this visit.
pub fn release_hold(tx: &Tx, visit: &Visit, id: Uuid) -> Result<(), VisitError> {
    let last = reservation::domain::release_hold(tx, &holder(visit), id)?;
    if queue::domain::visit_lasts(tx, visit, last)? <= tx.now() {
        queue::domain::turn(tx, visit.concert)?;
    }
    Ok(())
}

/// The visit's holds that live now, oldest first.
///
/// # Errors
/// Only the store's.
pub fn live_holds(tx: &Tx, visit: &Visit) -> Result<Vec<Hold>, VisitError> {
    Ok(reservation::domain::live_holds(tx, visit.concert, visit.ordinal)?)
}

/// Drops entries that memory has not heard of for too long, except those who keep seats; what the dropped held is free.
/// Gives those who stay.
///
/// # Errors
/// As [`queue::domain::drop_silent`].
pub fn drop_silent(
    tx: &Tx,
    concert: ConcertKey,
    silent: &[Ordinal],
    give_up: impl Fn(Ordinal) -> bool,
) -> Result<Vec<Ordinal>, VisitError> {
    let keeps = |ordinal| Ok(!reservation::domain::live_holds(tx, concert, ordinal)?.is_empty());
    let done = queue::domain::drop_silent(tx, concert, silent, give_up, keeps)?;
    for ordinal in done.dropped {
        reservation::domain::release_all(tx, concert, ordinal, &[])?;
    }
    Ok(done.keeping)
}

/// Puts the seats of holds whose time is over on sale again.
///
/// # Errors
/// Only the store's.
pub fn expire_holds(tx: &Tx, due: &[HoldKey]) -> Result<(), VisitError> {
    Ok(reservation::domain::expire_holds(tx, due)?)
}

/// Folds those of these entries that nobody needs and that keep no hold. Gives how many.
///
/// # Errors
/// As [`queue::fold::fold`].
pub fn fold(tx: &Tx, concert: ConcertKey, found: &[Ordinal]) -> Result<u32, QueueError> {
    queue::fold::fold(tx, concert, found, |ordinal| reservation::domain::has_holds(tx, concert, ordinal))
}

/// Folds the next entries of a queue that is over, so many at most. Gives how many.
///
/// # Errors
/// As [`queue::fold::fold_over`].
pub fn fold_over(tx: &Tx, concert: ConcertKey, at_most: u32) -> Result<u32, QueueError> {
    queue::fold::fold_over(tx, concert, at_most, |ordinal| reservation::domain::has_holds(tx, concert, ordinal))
}
