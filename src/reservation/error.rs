//! Why seats are not held or sold.

use crate::catalog::NotOnSale;
use crate::ids::SeatId;
use crate::store::StoreError;

/// What a limit of seats per buyer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitOf {
    /// The performance.
    Performance,
    /// A ticket type of it.
    Type(String),
    /// All performances of the concert.
    Concert,
}

/// Why seats are not held or sold, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The admission is over; what is held may still be paid.
    #[error("no new holds: the admission is over")]
    AdmissionOver,
    /// There is no such performance in the visit's concert.
    #[error("no such performance")]
    NoSuchPerformance,
    /// Nothing of it is held or sold now.
    #[error("not on sale: {0:?}")]
    NotOnSale(NotOnSale),
    /// The request names no seat, or one twice.
    #[error("{0}")]
    BadChoice(&'static str),
    /// There is no such seat in this performance.
    #[error("no such seat")]
    NoSuchSeat,
    /// The performance has no such grade.
    #[error("no such grade")]
    NoSuchGrade,
    /// The performance's hall has no such section.
    #[error("no such section")]
    NoSuchSection,
    /// The performance has no such ticket type.
    #[error("no such ticket type")]
    NoSuchType,
    /// The buyer would have too many seats.
    #[error("at most {limit} seats, {already} already")]
    TooManySeats {
        /// What is allowed.
        limit: u32,
        /// What the buyer has.
        already: u32,
        /// Of what.
        of: LimitOf,
    },
    /// Somebody has these.
    #[error("seats are taken")]
    Taken {
        /// Which.
        seats: Vec<SeatId>,
        /// Those of them that the asker holds already.
        yours: Vec<SeatId>,
    },
    /// Too few are free of what was asked for.
    #[error("only {0} seats are left")]
    NotEnough(usize),
    /// A seat of this grade is not sold as this ticket type.
    #[error("{grade} is not sold as {of}")]
    TypeNotSold {
        /// The grade.
        grade: String,
        /// The ticket type.
        of: String,
    },
    /// The picked seats leave others alone.
    #[error("seats are left alone")]
    LeavesLone {
        /// Which are left alone.
        seats: Vec<SeatId>,
        /// As many that leave none alone.
        instead: Vec<SeatId>,
    },
    /// What memory proposed has changed meanwhile: the same is to be asked again, with what memory knows now.
    #[error("outrun by others")]
    Outrun,
    /// A block's reason is no text that can be read.
    #[error("reason {0}")]
    BadReason(&'static str),
    /// There is no such block of this performance.
    #[error("no such block")]
    NoSuchBlock,
    /// There is no such hold of this visit.
    #[error("no such hold")]
    NoSuchHold,
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}
