//! What is left of a performance, in words: for those who look from outside and those who wait. Pure decisions.

use std::collections::BTreeMap;

use crate::catalog::{NotOnSale, Performance};
use crate::clock::Instant;
use crate::queue::{Left, Phase, Queue, SaleState};
use crate::reservation::seat::SeatState;

/// What is left of one grade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradeStock {
    /// The grade.
    pub grade: String,
    /// In a word.
    pub left: Left,
    /// How many places are free.
    pub free: u32,
    /// How many are kept for buyers.
    pub held: u32,
}

/// What is left of a performance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// In a word.
    pub left: Left,
    /// By grade.
    pub grades: Vec<GradeStock>,
}

impl Stock {
    /// Of a performance in which there are so many places of each grade, so many of them free and held.
    pub fn new(
        performance: &Performance,
        places: &BTreeMap<String, u32>,
        free: &BTreeMap<String, u32>,
        held: &BTreeMap<String, u32>,
    ) -> Self {
        let count = |of: &BTreeMap<String, u32>, grade: &str| of.get(grade).copied().unwrap_or(0);
        let grade = |grade: &str| {
            let (free, held) = (count(free, grade), count(held, grade));
            let left = Left::of(free, held, count(places, grade));
            GradeStock { grade: grade.to_owned(), left, free, held }
        };
        let grades: Vec<_> = performance.prices.grades().map(grade).collect();
        let left = Left::of(free.values().sum(), held.values().sum(), places.values().sum());
        Self { left, grades }
    }
}

/// How many places are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Anyone may take them.
    pub free: u32,
    /// Kept for buyers.
    pub held: u32,
    /// Somebody's.
    pub sold: u32,
    /// Kept from sale by the operator.
    pub blocked: u32,
}

impl Tally {
    /// One more seat is this.
    pub fn count(&mut self, state: SeatState) {
        match state {
            SeatState::Available => self.free += 1,
            SeatState::Held => self.held += 1,
            SeatState::Sold => self.sold += 1,
            SeatState::Blocked => self.blocked += 1,
        }
    }

    /// So many more.
    pub fn add(&mut self, more: Self) {
        self.free += more.free;
        self.held += more.held;
        self.sold += more.sold;
        self.blocked += more.blocked;
    }
}

/// How the sale of a performance with this left stands at this time of day.
pub fn sale_of(performance: &Performance, left: Left, on_sale_at: Instant, wall: Instant) -> SaleState {
    match performance.not_on_sale(wall) {
        Some(NotOnSale::Cancelled | NotOnSale::PerformanceCancelled) => SaleState::Cancelled,
        Some(NotOnSale::Started | NotOnSale::Over) => SaleState::Over,
        _ if wall < on_sale_at => SaleState::Announced,
        Some(NotOnSale::Paused) => SaleState::Paused,
        None if left == Left::SoldOut => SaleState::SoldOut,
        None => SaleState::OnSale,
    }
}

/// How the sale of a concert stands whose dates stand like this: as the best of them does, and announced while it has none.
pub fn sale_of_all(queue: &Queue, dates: impl Iterator<Item = SaleState>, wall: Instant) -> SaleState {
    if queue.phase == Phase::Cancelled {
        return SaleState::Cancelled;
    }
    if queue.sale_is_over(wall) {
        return SaleState::Over;
    }
    dates.max().unwrap_or(SaleState::Announced)
}

#[cfg(test)]
mod tests {
    use super::{SeatState, Tally};

    #[test]
    fn a_tally_counts_each_seat_by_its_state_and_two_are_added_up() {
        let states = [SeatState::Available, SeatState::Held, SeatState::Sold, SeatState::Blocked];
        let mut all = Tally::default();
        for (more, state) in (1..).zip(states) {
            (0..more).for_each(|_| all.count(state));
        }
        let counts = |of: Tally| [of.free, of.held, of.sold, of.blocked];
        assert_eq!(counts(all), [1, 2, 3, 4]);
        all.add(Tally { free: 10, held: 20, sold: 30, blocked: 40 });
        assert_eq!(counts(all), [11, 22, 33, 44]);
    }
}
