//! Why a code is not taken.

use crate::catalog::CatalogError;
use crate::queue::QueueError;
use crate::store::StoreError;

/// Why a code is not taken, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// A field breaks its rule.
    #[error("{0}")]
    Invalid(String),
    /// There is no such discount or presale.
    #[error("there is no such discount or presale")]
    NotMade,
    /// There is no such code here, or it was revoked.
    #[error("no such code")]
    NoSuchCode,
    /// Another discount of the concert has this code.
    #[error("the code is taken")]
    Taken,
    /// It was used as often as it may be.
    #[error("the code was used up")]
    UsedUp,
    /// It takes nothing off these seats.
    #[error("the code is for other seats")]
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
