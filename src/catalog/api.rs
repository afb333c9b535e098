//! The catalogue's refusals over HTTP. What is on is shown by the reservation, which knows what is left.

use serde_json::json;

use crate::catalog::error::CatalogError;
use crate::catalog::views::{LocalTimeView, OccasionView};
use crate::http::{Code, Problem};

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            CatalogError::NoSuchConcert => Self::new(Code::ConcertNotFound, "GET /v1/concerts lists all concerts."),
            CatalogError::NoSuchHall => Self::new(Code::HallNotFound, "Make the hall first."),
            CatalogError::NoSuchPerformance => Self::new(Code::PerformanceNotFound, "GET /v1/dates lists all dates."),
            CatalogError::HallTaken(by) => {
                let detail = format!(
                    "{} is in this hall from {} on. Choose another time, or send allow_overlap: true.",
                    by.concert_title, by.local
                );
                let local = LocalTimeView::from(&by.local);
                Self::new(Code::HallTaken, detail)
                    .with("performance_id", json!(by.performance_id))
                    .with_all(json!(OccasionView { starts_at: by.starts_at, local, hall: by.hall }))
            }
            CatalogError::SaleTooLate { on_sale_at, local } => {
                let detail = format!(
                    "The concert's sale begins on {local}, when this performance has started. Mend either time, \
                     or send allow_late_sale: true."
                );
                Self::new(Code::SaleTooLate, detail)
                    .with("on_sale_at", json!(on_sale_at))
                    .with_all(json!(LocalTimeView::from(&local)))
            }
            CatalogError::NoSuchPicture => Self::new(
                Code::PictureNotFound,
                "Its address stands with the concert, and is another one for every picture.",
            ),
            CatalogError::StateFixed => Self::new(
                Code::ConcertStateFixed,
                "A draft is published, what is published is cancelled; what has ended stays as it is.",
            ),
            CatalogError::InUse(why) => Self::new(Code::InUse, why),
            CatalogError::PerformanceCancelled => {
                Self::new(Code::PerformanceCancelled, "It stays as it was when it was cancelled.")
            }
            CatalogError::Started => Self::new(Code::PerformanceStarted, "It stays as it was from its start on."),
            CatalogError::Queue(error) => error.into(),
            CatalogError::Store(error) => error.into(),
        }
    }
}
