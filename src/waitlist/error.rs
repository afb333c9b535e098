//! Why nobody is put on a waitlist, or nothing is offered.

use uuid::Uuid;

use crate::queue::QueueError;
use crate::reservation::HoldError;
use crate::store::StoreError;

/// Why the waitlist says no, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum WaitlistError {
    /// A setting breaks its rule.
    #[error("{0}")]
    Invalid(String),
    /// What is wished for can be bought, or may come back to those who wait in line.
    #[error("not sold out")]
    NotSoldOut(Uuid),
    /// The operator lets nobody join.
    #[error("the waitlist is closed")]
    Closed,
    /// The user is on it already.
    #[error("already on the waitlist")]
    AlreadyOn,
    /// The user is not on it.
    #[error("not on the waitlist")]
    NotOn,
    /// Nothing is offered to the user, or not any more.
    #[error("nothing is offered")]
    NoOffer,
    /// As many are on it as may be.
    #[error("the waitlist is full")]
    Full,
    /// What came back is the waitlist's, and not offered yet.
    #[error("the waitlist comes first")]
    First,
    /// The reservation's refusal.
    #[error(transparent)]
    Hold(#[from] HoldError),
    /// The waiting room's refusal.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}
