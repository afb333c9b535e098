//! The best free seats. Memory proposes them, each to one asker; that they are free, and leave nobody alone where that was
//! said, is decided on the data file, in the transaction that takes them.

pub mod search;

mod apart;
mod find;
mod proposals;
mod split;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::catalog::{Performance, Room, SeatKind};
use crate::reservation::best::search::{Found, Rule, Wish};
use crate::reservation::error::HoldError;
use crate::reservation::sql;
use crate::store::{StoreError, Tx};

pub use find::find;
pub use proposals::{Proposal, Proposals};

/// A wish for the best seats.
#[derive(Clone, Debug, Default)]
pub struct Best {
    /// The price level; any unless said.
    pub grade: Option<String>,
    /// The section; any unless said.
    pub section: Option<String>,
    /// How many.
    pub quantity: u32,
    /// A kind for each of them that shall not be a standard seat.
    pub kinds: Vec<SeatKind>,
}

/// What memory knew at the last commit. Nothing, by default: then all seats are looked at in the transaction.
#[derive(Clone, Debug, Default)]
pub enum Hint {
    /// Nothing.
    #[default]
    Unknown,
    /// These.
    Seats(Proposal),
    /// So many are free that fit, and these are too few.
    TooFew(usize),
    /// Which seats are free, of all. Nobody else is proposed any of them.
    Free(Arc<Vec<bool>>),
}

/// Checks the wish alone. Gives how many seats it is for.
pub(super) fn check(room: &Room, best: &Best) -> Result<u32, HoldError> {
    if best.quantity == 0 {
        return Err(HoldError::BadChoice("quantity must be at least 1"));
    }
    if best.kinds.len() > best.quantity as usize {
        return Err(HoldError::BadChoice("kinds names more seats than quantity"));
    }
    if best.grade.as_ref().is_some_and(|grade| !room.grades.contains(grade)) {
        return Err(HoldError::NoSuchGrade);
    }
    if best.section.as_ref().is_some_and(|section| !room.sections.contains(section)) {
        return Err(HoldError::NoSuchSection);
    }
    Ok(best.quantity)
}

/// The wish in the room's own numbers. What [`check`] refuses finds nothing.
pub(super) fn wish(room: &Room, best: &Best) -> Wish {
    let place = |names: &[String], name: &String| names.iter().position(|known| known == name);
    let grade = best.grade.as_ref().map(|grade| place(&room.grades, grade).map_or(u16::MAX, |at| at as u16));
    let section = best.section.as_ref().map(|section| place(&room.sections, section).map_or(u32::MAX, |at| at as u32));
    Wish { grade, section, quantity: best.quantity as usize, kinds: best.kinds.clone() }
}

/// The best free seats and the rules that could not be kept.
///
/// Whoever finds too few free at the last commit is told so at once: had the request come a moment earlier, before the
/// changes that are under way, that would have been the answer too. Else every refused buyer of a grade that is sold out
/// would make the writer search all its rows.
pub(super) fn seats(
    tx: &Tx,
    performance: &Performance,
    best: &Best,
    hint: &Hint,
) -> Result<(Vec<u32>, Vec<Rule>), HoldError> {
    let room = &performance.room;
    let Found { spots, relaxed } = match hint {
        Hint::TooFew(left) => return Err(HoldError::NotEnough(*left)),
        Hint::Seats(proposal) if holds_true(tx, performance, proposal.found())? => proposal.found().clone(),
        Hint::Seats(_) => return Err(HoldError::Outrun),
        Hint::Free(free) => {
            let found = find(room, free, &wish(room, best)).map_err(HoldError::NotEnough)?;
            if !holds_true(tx, performance, &found)? {
                return Err(HoldError::Outrun);
            }
            found
        }
        Hint::Unknown => {
            let free = free_spots(tx, performance)?;
            find(room, &free, &wish(room, best)).map_err(HoldError::NotEnough)?
        }
    };
    Ok((spots.into_iter().map(|spot| spot as u32 + 1).collect(), relaxed))
}

/// Whether a proposal still is what it was: all free, and nobody left alone unless that was said.
pub(super) fn holds_true(tx: &Tx, performance: &Performance, found: &Found) -> Result<bool, StoreError> {
    let taken = taken_around(tx, performance, &found.spots)?;
    let is_free = |spot: usize| !taken.contains(&spot);
    let may_leave_alone = found.relaxed.contains(&Rule::NoLoneSeat);
    let all_free = found.spots.iter().all(|spot| is_free(*spot));
    Ok(all_free && (may_leave_alone || performance.room.left_alone(&found.spots, is_free).is_empty()))
}

/// The seats that cannot be taken now, of these (in ascending order) and of those that they could leave alone.
pub(super) fn taken_around(tx: &Tx, performance: &Performance, spots: &[usize]) -> Result<BTreeSet<usize>, StoreError> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for around in spots.iter().map(|spot| performance.room.around(*spot)) {
        match ranges.last_mut() {
            Some(last) if around.start <= last.end => last.end = around.end,
            _ => ranges.push(around),
        }
    }
    let mut taken = BTreeSet::new();
    for range in ranges {
        taken.extend(taken_in(tx, performance, range)?);
    }
    Ok(taken)
}

/// What is free now, of all seats.
pub(super) fn free_spots(tx: &Tx, performance: &Performance) -> Result<Vec<bool>, StoreError> {
    let mut free = vec![true; performance.room.spots.len()];
    for spot in taken_in(tx, performance, 0..free.len())? {
        free[spot] = false;
    }
    Ok(free)
}

fn taken_in(tx: &Tx, performance: &Performance, spots: Range<usize>) -> Result<Vec<usize>, StoreError> {
    let seats = spots.start as u32 + 1..spots.end as u32 + 1;
    let taken = sql::taken_seat_numbers(tx, performance.key, &seats, tx.now())?;
    Ok(taken.into_iter().filter_map(|seat_no| (seat_no as usize).checked_sub(1)).collect())
}
