//! What happened to seats: facts that operations leave in their transaction and that memory learns after its commit.

use crate::clock::Instant;
use crate::ids::{ConcertKey, PerformanceKey, Seq};
use crate::picture::Plain;
use crate::reservation::seat::{HoldKey, SeatChange, SeatState, StandingChange};
use crate::store::Tx;

/// A fact of the reservation.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub enum SeatFact {
    /// Seats of a performance changed their state.
    Changed {
        /// The concert.
        concert: ConcertKey,
        /// The performance.
        performance: PerformanceKey,
        /// The commit.
        seq: Seq,
        /// The seats and what they are now.
        seats: Vec<SeatChange>,
    },
    /// The free places of a standing section changed.
    StandingChanged {
        /// The concert.
        concert: ConcertKey,
        /// The performance.
        performance: PerformanceKey,
        /// The commit.
        seq: Seq,
        /// What they are now.
        change: StandingChange,
    },
    /// A hold was placed; its end is due.
    HoldPlaced {
        /// The hold.
        hold: HoldKey,
        /// When it ends.
        held_until: Instant,
    },
    /// A hold is over: paid, released, or its time had come.
    HoldEnded {
        /// The hold.
        hold: HoldKey,
        /// When it would have ended.
        held_until: Instant,
    },
}

impl Plain for SeatFact {
    const NAME: &'static str = "seat";
}

/// Leaves the fact that seats have become this; none where there are none.
pub(super) fn tell_seats(
    tx: &Tx,
    concert: ConcertKey,
    performance: PerformanceKey,
    seats: &[u32],
    state: SeatState,
    held_until: Option<Instant>,
) {
    if !seats.is_empty() {
        let seats = seats.iter().map(|&seat_no| SeatChange { seat_no, state, held_until }).collect();
        tx.tell(SeatFact::Changed { concert, performance, seq: tx.seq(), seats });
    }
}
