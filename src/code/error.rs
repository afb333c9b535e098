//! Why a code is not taken, or not made.

use crate::catalog::CatalogError;
use crate::queue::QueueError;
use crate::store::StoreError;

/// Why a code is not taken or not made, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// A field breaks its rule.
    #[error("{0}")]
    Invalid(String),
    /// There is no such batch of codes.
    #[error("no such batch of codes")]
    NoSuchBatch,
    /// There is no such code here, or it is taken no more.
    #[error("no such code")]
    NoSuchCode,
    /// Another code of the concert reads the same.
    #[error("the code is taken")]
    Taken,
    /// It was used as often as it may be.
    #[error("the code was used up")]
    UsedUp,
    /// It takes nothing off these places.
    #[error("the code is for other places")]
    NotForThese,
    /// The catalogue's refusal.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The waiting room's refusal.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}
