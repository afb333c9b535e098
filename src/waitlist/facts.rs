//! What happened to a waitlist: facts that memory learns after their commit.

use crate::ids::{ConcertKey, Ordinal};
use crate::picture::Plain;
use crate::waitlist::record::{Status, Wish};

/// What became of an entry.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct WaitlistFact {
    /// The concert.
    pub concert: ConcertKey,
    /// The entry.
    pub ordinal: Ordinal,
    /// What it wants.
    pub wish: Wish,
    /// What it was; nothing before it joined.
    pub was: Option<Status>,
    /// What it is now.
    pub is: Status,
}

impl Plain for WaitlistFact {
    const NAME: &'static str = "waitlist";
}
