//! A performance moves to another version of its hall: seats and standing sections that have other numbers there get them, and
//! whoever has places keeps them. What stays as it is is not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::ids::{ConcertKey, PerformanceKey, SeatKey, TicketKey, section_of, standing_no};
use crate::reservation::block;
use crate::reservation::seat::{HoldKey, Owner, TouchedSeat};
use crate::reservation::sql;
use crate::reservation::standing::{self, SectionInUse, SectionThere};
use crate::store::{StoreError, Tx};

/// Where places go.
pub struct Move<'a> {
    /// The new number of a seat, if it is there.
    pub seat_no: &'a dyn Fn(u32) -> Option<u32>,
    /// Each standing section that was there, and what it is now, if it is there.
    pub sections: &'a BTreeMap<u32, Option<SectionThere>>,
    /// A standing section that is there now, where there are no seats.
    pub only_standing: Option<SectionThere>,
}

/// The seats in these ranges that somebody ever touched, in order, up to so many.
///
/// # Errors
/// Only the store's.
pub fn touched(
    tx: &Tx,
    performance: PerformanceKey,
    ranges: &[Range<u32>],
    most: u32,
) -> Result<Vec<TouchedSeat>, StoreError> {
    let mut found = Vec::new();
    for range in ranges {
        let left = most - found.len() as u32;
        if left == 0 {
            break;
        }
        found.extend(sql::touched_in(tx, performance, range, tx.now(), left)?);
    }
    Ok(found)
}

/// The standing sections of a performance of which somebody has or holds places, or of which some are blocked.
///
/// # Errors
/// Only the store's.
pub fn sections_in_use(tx: &Tx, performance: PerformanceKey) -> Result<Vec<SectionInUse>, StoreError> {
    standing::in_use(tx, performance)
}

/// Gives places their new numbers: all touched seats that change, and the standing sections. Gives the tickets whose seats have
/// another number than before; those for standing places are known by their section.
///
/// # Errors
/// Only the store's.
pub fn renumber(
    tx: &Tx,
    concert: ConcertKey,
    performance: PerformanceKey,
    touched: &[TouchedSeat],
    to: &Move<'_>,
) -> Result<Vec<(TicketKey, u32)>, StoreError> {
    let stays = |seat_no: u32| (to.seat_no)(seat_no) == Some(seat_no);
    let mut was_sold = false;
    for seat in touched.iter().filter(|seat| seat.owner.is_none() && !stays(seat.seat_no)) {
        // Nobody has it, so it is as good as untouched; but that something was sold once is not forgotten.
        sql::forget_seat(tx, performance, seat.seat_no)?;
        was_sold |= seat.was_sold;
    }
    let moves: Vec<_> = touched
        .iter()
        .filter_map(|seat| Some((seat, seat.owner?, (to.seat_no)(seat.seat_no)?)))
        .filter(|(seat, _, seat_no)| seat.seat_no != *seat_no)
        .collect();
    move_seats(tx, performance, moves.iter().map(|(seat, _, seat_no)| (seat.seat_no, *seat_no)).collect())?;
    let mut holds = BTreeSet::new();
    for (_, owner, _) in &moves {
        if let Owner::Hold(ordinal, id) = *owner {
            holds.insert(HoldKey { concert, ordinal, id });
        }
    }
    let new_no = |seat_no: u32| match section_of(seat_no) {
        None => (to.seat_no)(seat_no).unwrap_or(seat_no),
        Some(section_no) => {
            let there = to.sections.get(&section_no).copied().flatten();
            there.map_or(seat_no, |there| standing_no(there.section_no))
        }
    };
    let stood = standing::renumber(tx, performance, to.sections)?;
    was_sold |= stood.was_sold;
    holds.extend(stood.living);
    for key in holds {
        for hold in sql::holds(tx, concert, key.ordinal)?.iter().filter(|hold| hold.id == key.id) {
            let seat_numbers: Vec<_> = hold.seat_numbers.iter().map(|seat_no| new_no(*seat_no)).collect();
            sql::renumber_hold(tx, &key, &seat_numbers)?;
        }
    }
    if stood.blocked || moves.iter().any(|(_, owner, _)| matches!(owner, Owner::Block)) {
        block::renumber(tx, performance, new_no)?;
    }
    if was_sold {
        match to.only_standing {
            Some(section) => standing::note_was_sold(tx, performance, section)?,
            None => sql::note_was_sold(tx, performance)?,
        }
    }
    let ticket = |owner: &Owner| if let Owner::Ticket(ticket) = *owner { Some(ticket) } else { None };
    let mut tickets: Vec<_> = moves.iter().filter_map(|(_, owner, seat_no)| Some((ticket(owner)?, *seat_no))).collect();
    // In the order of their rows, so that each page is written once.
    tickets.sort_unstable();
    Ok(tickets)
}

/// Seats change places among each other: each goes where nobody is any more, or waits aside, below zero, until all have gone.
fn move_seats(tx: &Tx, performance: PerformanceKey, moves: Vec<(u32, u32)>) -> Result<(), StoreError> {
    let mut taken: BTreeSet<u32> = moves.iter().map(|(from, _)| *from).collect();
    let (up, down): (Vec<_>, Vec<_>) = moves.into_iter().partition(|(from, to)| to > from);
    let mut any_aside = false;
    for (from, to) in up.into_iter().rev().chain(down) {
        taken.remove(&from);
        let is_free = taken.insert(to);
        any_aside |= !is_free;
        let (from, to) = (SeatKey::new(performance, from), SeatKey::new(performance, to));
        sql::renumber_seat(tx, from, if is_free { to } else { to.aside() })?;
    }
    if any_aside { sql::take_numbers(tx, performance) } else { Ok(()) }
}
