//! What is free of a performance by what the data file says, for those to whom it is offered. Nothing is changed here.

use std::collections::BTreeMap;

use crate::catalog::{Performance, SeatKind};
use crate::reservation::best;
use crate::reservation::standing;
use crate::store::{StoreError, Tx};

/// What is free of a performance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FreePlaces {
    /// How many seats that are for anybody, by grade: none that is made for a wheelchair or beside one.
    seats: BTreeMap<String, u32>,
    /// Each standing section, its grade, and how many places of it.
    standing: Vec<(u32, String, u32)>,
}

impl FreePlaces {
    /// Of a performance. Looks at all its seats.
    ///
    /// # Errors
    /// Only the store's.
    pub fn of(tx: &Tx, performance: &Performance) -> Result<Self, StoreError> {
        let mut seats: BTreeMap<String, u32> = BTreeMap::new();
        for (seat, is_free) in performance.plan.seats().zip(best::free_spots(tx, performance)?) {
            let is_for_anybody = matches!(seat.place.kind, SeatKind::Standard | SeatKind::RestrictedView);
            *seats.entry(seat.grade().to_owned()).or_default() += u32::from(is_free && is_for_anybody);
        }
        let standing = standing::free(tx, performance)?.into_iter();
        let named =
            standing.map(|(section, free)| (section.section_no, section.grade.clone().unwrap_or_default(), free));
        Ok(Self { seats, standing: named.collect() })
    }

    /// How many seats of this grade, or of all.
    pub fn seats(&self, grade: Option<&str>) -> u32 {
        match grade {
            Some(grade) => self.seats.get(grade).copied().unwrap_or_default(),
            None => self.seats.values().sum(),
        }
    }

    /// The first standing section of this grade, or of any, with so many places.
    pub fn section(&self, grade: Option<&str>, quantity: u32) -> Option<u32> {
        let fits = |(_, of, free): &&(u32, String, u32)| grade.is_none_or(|grade| grade == of) && *free >= quantity;
        self.standing.iter().find(fits).map(|(section_no, ..)| *section_no)
    }

    /// How many may be had by one buyer at most: seats, or places of one section.
    pub fn most(&self) -> u32 {
        self.standing.iter().map(|(.., free)| *free).fold(self.seats(None), u32::max)
    }
}
