//! What happened to a waitlist: facts that memory learns after their commit.

use crate::ids::ConcertKey;

/// So many are on a concert's waitlist now, waiting or with an offer.
#[derive(Clone, Copy, Debug)]
pub struct WaitlistFact {
    /// The concert.
    pub concert: ConcertKey,
    /// How many.
    pub living: u32,
}
