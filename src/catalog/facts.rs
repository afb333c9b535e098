//! What happened in the catalogue: facts that memory learns after their commit.

use crate::catalog::record::Performance;
use crate::ids::{ConcertKey, PerformanceKey};

/// A fact of the catalogue.
#[derive(Clone, Debug)]
pub enum CatalogFact {
    /// A concert's performances are others than they were, or something holds for their sale that did not.
    PerformancesChanged {
        /// The concert.
        concert: ConcertKey,
        /// What those are now whose plan is the same, without it: memory has it. Of the others memory reads again.
        performances: Vec<Performance>,
    },
    /// A performance is played in another version of its hall, or its prices have changed: its map is another.
    PerformanceRedrawn {
        /// The concert.
        concert: ConcertKey,
        /// The performance.
        performance: PerformanceKey,
    },
    /// A performance was taken back.
    PerformanceGone {
        /// The concert.
        concert: ConcertKey,
        /// The performance.
        performance: PerformanceKey,
    },
}
