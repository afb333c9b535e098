//! What is free of a concert's performances, as those who wait may be offered it. Nothing is changed here.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::Performance;
use crate::ids::PerformanceKey;
use crate::reservation::FreePlaces;
use crate::reservation::domain::Choice;
use crate::store::{StoreError, Tx};
use crate::waitlist::record::{Entry, Wish};

/// What is free of performances.
pub(super) type Free = BTreeMap<PerformanceKey, FreePlaces>;

/// What is free of those that are on sale.
pub(super) fn free_of(tx: &Tx, performances: &[Arc<Performance>]) -> Result<Free, StoreError> {
    let on_sale = performances.iter().filter(|performance| performance.not_on_sale(tx.wall()).is_none());
    on_sale.map(|of| Ok((of.key, FreePlaces::of(tx, of)?))).collect()
}

/// What an entry wants of the first of these performances of which it is free.
pub(super) fn wanted<'p>(
    entry: &Entry,
    performances: &'p [Arc<Performance>],
    free: &Free,
) -> Option<(&'p Arc<Performance>, Choice)> {
    performances.iter().find_map(|of| Some((of, entry.wish.choice(of, free.get(&of.key)?)?)))
}

/// How many places may be had of the performance of which most are free.
pub(super) fn most_free(free: &Free) -> u32 {
    free.values().map(FreePlaces::most).max().unwrap_or_default()
}

/// A performance of which a place is left of those that are wished for.
pub(super) fn left_of(tx: &Tx, wish: &Wish, performances: &[Arc<Performance>]) -> Result<Option<Uuid>, StoreError> {
    let (free, one) = (free_of(tx, performances)?, Wish { quantity: 1, ..wish.clone() });
    let is_left = |of: &&Arc<Performance>| free.get(&of.key).is_some_and(|free| one.choice(of, free).is_some());
    Ok(performances.iter().find(is_left).map(|of| of.id))
}
