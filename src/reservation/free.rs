//! What is free of a performance by what the data file says, for those to whom it is offered. Nothing is changed here.

use std::sync::Arc;

use crate::catalog::{Performance, SeatKind};
use crate::reservation::best;
use crate::reservation::standing;
use crate::store::{StoreError, Tx};

/// What is free of a performance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreePlaces {
    /// Of all seats, in the plan's order.
    spots: Arc<Vec<bool>>,
    /// How many seats that are for anybody, by grade as the room counts them: none that is made for a wheelchair or beside one.
    seats: Vec<u32>,
    /// Each standing section, its grade, and how many places of it.
    standing: Vec<(u32, String, u32)>,
}

fn is_for_anybody(performance: &Performance, spot: usize) -> bool {
    matches!(performance.room.spots[spot].kind, SeatKind::Standard | SeatKind::RestrictedView)
}

impl FreePlaces {
    /// Of a performance. Looks at all its seats.
    ///
    /// # Errors
    /// Only the store's.
    pub fn of(tx: &Tx, performance: &Performance) -> Result<Self, StoreError> {
        let spots = best::free_spots(tx, performance)?;
        let mut seats = vec![0; performance.room.grades.len()];
        for (spot, _) in
            spots.iter().enumerate().filter(|(spot, is_free)| **is_free && is_for_anybody(performance, *spot))
        {
            seats[usize::from(performance.room.spots[spot].grade)] += 1;
        }
        Ok(Self { spots: Arc::new(spots), seats, standing: standing_of(tx, performance)? })
    }

    /// Somebody has these places from now on, in this transaction.
    ///
    /// # Errors
    /// Only the store's.
    pub fn take(&mut self, tx: &Tx, performance: &Performance, seat_numbers: &[u32]) -> Result<(), StoreError> {
        let spots = Arc::make_mut(&mut self.spots);
        for spot in seat_numbers.iter().filter_map(|seat_no| (*seat_no as usize).checked_sub(1)) {
            let Some(is_free) = spots.get_mut(spot) else { continue };
            if std::mem::take(is_free) && is_for_anybody(performance, spot) {
                self.seats[usize::from(performance.room.spots[spot].grade)] -= 1;
            }
        }
        self.standing = standing_of(tx, performance)?;
        Ok(())
    }

    /// Which seats are free, in the plan's order.
    pub fn spots(&self) -> Arc<Vec<bool>> {
        self.spots.clone()
    }

    /// How many seats of this grade, or of all.
    pub fn seats(&self, performance: &Performance, grade: Option<&str>) -> u32 {
        let of = |name: &str| performance.room.grades.iter().position(|known| known == name);
        match grade {
            Some(grade) => of(grade).map_or(0, |at| self.seats[at]),
            None => self.seats.iter().sum(),
        }
    }

    /// The first standing section of this grade, or of any, with so many places.
    pub fn section(&self, grade: Option<&str>, quantity: u32) -> Option<u32> {
        let fits = |(_, of, free): &&(u32, String, u32)| grade.is_none_or(|grade| grade == of) && *free >= quantity;
        self.standing.iter().find(fits).map(|(section_no, ..)| *section_no)
    }

    /// How many may be had by one buyer at most: seats, or places of one section.
    pub fn most(&self) -> u32 {
        self.standing.iter().map(|(.., free)| *free).fold(self.seats.iter().sum(), u32::max)
    }
}

fn standing_of(tx: &Tx, performance: &Performance) -> Result<Vec<(u32, String, u32)>, StoreError> {
    let free = standing::free(tx, performance)?.into_iter();
    Ok(free.map(|(section, free)| (section.section_no, section.grade.clone().unwrap_or_default(), free)).collect())
}
