//! What happened in the catalogue: facts that memory learns after their commit.

use crate::ids::ConcertKey;

/// A fact of the catalogue.
#[derive(Clone, Debug)]
pub enum CatalogFact {
    /// A concert has a new performance.
    PerformanceAdded {
        /// The concert.
        concert: ConcertKey,
    },
}
