//! A performance moves to another version of its hall: its seats get other numbers, and whoever has some keeps them.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{ConcertKey, PerformanceKey, TicketKey};
use crate::reservation::seat::{HoldKey, SeatInUse};
use crate::reservation::sql;
use crate::store::{StoreError, Tx};

/// The seats of a performance that somebody has or holds, or that are blocked, in order.
///
/// # Errors
/// Only the store's.
pub fn seats_in_use(tx: &Tx, performance: PerformanceKey) -> Result<Vec<SeatInUse>, StoreError> {
    sql::seats_in_use(tx, performance, tx.now())
}

/// Gives seats in use, all there are, their new numbers. Gives the tickets whose seats have another number than before.
///
/// # Errors
/// Only the store's.
pub fn renumber(
    tx: &Tx,
    concert: ConcertKey,
    performance: PerformanceKey,
    in_use: &[SeatInUse],
    numbers: &BTreeMap<u32, u32>,
) -> Result<Vec<(TicketKey, u32)>, StoreError> {
    let was_sold = sql::any_was_sold(tx, performance)?;
    let new_no = |seat_no: u32| numbers.get(&seat_no).copied().unwrap_or(seat_no);
    sql::forget_free(tx, performance, tx.now())?;
    let moved = || in_use.iter().filter(|seat| new_no(seat.seat_no) != seat.seat_no);
    for seat in moved() {
        sql::set_number_aside(tx, performance, seat.seat_no, new_no(seat.seat_no))?;
    }
    sql::take_numbers(tx, performance)?;
    if was_sold {
        sql::note_was_sold(tx, performance)?;
    }
    for (ordinal, id) in moved().filter_map(|seat| seat.held).collect::<BTreeSet<_>>() {
        for hold in sql::holds(tx, concert, ordinal)?.iter().filter(|hold| hold.id == id) {
            let seat_numbers: Vec<_> = hold.seat_numbers.iter().map(|seat_no| new_no(*seat_no)).collect();
            sql::renumber_hold(tx, &HoldKey { concert, ordinal, id }, &seat_numbers)?;
        }
    }
    Ok(moved().filter_map(|seat| Some((seat.ticket?, new_no(seat.seat_no)))).collect())
}
