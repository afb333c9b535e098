//! The terms a box office works under: how long things last and how much one buyer may have. What they are is said by
//! the venue; an operation reads them from its transaction ([`Tx::terms`](crate::store::Tx::terms)).

/// The terms in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long an admitted buyer may choose and pay.
    pub admission_seconds: u32,
    /// How long a hold keeps its seats.
    pub hold_seconds: u32,
    /// How long a queue token lasts when nothing else ends it.
    pub token_seconds: u32,
    /// Seats one user may have of one performance, held and bought together.
    pub seats_per_user: u32,
    /// The largest top-up, in minor units.
    pub largest_top_up: i64,
    /// How many of a draw's numbers one commit writes, so that nobody waits long for it.
    pub numbers_per_commit: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            admission_seconds: 600,
            hold_seconds: 300,
            token_seconds: 24 * 3600,
            seats_per_user: 4,
            largest_top_up: 10_000_000_000,
            numbers_per_commit: 1000,
        }
    }
}
