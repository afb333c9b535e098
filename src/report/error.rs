//! Why there is no report.

use crate::catalog::CatalogError;
use crate::code::CodeError;
use crate::door::DoorError;
use crate::payment::PaymentError;
use crate::staff::StaffError;
use crate::store::StoreError;

/// Why there is no report, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// What was asked for breaks a rule.
    #[error("{0}")]
    Invalid(&'static str),
    /// It has more lines than anybody reads.
    #[error("too many lines")]
    TooLong,
    /// The catalogue's refusal: no such concert or performance.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The staff's: no such key.
    #[error(transparent)]
    Staff(#[from] StaffError),
    /// The codes' refusal.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The payment's refusal.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The door's refusal.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}
