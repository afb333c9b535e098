//! How many places one buyer may have: of a performance, of a ticket type of it, and of a concert. What the buyer holds and
//! what the buyer has bought count together. Nothing is changed here.

use crate::catalog::Performance;
use crate::ids::{PerformanceKey, TypeNo};
use crate::reservation::error::{HoldError, LimitOf};
use crate::reservation::seat::{Hold, Holder};
use crate::reservation::sql;
use crate::store::{StoreError, Tx};

/// What a buyer has of a concert, by performance and ticket type.
pub struct Had(Vec<(PerformanceKey, TypeNo, u32)>);

impl Had {
    /// What one has who never bought anything.
    pub fn nothing() -> Self {
        Self(Vec::new())
    }

    /// What the holder has bought, and `held` beside it.
    ///
    /// # Errors
    /// Only the store's.
    pub fn of(tx: &Tx, holder: &Holder, held: &[Hold]) -> Result<Self, StoreError> {
        let mut had = sql::seats_bought(tx, holder.user, holder.concert)?;
        let places = held.iter().flat_map(|hold| hold.type_nos.iter().map(|&type_no| (hold.performance, type_no, 1)));
        had.extend(places);
        Ok(Self(had))
    }

    /// These places come to it, if none of the limits forbids it.
    ///
    /// # Errors
    /// [`HoldError::TooManySeats`], the performance's limit before its types' before the concert's.
    pub fn add(&mut self, tx: &Tx, performance: &Performance, wanted: &[TypeNo]) -> Result<(), HoldError> {
        if tx.actor().keeps_buyers_limits() {
            self.require_room(performance, tx.terms().seats_per_user, wanted)?;
        }
        self.0.extend(wanted.iter().map(|&type_no| (performance.key, type_no, 1)));
        Ok(())
    }

    fn require_room(&self, performance: &Performance, venue_limit: u32, wanted: &[TypeNo]) -> Result<(), HoldError> {
        let limits = performance.limits;
        let here = |of: &PerformanceKey| *of == performance.key;
        let (all, wanted_all) = (|_| true, wanted.len() as u32);
        let of_performance = limits.performance.unwrap_or(venue_limit);
        require(of_performance, LimitOf::Performance, self.count(here, all), wanted_all)?;
        for (type_no, of) in performance.prices.types() {
            if let Some(limit) = of.seats_per_user {
                // At whatever price: what was bought before that changed counts too.
                let is_one = |had: TypeNo| performance.prices.are_alike(had, type_no);
                let wanted = wanted.iter().filter(|wanted| is_one(**wanted)).count() as u32;
                let already = self.count(here, is_one);
                require(limit, LimitOf::Type(of.name.clone()), already, wanted)?;
            }
        }
        let of_concert = limits.concert.unwrap_or(u32::MAX);
        require(of_concert, LimitOf::Concert, self.count(|_| true, all), wanted_all)
    }

    fn count(&self, of: impl Fn(&PerformanceKey) -> bool, as_type: impl Fn(TypeNo) -> bool) -> u32 {
        let counted = self.0.iter().filter(|(performance, type_no, _)| of(performance) && as_type(*type_no));
        counted.map(|(.., seats)| seats).sum()
    }
}

fn require(limit: u32, of: LimitOf, already: u32, wanted: u32) -> Result<(), HoldError> {
    // Whoever wants none of a kind may have more of it than its limit has been since.
    if wanted > 0 && already.saturating_add(wanted) > limit {
        return Err(HoldError::TooManySeats { limit, already, of });
    }
    Ok(())
}
