//! Why the waiting room says no.

use crate::clock::Instant;
use crate::queue::state::{Cause, EntryStatus, QueueState};
use crate::store::StoreError;

/// Why the waiting room says no, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// There is no such concert.
    #[error("no such concert")]
    NoSuchConcert,
    /// The token names an entry that is not there.
    #[error("no such entry")]
    NoSuchEntry,
    /// The entry has ended.
    #[error("the entry has ended: {0:?}, {1:?}")]
    Ended(EntryStatus, Option<Cause>),
    /// It is not this entry's turn.
    #[error("not admitted yet")]
    NotAdmitted,
    /// The queue has not opened.
    #[error("the queue opens at {0:?}")]
    NotOpenYet(Instant),
    /// The concert was cancelled.
    #[error("the concert is cancelled")]
    Cancelled,
    /// Nothing is sold any more.
    #[error("the sale is over")]
    SaleOver,
    /// The draw is made: what it was made by cannot change.
    #[error("the draw is made")]
    DrawMade,
    /// Somebody joined the queue that was to be taken back.
    #[error("somebody has joined")]
    WasJoined,
    /// The operator lets nobody join.
    #[error("the queue is {0:?}")]
    NotJoinable(QueueState),
    /// The draw is made, or due: nobody comes ahead any more.
    #[error("the presale is over")]
    PresaleOver,
    /// A setting breaks its rule.
    #[error("{0}")]
    Invalid(String),
    /// No number is left: 2^31 buyers have joined.
    #[error("the queue is full")]
    Full,
    /// The data file holds others than took part in its draw; `verify` says the same. No request meets it.
    #[error("{found} entries took part in a draw of {drawn}")]
    DrawBroken {
        /// So many took part.
        drawn: u32,
        /// So many are found.
        found: u32,
    },
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}
