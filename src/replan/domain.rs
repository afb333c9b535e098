//! Moving a performance to another version of its hall; whoever has a place keeps it, under whatever number it has there.
//!
//! The plans are compared beforehand, on a reader ([`mapping`]); the writer looks only at the places that change by it, and
//! refuses more than it can renumber while nobody else waits long.
//!
//! Why a larger move is refused, and not made in many commits: a seat's number is its place in the plan's order, by which its
//! row in the data file, every letter of a map and every id are found. Between two of many commits some seats would be known by
//! the numbers of one plan and some by those of the other, so that all that touches the performance (holds, payments, refunds,
//! the door) would have to stop, or to know both. One commit has no between. Numbers that belong to a place whatever comes
//! before it would make every move small, and every map a list of numbers. What a large hall needs can be had without: rows that
//! are added last, and seats whose grade, kind or place in the drawing changes, move no other, sold out or not.

use std::ops::Range;

use crate::catalog::CatalogError;
use crate::catalog::hall;
use crate::catalog::performance::{self, Dated};
use crate::ids::standing_no;
use crate::payment;
use crate::replan::mapping::Mapping;
use crate::reservation::renumber::{Move, renumber, sections_in_use, touched};
use crate::reservation::standing::SectionInUse;
use crate::reservation::{Owner, TouchedSeat};
use crate::store::{StoreError, Tx};

/// So many places may change at most by a move (docs/speed.md has what that takes). Those that stay what they are count for
/// nothing.
pub const MOST_CHANGED: u32 = 10_000;

/// Why a performance stays where it is, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum ReplanError {
    /// The catalogue's refusal.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The performance moved since the plans were compared.
    #[error("it moved meanwhile")]
    Outrun,
    /// More places than [`MOST_CHANGED`] were touched and are other ones there.
    #[error("too many places change")]
    TooLarge,
    /// Seats that somebody has, holds, or that are blocked are not there, by section, row and label; or standing places.
    #[error("seats are missing")]
    SeatsMissing(Vec<String>),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn require_may_move(was: &Dated, version_no: u32, tx: &Tx) -> Result<(), ReplanError> {
    if was.is_cancelled {
        return Err(CatalogError::PerformanceCancelled.into());
    }
    if tx.wall() >= was.starts_at {
        return Err(CatalogError::Started.into());
    }
    if version_no <= was.version_no {
        let rule = format!("hall_version must be newer than {}, in which the performance is played", was.version_no);
        return Err(CatalogError::Invalid(rule).into());
    }
    Ok(())
}

/// Compares the plan in which a performance is played with that of a newer version of its hall.
///
/// # Errors
/// [`CatalogError::PerformanceCancelled`], [`CatalogError::Started`]; [`CatalogError::Invalid`] when the hall has no such version, or
/// it is not newer.
pub fn mapping(tx: &Tx, was: &Dated, version_no: u32) -> Result<Mapping, ReplanError> {
    require_may_move(was, version_no, tx)?;
    let version = hall::domain::version(tx, was.hall_key, version_no)?;
    let (before, after) = (hall::domain::plan(tx, was.version)?, hall::domain::plan(tx, version.version)?);
    Ok(Mapping::new((was.version, version.version), before, &after))
}

/// Moves a performance that has not begun to a newer version of its hall. Sold seats, holds and blocks stay what they are;
/// tickets that were given back stay tickets for seats of the older version, which is kept for them.
///
/// # Errors
/// As [`mapping`]; [`CatalogError::Invalid`] when the version has a grade for which the performance has no price; the others of
/// [`ReplanError`].
pub fn replan(tx: &Tx, was: &Dated, version_no: u32, mapping: &Mapping) -> Result<Dated, ReplanError> {
    require_may_move(was, version_no, tx)?;
    let version = hall::domain::version(tx, was.hall_key, version_no)?;
    if mapping.versions() != (was.version, version.version) {
        return Err(ReplanError::Outrun);
    }
    performance::domain::require_prices(tx, was.key, mapping.grades())?;
    let seats = touched(tx, was.key, mapping.changed(), MOST_CHANGED + 1)?;
    let sections: Vec<_> = sections_in_use(tx, was.key)?.into_iter().filter(|used| changes(mapping, used)).collect();
    let left_behind = left_behind(mapping);
    let back = payment::renumber::count_given_back(tx, was.key, &left_behind, MOST_CHANGED + 1)?;
    let stood: u32 = sections.iter().map(|used| moved_places(mapping, used)).sum();
    if seats.len() as u32 + back + stood > MOST_CHANGED {
        return Err(ReplanError::TooLarge);
    }
    let mut missing = missing_seats(mapping, &seats);
    missing.extend(missing_sections(mapping, &sections));
    if !missing.is_empty() {
        return Err(ReplanError::SeatsMissing(missing));
    }
    // From here it must succeed.
    let to = Move {
        seat_no: &|seat_no| mapping.seat(seat_no).map(|there| there.seat_no),
        sections: mapping.sections(),
        only_standing: mapping.only_standing(),
    };
    let tickets = renumber(tx, was.concert, was.key, &seats, &to)?;
    let moved = sections.iter().filter_map(|used| {
        let there = (*mapping.sections().get(&used.section_no)?)?;
        Some((standing_no(used.section_no), standing_no(there.section_no)))
    });
    payment::renumber::renumber(tx, was.key, &tickets, &moved.collect::<Vec<_>>())?;
    if payment::renumber::leave_behind(tx, was.key, was.version_no, &left_behind)? {
        hall::domain::keep(tx, was.version)?;
    }
    Ok(performance::domain::move_to(tx, was, &version)?)
}

/// How many rows a standing section in use costs: its holds, and its tickets where its number is another.
fn moved_places(mapping: &Mapping, used: &SectionInUse) -> u32 {
    let there = mapping.sections().get(&used.section_no).copied().flatten();
    let has_another_number = there.is_some_and(|there| there.section_no != used.section_no);
    used.in_holds + if has_another_number { used.sold } else { 0 }
}

/// Whether a standing section is another one there, or not there.
fn changes(mapping: &Mapping, used: &SectionInUse) -> bool {
    let there = mapping.sections().get(&used.section_no).copied().flatten();
    there.is_none_or(|there| !there.is_as_it_was || !there.keeps_grade)
}

/// The numbers of places that are others there: a ticket for one of them that was given back stays what it was.
fn left_behind(mapping: &Mapping) -> Vec<Range<u32>> {
    let others = mapping
        .sections()
        .iter()
        .filter(|(section_no, there)| there.is_none_or(|there| there.section_no != **section_no));
    let others = others.map(|(section_no, _)| standing_no(*section_no)..standing_no(*section_no) + 1);
    mapping.changed().iter().cloned().chain(others).collect()
}

/// The seats in use that are not there. A held one must have its grade still: its buyer saw what it costs.
fn missing_seats(mapping: &Mapping, seats: &[TouchedSeat]) -> Vec<String> {
    let is_kept = |used: &TouchedSeat| match (used.owner, mapping.seat(used.seat_no)) {
        (None, _) => true,
        (Some(Owner::Hold(..)), there) => there.is_some_and(|there| there.keeps_grade),
        (Some(Owner::Ticket(_) | Owner::Block), there) => there.is_some(),
    };
    let named = seats.iter().filter(|used| !is_kept(used)).filter_map(|used| mapping.before().seat(used.seat_no));
    named.map(|seat| format!("{}, {}, {}", seat.row.section, seat.row.name, seat.place.label)).collect()
}

/// The standing sections in use that are not there: one of the same name, with places enough, and of the same grade while some
/// are held.
fn missing_sections(mapping: &Mapping, sections: &[SectionInUse]) -> Vec<String> {
    let is_kept = |used: &SectionInUse| {
        let there = mapping.sections().get(&used.section_no).copied().flatten();
        there.is_some_and(|there| used.places <= there.capacity && (used.held == 0 || there.keeps_grade))
    };
    let gone = sections.iter().filter(|used| !is_kept(used));
    gone.filter_map(|used| Some(format!("{}: {} places", mapping.before().section(used.section_no)?.name, used.places)))
        .collect()
}
