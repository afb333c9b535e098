//! Moving a performance to another version of its hall. A seat is the same seat when its section, row and label are; whoever
//! has one keeps it, under whatever number it has there.

use std::collections::BTreeMap;

use crate::catalog::CatalogError;
use crate::catalog::hall;
use crate::catalog::hall::plan::{HallPlan, PlanSection};
use crate::catalog::performance::{self, Dated};
use crate::ids::standing_no;
use crate::payment;
use crate::reservation::SeatInUse;
use crate::reservation::renumber::{renumber, seats_in_use, sections_in_use};
use crate::reservation::standing::SectionInUse;
use crate::store::{StoreError, Tx};
use crate::text::folded;

/// Why a performance stays where it is, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum ReplanError {
    /// The catalogue's refusal.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// Seats that somebody has, holds, or that are blocked are not there, by section, row and label; or standing places.
    #[error("seats are missing")]
    SeatsMissing(Vec<String>),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Moves a performance that has not begun to a newer version of its hall. Sold seats, holds and blocks stay what they are;
/// tickets that were given back stay tickets for seats of the older version, which is kept for them.
///
/// # Errors
/// [`CatalogError::PerformanceCancelled`], [`CatalogError::Started`]; [`CatalogError::Invalid`] when the hall has no such version, it is not newer, or has a grade for
/// which the performance has no price; [`ReplanError::SeatsMissing`].
pub fn replan(tx: &Tx, was: &Dated, version_no: u32) -> Result<Dated, ReplanError> {
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
    let version = hall::domain::version(tx, was.hall_key, version_no)?;
    let (before, after) = (hall::domain::plan(tx, was.version)?, hall::domain::plan(tx, version.version)?);
    performance::domain::require_prices(tx, was.key, &after)?;
    let (in_use, sections) = (seats_in_use(tx, was.key)?, sections_in_use(tx, was.key)?);
    let mut missing = Vec::new();
    let mut numbers = new_numbers(&before, &after, &in_use, &mut missing);
    numbers.extend(new_sections(&before, &after, &sections, &mut missing));
    if !missing.is_empty() {
        return Err(ReplanError::SeatsMissing(missing));
    }
    let tickets = renumber(tx, was.concert, was.key, &in_use, &numbers, &after)?;
    if payment::domain::renumber(tx, was.key, was.version_no, &tickets, &numbers)? {
        hall::domain::keep(tx, was.version)?;
    }
    Ok(performance::domain::move_to(tx, was, &version)?)
}

type Name = (String, String, String);

/// How a seat is known in every version.
fn name(section: &str, row: &str, label: &str) -> Name {
    let folded = |part: &str| folded(part).into_owned();
    (folded(section), folded(row), folded(label))
}

/// The new number of each seat in use. A held one must have its grade still: its buyer saw what it costs.
fn new_numbers(
    before: &HallPlan,
    after: &HallPlan,
    in_use: &[SeatInUse],
    missing: &mut Vec<String>,
) -> BTreeMap<u32, u32> {
    let there: BTreeMap<Name, (u32, &str)> = (1..)
        .zip(after.seats())
        .map(|(seat_no, seat)| (name(&seat.row.section, &seat.row.name, &seat.place.label), (seat_no, seat.grade())))
        .collect();
    let mut numbers = BTreeMap::new();
    for used in in_use {
        let Some(seat) = before.seat(used.seat_no) else { continue };
        let (section, row, label) = (&seat.row.section, &seat.row.name, &seat.place.label);
        match there.get(&name(section, row, label)) {
            Some(&(seat_no, grade)) if used.held.is_none() || grade == seat.grade() => {
                numbers.insert(used.seat_no, seat_no);
            }
            Some(_) | None => missing.push(format!("{section}, {row}, {label}")),
        }
    }
    numbers
}

/// The new number of each standing section in use: one of the same name, with places enough, and of the same grade while some
/// are held.
fn new_sections(
    before: &HallPlan,
    after: &HallPlan,
    in_use: &[SectionInUse],
    missing: &mut Vec<String>,
) -> BTreeMap<u32, u32> {
    let mut numbers = BTreeMap::new();
    for used in in_use {
        let Some(section) = before.section(used.section_no) else { continue };
        let is_it = |of: &&PlanSection| {
            folded(&of.name) == folded(&section.name)
                && used.places <= of.capacity
                && (used.held == 0 || of.grade == section.grade)
        };
        match after.standing().find(is_it) {
            Some(of) => {
                numbers.insert(standing_no(used.section_no), standing_no(of.section_no));
            }
            None => missing.push(format!("{}: {} places", section.name, used.places)),
        }
    }
    numbers
}
