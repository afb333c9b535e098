//! The best free seats of a grade. Memory says where to look first and when there is nothing left to look for; what is
//! taken is decided on the data file, in the transaction that takes it.

use crate::catalog::Performance;
use crate::ids::Ordinal;
use crate::reservation::error::HoldError;
use crate::reservation::offers::{free_in_row, free_seats};
use crate::reservation::rules::{self, FreeSeat};
use crate::reservation::seat::Offer;
use crate::store::Tx;

/// A wish for the best seats.
#[derive(Clone, Debug)]
pub struct Best {
    /// The grade.
    pub grade: String,
    /// How many.
    pub quantity: u32,
    /// What memory knows.
    pub hint: Hint,
}

/// What memory knew of a grade's free seats at the last commit. Nothing, by default.
#[derive(Clone, Debug, Default)]
pub struct Hint {
    /// Rows of the plan that had room: where the search begins, not where it must end.
    pub likely_rows: Vec<usize>,
    /// How many seats were free in all.
    pub free: Option<usize>,
}

/// Checks the wish alone. Gives how many seats it is for.
pub(super) fn check(performance: &Performance, best: &Best) -> Result<u32, HoldError> {
    if best.quantity == 0 {
        return Err(HoldError::BadChoice("quantity must be at least 1"));
    }
    if performance.prices.first(&best.grade).is_none() {
        return Err(HoldError::NoSuchGrade);
    }
    Ok(best.quantity)
}

/// The best free seats: side by side where possible, else nearest to each other.
///
/// Whoever finds too few free at the last commit is told so at once: had the request come a moment earlier, before the
/// changes that are under way, that would have been the answer too. Else every refused buyer of a grade that is sold out
/// would make the writer search all its rows.
pub(super) fn seats(tx: &Tx, performance: &Performance, best: &Best, asker: Ordinal) -> Result<Vec<Offer>, HoldError> {
    let (rows, quantity) = (&performance.plan.rows, best.quantity as usize);
    let of_grade = |row: &usize| rows.get(*row).is_some_and(|row| row.grade == best.grade);
    let side_by_side = |row: usize, free: &[FreeSeat]| {
        let length = rows[row].seats().len() as u32;
        rules::side_by_side(free, length, quantity)
    };
    for row in best.hint.likely_rows.iter().copied().filter(of_grade) {
        if let Some(found) = side_by_side(row, &free_in_row(tx, performance, row, tx.now())?) {
            return free_seats(tx, performance, &found, asker);
        }
    }
    if let Some(free) = best.hint.free.filter(|free| *free < quantity) {
        return Err(HoldError::NotEnough(free));
    }
    let mut free = Vec::new();
    for row in (0..rows.len()).filter(of_grade) {
        let in_row = free_in_row(tx, performance, row, tx.now())?;
        if let Some(found) = side_by_side(row, &in_row) {
            return free_seats(tx, performance, &found, asker);
        }
        free.extend(in_row);
    }
    let found = rules::nearest_together(&free, quantity).ok_or(HoldError::NotEnough(free.len()))?;
    free_seats(tx, performance, &found, asker)
}
