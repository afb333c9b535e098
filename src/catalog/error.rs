//! Why the catalogue says no.

use uuid::Uuid;

use crate::catalog::local_time::LocalTime;
use crate::clock::Instant;
use crate::queue::QueueError;
use crate::store::StoreError;

/// What is in a hall.
#[derive(Debug)]
pub struct TakenBy {
    /// The performance.
    pub performance_id: Uuid,
    /// Its concert's title.
    pub concert_title: String,
    /// When it starts.
    pub starts_at: Instant,
    /// The same on the venue's clock.
    pub local: LocalTime,
    /// The hall's name.
    pub hall: String,
}

/// Why the catalogue says no, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A field breaks its rule.
    #[error("{0}")]
    Invalid(String),
    /// There is no such concert.
    #[error("no such concert")]
    NoSuchConcert,
    /// There is no such hall.
    #[error("no such hall")]
    NoSuchHall,
    /// There is no such performance in this concert.
    #[error("no such performance")]
    NoSuchPerformance,
    /// Something else is in the hall at that time: this.
    #[error("the hall is taken")]
    HallTaken(Box<TakenBy>),
    /// The concert has no such picture.
    #[error("no such picture")]
    NoSuchPicture,
    /// The concert cannot become that any more.
    #[error("the concert's state is fixed")]
    StateFixed,
    /// Something hangs on what was to be taken back.
    #[error("{0}")]
    InUse(&'static str),
    /// The performance has begun.
    #[error("the performance has started")]
    Started,
    /// The performance is cancelled.
    #[error("the performance is cancelled")]
    PerformanceCancelled,
    /// The concert's sale begins when the performance has begun.
    #[error("the sale begins at {on_sale_at}")]
    SaleTooLate {
        /// When it begins.
        on_sale_at: Instant,
        /// The same on the venue's clock.
        local: LocalTime,
    },
    /// The waiting room's refusal.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CatalogError {
    /// The refusal of a field.
    ///
    /// # Errors
    /// Always.
    pub fn invalid<T>(rule: impl Into<String>) -> Result<T, Self> {
        Err(Self::Invalid(rule.into()))
    }

    /// The sale begins at this instant, which is too late, on the clock of this time zone.
    pub fn sale_too_late(on_sale_at: Instant, time_zone: &str) -> Self {
        Self::SaleTooLate { on_sale_at, local: LocalTime::in_zone(time_zone, on_sale_at) }
    }
}
