//! What is free of a concert's performances, as those who wait may be offered it. Nothing is changed here.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::Performance;
use crate::ids::PerformanceKey;
use crate::reservation;
use crate::store::{StoreError, Tx};
use crate::waitlist::record::{Entry, Wish};

/// The free seats of performances, by grade.
pub(super) type Free = BTreeMap<PerformanceKey, BTreeMap<String, u32>>;

/// What is free of those that are on sale.
pub(super) fn free_of(tx: &Tx, performances: &[Arc<Performance>]) -> Result<Free, StoreError> {
    let on_sale = performances.iter().filter(|performance| performance.not_on_sale(tx.wall()).is_none());
    on_sale.map(|of| Ok((of.key, reservation::domain::free_by_grade(tx, of)?))).collect()
}

/// The first of these performances of which what an entry wants is free.
pub(super) fn wanted<'p>(
    entry: &Entry,
    performances: &'p [Arc<Performance>],
    free: &Free,
) -> Option<&'p Arc<Performance>> {
    performances.iter().find(|of| free.get(&of.key).is_some_and(|free| entry.wish.fits(of, free)))
}

/// How many seats are free of the performance of which most are.
pub(super) fn most_free(free: &Free) -> u32 {
    free.values().map(|by_grade| by_grade.values().sum()).max().unwrap_or_default()
}

/// A performance of which a seat is left of those that are wished for.
pub(super) fn left_of(tx: &Tx, wish: &Wish, performances: &[Arc<Performance>]) -> Result<Option<Uuid>, StoreError> {
    let (free, one) = (free_of(tx, performances)?, Wish { quantity: 1, ..wish.clone() });
    let is_left = |of: &&Arc<Performance>| free.get(&of.key).is_some_and(|free| one.fits(of, free));
    Ok(performances.iter().find(is_left).map(|of| of.id))
}
