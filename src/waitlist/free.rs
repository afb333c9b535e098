//! What is free of a concert's performances, as those who wait may be offered it. Nothing is changed here.

use uuid::Uuid;

use crate::reservation::best::{Best, Hint};
use crate::reservation::domain::Choice;
use crate::reservation::{FreePlaces, HoldError, Seen, Stand};
use crate::store::{StoreError, Tx};
use crate::waitlist::record::Wish;

/// What is free of those that are on sale, in the order of what memory saw.
///
/// # Errors
/// [`HoldError::Outrun`].
pub(super) fn free_of(tx: &Tx, seen: &[Seen]) -> Result<Vec<FreePlaces>, HoldError> {
    let on_sale = seen.iter().filter(|seen| seen.performance().not_on_sale(tx.wall()).is_none());
    on_sale.map(|seen| FreePlaces::of(tx, seen)).collect()
}

/// What of a performance may be had for a wish, if it is wanted and enough is free: seats before standing places.
pub(super) fn choice(tx: &Tx, wish: &Wish, free: &mut FreePlaces) -> Result<Option<Choice>, StoreError> {
    if !wish.is_for(free.performance().key) {
        return Ok(None);
    }
    let (grade, quantity) = (wish.grade.as_deref(), wish.quantity);
    if free.has(tx, grade, quantity)? {
        let best = Best { grade: wish.grade.clone(), quantity, ..Best::default() };
        return Ok(Some(Choice::Best(best, Hint::Free(free.spots()))));
    }
    let section_no = free.section(grade, quantity);
    Ok(section_no.map(|section_no| Choice::Standing(Stand { section_no, quantity })))
}

/// What may be had for a wish of the first of these performances of which it is free, and of which one that is.
pub(super) fn wanted(tx: &Tx, wish: &Wish, free: &mut [FreePlaces]) -> Result<Option<(usize, Choice)>, StoreError> {
    for (at, free) in free.iter_mut().enumerate() {
        if let Some(choice) = choice(tx, wish, free)? {
            return Ok(Some((at, choice)));
        }
    }
    Ok(None)
}

/// How many places may be had of the performance of which most are free.
pub(super) fn most_free(free: &[FreePlaces]) -> u32 {
    free.iter().map(FreePlaces::most).max().unwrap_or_default()
}

/// A performance of which a place is left of those that are wished for.
///
/// # Errors
/// [`HoldError::Outrun`].
pub(super) fn left_of(tx: &Tx, wish: &Wish, seen: &[Seen]) -> Result<Option<Uuid>, HoldError> {
    let (mut free, one) = (free_of(tx, seen)?, Wish { quantity: 1, ..wish.clone() });
    Ok(wanted(tx, &one, &mut free)?.map(|(at, _)| free[at].performance().id))
}
