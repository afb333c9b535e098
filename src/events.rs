//! What happened: facts that operations leave in their transaction and that become known after its commit, before
//! any answer of that commit leaves. An event never causes a change in the data file; it brings memory up to date.

use std::sync::Arc;

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal, PerformanceKey};
use crate::queue::domain::{Entry, Queue};
use crate::queue::rules::EntryStatus;
use crate::reservation::SeatMap;
use crate::reservation::domain::{DueHold, SeatChange};

/// A fact of the box office.
#[derive(Clone)]
pub enum Event {
    /// A concert's queue was made.
    QueueOpened {
        /// The concert's public id.
        concert_id: Uuid,
        /// The queue.
        queue: Queue,
    },
    /// A queue's settings or progress changed.
    QueueChanged(Queue),
    /// An entry joined.
    EntryJoined(Entry),
    /// The draw gave numbers.
    NumbersDrawn {
        /// The concert.
        concert: ConcertKey,
        /// Who got which.
        numbers: Vec<(Ordinal, u32)>,
    },
    /// An entry was let in.
    EntryAdmitted {
        /// The concert.
        concert: ConcertKey,
        /// The entry.
        ordinal: Ordinal,
        /// When.
        admitted_at: Instant,
        /// Until when it may take holds.
        admitted_until: Instant,
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
    EntryEnded {
        /// The concert.
        concert: ConcertKey,
        /// The entry.
        ordinal: Ordinal,
        /// How.
        status: EntryStatus,
    },
    /// A concert has a new performance.
    PerformanceAdded {
        /// The concert.
        concert: ConcertKey,
    },
    /// The seats of all performances of a concert, as they were at this point among the changes.
    SeatMapsLoaded {
        /// The concert.
        concert: ConcertKey,
        /// A map for each performance, in order of time.
        maps: Arc<Vec<Arc<SeatMap>>>,
    },
    /// Seats of a performance changed their state.
    SeatsChanged {
        /// The performance.
        performance: PerformanceKey,
        /// The seats and what they are now.
        seats: Vec<SeatChange>,
    },
    /// A hold was placed; its end is due.
    HoldPlaced(DueHold),
}
