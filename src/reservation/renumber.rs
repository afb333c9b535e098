//! A performance moves to another version of its hall: its seats and standing sections get other numbers, and whoever has
//! places keeps them.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::HallPlan;
use crate::ids::{ConcertKey, PerformanceKey, TicketKey};
use crate::reservation::block;
use crate::reservation::seat::{HoldKey, SeatInUse};
use crate::reservation::sql;
use crate::reservation::standing::{self, SectionInUse};
use crate::store::{StoreError, Tx};

/// The seats of a performance that somebody has or holds, or that are blocked, in order.
///
/// # Errors
/// Only the store's.
pub fn seats_in_use(tx: &Tx, performance: PerformanceKey) -> Result<Vec<SeatInUse>, StoreError> {
    sql::seats_in_use(tx, performance, tx.now())
}

/// The standing sections of a performance of which somebody has or holds places, or of which some are blocked.
///
/// # Errors
/// Only the store's.
pub fn sections_in_use(tx: &Tx, performance: PerformanceKey) -> Result<Vec<SectionInUse>, StoreError> {
    standing::in_use(tx, performance)
}

/// Gives places in use, all there are, their new numbers in this plan. Gives the tickets whose seats have another number than
/// before; those for standing places are known by their section.
///
/// # Errors
/// Only the store's.
pub fn renumber(
    tx: &Tx,
    concert: ConcertKey,
    performance: PerformanceKey,
    in_use: &[SeatInUse],
    numbers: &BTreeMap<u32, u32>,
    plan: &HallPlan,
) -> Result<Vec<(TicketKey, u32)>, StoreError> {
    let was_sold = sql::any_was_sold(tx, performance)? || standing::any_was_sold(tx, performance)?;
    let new_no = |seat_no: u32| numbers.get(&seat_no).copied().unwrap_or(seat_no);
    sql::forget_free(tx, performance, tx.now())?;
    let moved = || in_use.iter().filter(|seat| new_no(seat.seat_no) != seat.seat_no);
    for seat in moved() {
        sql::set_number_aside(tx, performance, seat.seat_no, new_no(seat.seat_no))?;
    }
    sql::take_numbers(tx, performance)?;
    let mut holds: BTreeSet<_> =
        moved().filter_map(|seat| seat.held).map(|(ordinal, id)| HoldKey { concert, ordinal, id }).collect();
    holds.extend(standing::renumber(tx, performance, new_no, plan)?);
    for key in holds {
        for hold in sql::holds(tx, concert, key.ordinal)?.iter().filter(|hold| hold.id == key.id) {
            let seat_numbers: Vec<_> = hold.seat_numbers.iter().map(|seat_no| new_no(*seat_no)).collect();
            sql::renumber_hold(tx, &key, &seat_numbers)?;
        }
    }
    block::renumber(tx, performance, new_no)?;
    if was_sold {
        match plan.standing().next() {
            Some(section) if plan.seat_count() == 0 => standing::note_was_sold(tx, performance, section)?,
            _ => sql::note_was_sold(tx, performance)?,
        }
    }
    Ok(moved().filter_map(|seat| Some((seat.ticket?, new_no(seat.seat_no)))).collect())
}
