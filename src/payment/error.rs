//! Why nothing is paid.

use crate::catalog::{CatalogError, NotOnSale};
use crate::code::CodeError;
use crate::money::Amount;
use crate::queue::QueueError;
use crate::reservation::HoldError;
use crate::store::StoreError;
use crate::visit::VisitError;
use crate::waitlist::WaitlistError;
use crate::wallet::WalletError;

/// Why a payment is refused, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// A seat cannot be bought.
    #[error(transparent)]
    Seats(#[from] HoldError),
    /// The code is not taken.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The buyer saw another price.
    #[error("the seats cost {0:?}")]
    AmountMismatch(Amount),
    /// There is less money than is to be paid.
    #[error("the balance is {balance:?}, {needed:?} are needed")]
    Insufficient {
        /// What is there.
        balance: Amount,
        /// What is to be paid.
        needed: Amount,
        /// How many of the seats the buyer holds, of how many.
        held: (usize, usize),
    },
    /// The wallet's refusal.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The waiting room's refusal.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// There is no such payment of this user.
    #[error("no such payment")]
    NoSuchPayment,
    /// There is no such ticket of this user.
    #[error("no such ticket")]
    NoSuchTicket,
    /// The ticket was refunded: it opens nothing any more.
    #[error("the ticket is cancelled")]
    TicketCancelled,
    /// Nobody has an account with this address.
    #[error("no such recipient")]
    NoSuchRecipient,
    /// It is theirs already.
    #[error("the ticket is the recipient's already")]
    OwnTicket,
    /// The waitlist's refusal.
    #[error(transparent)]
    Waitlist(#[from] WaitlistError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CatalogError> for PaymentError {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Store(error) => Self::Store(error),
            CatalogError::Queue(error) => Self::Queue(error),
            CatalogError::PerformanceCancelled => HoldError::NotOnSale(NotOnSale::PerformanceCancelled).into(),
            CatalogError::Invalid(_)
            | CatalogError::NoSuchConcert
            | CatalogError::NoSuchHall
            | CatalogError::NoSuchPerformance
            | CatalogError::HallTaken(_)
            | CatalogError::NoSuchPicture
            | CatalogError::StateFixed
            | CatalogError::InUse(_)
            | CatalogError::Started
            | CatalogError::SaleTooLate { .. } => Self::NoSuchTicket,
        }
    }
}

impl From<VisitError> for PaymentError {
    fn from(error: VisitError) -> Self {
        match error {
            VisitError::Queue(error) => Self::Queue(error),
            VisitError::Code(error) => Self::Code(error),
            VisitError::Hold(error) => Self::Seats(error),
            VisitError::Store(error) => Self::Store(error),
        }
    }
}
