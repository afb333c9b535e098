//! What is counted of standing places. No store, no clock.

use crate::ids::{PerformanceKey, Seq};
use crate::reservation::seat::HoldKey;

/// A standing section of a performance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StandingId {
    /// The performance.
    pub performance: PerformanceKey,
    /// The section's number in the plan.
    pub section_no: u32,
}

/// A section's counts, as they stand in the data file. One that nobody ever touched has no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The section's number in the plan.
    pub section_no: u32,
    /// In holds, also in those that have ended and are not written down yet.
    pub held: u32,
    /// Sold.
    pub sold: u32,
    /// Kept from sale by the operator.
    pub blocked: u32,
    /// The commit that made it so.
    pub changed_in: Seq,
}

/// A section of which places are somebody's, or blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionInUse {
    /// The section's number in the plan.
    pub section_no: u32,
    /// How many places are sold, blocked, or in living holds.
    pub places: u32,
    /// How many of them are in living holds.
    pub held: u32,
    /// How many are sold.
    pub sold: u32,
    /// How many stand in holds, also in those that have ended and are not written off yet.
    pub in_holds: u32,
}

/// What a standing section is in a newer version of its hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionThere {
    /// Its number there.
    pub section_no: u32,
    /// How many may stand in it there.
    pub capacity: u32,
    /// Whether both are what they were.
    pub is_as_it_was: bool,
    /// Whether it has the grade it had.
    pub keeps_grade: bool,
}

/// What was given other numbers of a performance's standing places.
#[derive(Clone, Debug, Default)]
pub struct Renumbered {
    /// The living holds of the sections that changed.
    pub living: Vec<HoldKey>,
    /// Whether any of their places are blocked.
    pub blocked: bool,
    /// Whether a section was forgotten of which places were sold once.
    pub was_sold: bool,
}

/// What is added to a section's counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Add {
    pub(super) held: i64,
    pub(super) sold: i64,
    pub(super) blocked: i64,
}

impl Count {
    /// All that cannot be taken, as far as it is written down.
    pub fn taken(&self) -> u32 {
        self.held + self.sold + self.blocked
    }
}
