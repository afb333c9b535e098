//! What happened in the waiting room: facts that operations leave in their transaction and that memory learns after its
//! commit. A fact never causes a change in the data file.

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal};
use crate::picture::Plain;
use crate::queue::record::{Entry, Queue};
use crate::queue::state::EntryStatus;

/// A fact of a queue.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub enum QueueFact {
    /// A concert's queue is known from now on: it was made, or its concert was published, or goes on.
    Opened(Queue),
    /// A queue is not known any more: its concert is over, or was taken back.
    Closed(ConcertKey),
    /// A queue's settings or progress changed.
    Changed(Queue),
    /// An entry joined.
    Joined(Entry),
    /// Some of the draw's numbers were written. They are told to those who have them once all are.
    Numbered {
        /// The concert.
        concert: ConcertKey,
        /// Who got which.
        numbers: Vec<(Ordinal, u32)>,
    },
    /// An entry was let in.
    Admitted {
        /// The concert.
        concert: ConcertKey,
        /// The entry.
        ordinal: Ordinal,
        /// Until when it may take holds.
        admitted_until: Instant,
        /// How long it had waited since the sale began or since it joined.
        waited_ms: i64,
    },
    /// An admitted entry's end moved with its holds.
    VisitLasts {
        /// The concert.
        concert: ConcertKey,
        /// The entry.
        ordinal: Ordinal,
        /// The new end.
        ends_at: Instant,
    },
    /// An entry ended.
    Ended {
        /// The concert.
        concert: ConcertKey,
        /// The entry.
        ordinal: Ordinal,
        /// How.
        status: EntryStatus,
    },
}

impl Plain for QueueFact {
    const NAME: &'static str = "queue";
}

impl QueueFact {
    /// Whose queue it is about.
    pub fn concert(&self) -> ConcertKey {
        match self {
            Self::Opened(queue) | Self::Changed(queue) => queue.concert,
            Self::Closed(concert) => *concert,
            Self::Joined(entry) => entry.concert,
            Self::Numbered { concert, .. }
            | Self::Admitted { concert, .. }
            | Self::VisitLasts { concert, .. }
            | Self::Ended { concert, .. } => *concert,
        }
    }
}
