//! The lone-seat rule for seats that a buyer picked: where a performance has it, no choice may leave a single free seat alone,
//! unless the buyer could not have as many in any other way. So it never costs a sale.

use crate::catalog::{Performance, Room, SeatKind};
use crate::ids::SeatId;
use crate::reservation::best::search::{Found, Wish};
use crate::reservation::best::{find, free_spots, holds_true, taken_around};
use crate::reservation::error::HoldError;
use crate::store::Tx;

/// What memory knew of other seats that are as good as those that were picked. Nothing, by default: then all seats are
/// looked at in the transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Elsewhere {
    /// Nothing.
    #[default]
    Unknown,
    /// The choice leaves nobody alone, so that none are needed.
    NotNeeded,
    /// There are none: the choice is the last resort.
    Nowhere,
    /// These leave nobody alone.
    Seats(Vec<usize>),
}

/// Looks for other seats, should these leave one alone. `spots` are free, in ascending order.
pub(super) fn elsewhere(room: &Room, free: &[bool], spots: &[usize]) -> Elsewhere {
    if room.left_alone(spots, |spot| free[spot]).is_empty() {
        return Elsewhere::NotNeeded;
    }
    match find(room, free, &alike(room, spots)) {
        Ok(Found { spots, relaxed }) if relaxed.is_empty() => Elsewhere::Seats(spots),
        Ok(_) | Err(_) => Elsewhere::Nowhere,
    }
}

/// As many seats of the same kinds, and of the same grade if these have one.
fn alike(room: &Room, spots: &[usize]) -> Wish {
    let first = spots.first().map(|spot| room.spots[*spot].grade);
    let kinds = spots.iter().map(|spot| room.spots[*spot].kind);
    Wish {
        grade: first.filter(|grade| spots.iter().all(|spot| room.spots[*spot].grade == *grade)),
        section: None,
        quantity: spots.len(),
        kinds: kinds.filter(|kind| *kind != SeatKind::Standard).collect(),
    }
}

/// Checks the rule for free seats of a performance that were picked.
///
/// # Errors
/// [`HoldError::LeavesLone`]; [`HoldError::Outrun`] when memory did not know enough.
pub(super) fn require_nobody_alone(
    tx: &Tx,
    performance: &Performance,
    seat_numbers: &[u32],
    elsewhere: &Elsewhere,
) -> Result<(), HoldError> {
    if !performance.refuse_lone_seats || seat_numbers.is_empty() {
        return Ok(());
    }
    let (room, spots) = (&performance.room, spots(seat_numbers));
    let taken = taken_around(tx, performance, &spots)?;
    let alone = room.left_alone(&spots, |spot| !taken.contains(&spot));
    if alone.is_empty() {
        return Ok(());
    }
    let instead = match elsewhere {
        Elsewhere::Nowhere => return Ok(()),
        Elsewhere::NotNeeded => return Err(HoldError::Outrun),
        Elsewhere::Seats(instead) => {
            let found = Found { spots: instead.clone(), relaxed: Vec::new() };
            if !holds_true(tx, performance, &found)? {
                return Err(HoldError::Outrun);
            }
            instead.clone()
        }
        Elsewhere::Unknown => match self::elsewhere(room, &free_spots(tx, performance)?, &spots) {
            Elsewhere::Seats(instead) => instead,
            Elsewhere::Unknown | Elsewhere::NotNeeded | Elsewhere::Nowhere => return Ok(()),
        },
    };
    Err(HoldError::LeavesLone { seats: seat_ids(performance, &alone), instead: seat_ids(performance, &instead) })
}

/// Seats as the room counts them, in ascending order.
pub(super) fn spots(seat_numbers: &[u32]) -> Vec<usize> {
    let mut spots: Vec<_> = seat_numbers.iter().filter_map(|seat_no| (*seat_no as usize).checked_sub(1)).collect();
    spots.sort_unstable();
    spots
}

fn seat_ids(performance: &Performance, spots: &[usize]) -> Vec<SeatId> {
    let id = |spot: &usize| performance.seat_id(*spot as u32 + 1);
    spots.iter().map(id).collect()
}
