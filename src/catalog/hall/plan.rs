//! A hall's plan: its sections, its rows of seats in the order in which the operator gave them, and what is known of a
//! seat without asking whether it is free. No store, no clock. What makes a plan sound stands in
//! [`spec`](super::spec).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::hall::drawing::{HallDrawing, Point, RowDrawing, SectionDrawing};
use crate::column::column_words;
use crate::ids::{HallKey, Seq, VersionKey, section_of};

/// What a section has: rows of seats, or places without seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    /// Rows of seats.
    Seated,
    /// So many places, none of them with a name.
    Standing,
}

column_words!(SectionKind { Seated = "seated", Standing = "standing" });

/// For whom a seat is made, or what it lacks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, poem_openapi::Enum, Serialize, Deserialize,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SeatKind {
    /// A seat like most.
    #[default]
    Standard,
    /// One from which not all of the stage is seen.
    RestrictedView,
    /// A place for a wheelchair.
    Wheelchair,
    /// The seat of whoever comes along with a wheelchair.
    Companion,
}

column_words!(SeatKind {
    Standard = "standard",
    RestrictedView = "restricted_view",
    Wheelchair = "wheelchair",
    Companion = "companion",
});

/// A section of a hall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSection {
    /// Its number in the plan, from 1. Inside only; outside a section is known by its name.
    pub section_no: u32,
    /// Its name, once in the hall.
    pub name: String,
    /// What it has.
    pub kind: SectionKind,
    /// The floor it is on, if the hall names its floors.
    pub floor: Option<String>,
    /// How many places it has: its seats, or how many may stand in it.
    pub capacity: u32,
    /// The price level of a standing section; a seated one's stands in its rows.
    pub grade: Option<String>,
    /// How it is drawn.
    pub drawing: SectionDrawing,
}

/// A place in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanPlace {
    /// What is written on the seat, such as `12A`; once in its row.
    pub label: String,
    /// Its price level, where it is not its row's.
    pub grade: Option<String>,
    /// For whom it is made, or what it lacks.
    pub kind: SeatKind,
    /// What a buyer should know of it.
    pub note: Option<String>,
    /// How many seats would fit between it and the one before: an aisle. 0 where they stand side by side.
    pub gap_before: u32,
    /// Where it is, measured from its row's origin; as its row runs where nothing is said.
    pub at: Option<Point>,
}

impl PlanPlace {
    /// Seats with these labels and nothing special about them.
    pub fn labelled(labels: impl IntoIterator<Item = impl ToString>) -> Vec<Self> {
        labels.into_iter().map(|label| Self { label: label.to_string(), ..Self::default() }).collect()
    }
}

/// A row of a hall's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// The number of the section it stands in.
    pub section_no: u32,
    /// That section's name.
    pub section: String,
    /// Its own name, once in its section.
    pub name: String,
    /// Its price level, where a seat has none of its own.
    pub grade: String,
    /// The `seat_no` of its first seat.
    pub first_seat: u32,
    /// Its seats, side by side.
    pub seats: Vec<PlanPlace>,
    /// How it is drawn.
    pub drawing: RowDrawing,
}

impl PlanRow {
    /// The `seat_no`s of this row.
    pub fn seat_numbers(&self) -> std::ops::Range<u32> {
        self.first_seat..self.first_seat + self.seats.len() as u32
    }

    /// The price level of one of its seats.
    pub fn grade_of<'a>(&'a self, place: &'a PlanPlace) -> &'a str {
        place.grade.as_deref().unwrap_or(&self.grade)
    }

    /// Whether any of its seats has this price level.
    pub fn has_grade(&self, grade: &str) -> bool {
        self.seats.iter().any(|place| self.grade_of(place) == grade)
    }
}

/// A hall's sections and rows, best first, as the operator gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HallPlan {
    /// Its floors, from the lowest, if it names any.
    pub floors: Vec<String>,
    /// How it is drawn.
    pub drawing: HallDrawing,
    /// All sections; `section_no` counts through them from 1.
    pub sections: Vec<PlanSection>,
    /// All rows; `seat_no` counts through them from 1.
    pub rows: Vec<PlanRow>,
}

/// What is known of a seat without asking whether it is free.
#[derive(Clone, Copy, Debug)]
pub struct PlanSeat<'a> {
    /// Its row.
    pub row: &'a PlanRow,
    /// Its place there.
    pub place: &'a PlanPlace,
}

impl<'a> PlanSeat<'a> {
    /// Its price level.
    pub fn grade(self) -> &'a str {
        self.row.grade_of(self.place)
    }
}

impl HallPlan {
    /// How many seats there are; standing places are none.
    pub fn seat_count(&self) -> u32 {
        self.rows.last().map_or(0, |row| row.seat_numbers().end - 1)
    }

    /// The seat with this `seat_no`.
    pub fn seat(&self, seat_no: u32) -> Option<PlanSeat<'_>> {
        let after = self.rows.partition_point(|row| row.first_seat <= seat_no);
        let row = self.rows.get(after.checked_sub(1)?)?;
        let place = row.seats.get((seat_no - row.first_seat) as usize)?;
        Some(PlanSeat { row, place })
    }

    /// The standing section whose places have this `seat_no`.
    pub fn standing_section(&self, seat_no: u32) -> Option<&PlanSection> {
        self.section(section_of(seat_no)?).filter(|section| section.kind == SectionKind::Standing)
    }

    /// The price level of a seat or of a standing section's places.
    pub fn grade_of(&self, seat_no: u32) -> Option<&str> {
        match section_of(seat_no) {
            None => self.seat(seat_no).map(PlanSeat::grade),
            Some(_) => self.standing_section(seat_no)?.grade.as_deref(),
        }
    }

    /// All seats in the order of their `seat_no`.
    pub fn seats(&self) -> impl Iterator<Item = PlanSeat<'_>> {
        self.rows.iter().flat_map(|row| row.seats.iter().map(move |place| PlanSeat { row, place }))
    }

    /// The section with this number.
    pub fn section(&self, section_no: u32) -> Option<&PlanSection> {
        self.sections.get((section_no as usize).checked_sub(1)?)
    }

    /// The standing sections.
    pub fn standing(&self) -> impl Iterator<Item = &PlanSection> {
        self.sections.iter().filter(|section| section.kind == SectionKind::Standing)
    }

    /// The grades of seats and standing sections, each once.
    pub fn grades(&self) -> BTreeSet<&str> {
        let seated = self.seats().map(PlanSeat::grade);
        seated.chain(self.standing().filter_map(|section| section.grade.as_deref())).collect()
    }
}

/// A hall as it stands, by one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HallRecord {
    /// Inside.
    pub key: HallKey,
    /// Outside.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The version, inside.
    pub version: VersionKey,
    /// Its number among the hall's versions, from 1.
    pub version_no: u32,
    /// How many seats that version has.
    pub seat_count: u32,
    /// The commit that made it.
    pub made_in: Seq,
}

/// The name outside of a version's plan. What it stands for never changes.
pub fn plan_id(hall: Uuid, version_no: u32) -> String {
    format!("{hall}-{version_no}")
}
