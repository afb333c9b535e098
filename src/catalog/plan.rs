//! A hall's plan: rows of seats in the order in which the operator gave them, and the rules that make one sound. No
//! store, no clock.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::error::CatalogError;
use crate::catalog::names::clean_name;
use crate::column::column_words;
use crate::text::folded;

/// What kind of seat it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SeatKind {
    /// Like most.
    #[default]
    Standard,
    /// Not all of the stage is seen.
    RestrictedView,
    /// Room for a wheelchair.
    Wheelchair,
    /// Beside a wheelchair.
    Companion,
}

column_words!(SeatKind {
    Standard = "standard",
    RestrictedView = "restricted_view",
    Wheelchair = "wheelchair",
    Companion = "companion",
});

/// A row of a hall's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// The section it stands in.
    pub section: String,
    /// Its name.
    pub name: String,
    /// Its price level.
    pub grade: String,
    /// The `seat_no` of its first seat.
    pub first_seat: u32,
    /// What is written on its seats, side by side.
    pub seat_numbers: Vec<u32>,
}

impl PlanRow {
    /// The `seat_no`s of this row.
    pub fn seats(&self) -> std::ops::Range<u32> {
        self.first_seat..self.first_seat + self.seat_numbers.len() as u32
    }
}

/// A hall's rows, best first, as the operator gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HallPlan {
    /// All rows; `seat_no` counts through them from 1.
    pub rows: Vec<PlanRow>,
}

/// What is known of a seat without asking whether it is free.
#[derive(Clone, Copy, Debug)]
pub struct PlanSeat<'a> {
    /// Its row.
    pub row: &'a PlanRow,
    /// What is written on it.
    pub number: u32,
}

impl HallPlan {
    /// How many seats there are.
    pub fn seat_count(&self) -> u32 {
        self.rows.last().map_or(0, |row| row.seats().end - 1)
    }

    /// The seat with this `seat_no`.
    pub fn seat(&self, seat_no: u32) -> Option<PlanSeat<'_>> {
        let after = self.rows.partition_point(|row| row.first_seat <= seat_no);
        let row = self.rows.get(after.checked_sub(1)?)?;
        let number = *row.seat_numbers.get((seat_no - row.first_seat) as usize)?;
        Some(PlanSeat { row, number })
    }

    /// The grades, each once.
    pub fn grades(&self) -> BTreeSet<&str> {
        self.rows.iter().map(|row| row.grade.as_str()).collect()
    }
}

/// A row as the operator describes it.
#[derive(Clone, Debug)]
pub struct RowSpec {
    /// Its section.
    pub section: String,
    /// Its name.
    pub name: String,
    /// Its price level.
    pub grade: String,
    /// What is written on its seats, side by side.
    pub seat_numbers: Vec<u32>,
}

/// Checks a hall's rows and numbers its seats through.
///
/// # Errors
/// [`CatalogError::Invalid`] for an empty hall, too many seats, a row named twice in a section, a seat twice in a row.
pub fn plan(rows: Vec<RowSpec>, most_seats: usize) -> Result<HallPlan, CatalogError> {
    let (mut plan, mut names, mut first_seat) = (HallPlan::default(), BTreeSet::new(), 1);
    let (mut sections, mut grades) = (Spellings::default(), Spellings::default());
    for row in rows {
        let section = sections.first(clean_name("a section's name", &row.section)?);
        let name = clean_name("a row's name", &row.name)?;
        let grade = grades.first(clean_name("a grade", &row.grade)?);
        if row.seat_numbers.is_empty() {
            return CatalogError::invalid(format!("row {name} of section {section} has no seats"));
        }
        if row.seat_numbers.iter().collect::<BTreeSet<_>>().len() != row.seat_numbers.len() {
            return CatalogError::invalid(format!("row {name} of section {section} has a seat number twice"));
        }
        if !names.insert((section.clone(), folded(&name).into_owned())) {
            return CatalogError::invalid(format!("section {section} has two rows {name}"));
        }
        let seats = row.seat_numbers.len();
        if first_seat as usize + seats - 1 > most_seats {
            return CatalogError::invalid(format!("a hall has at most {most_seats} seats"));
        }
        plan.rows.push(PlanRow { section, name, grade, first_seat, seat_numbers: row.seat_numbers });
        first_seat += seats as u32;
    }
    if plan.rows.is_empty() {
        return CatalogError::invalid("a hall needs at least one row with seats");
    }
    Ok(plan)
}

/// Names that look equal are one name, in the spelling that came first.
#[derive(Default)]
struct Spellings(BTreeMap<String, String>);

impl Spellings {
    fn first(&mut self, name: String) -> String {
        self.0.entry(folded(&name).into_owned()).or_insert(name).clone()
    }
}

/// The numbers 1 to `count` of a row given as a count.
///
/// # Errors
/// [`CatalogError::Invalid`] before anything of that size is made.
pub fn count_seats(count: u64, most_seats: usize) -> Result<Vec<u32>, CatalogError> {
    match u32::try_from(count) {
        Ok(last) if last as usize <= most_seats => Ok((1..=last).collect()),
        _ => CatalogError::invalid(format!("a hall has at most {most_seats} seats")),
    }
}
