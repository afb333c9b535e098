//! The catalogue's refusals over HTTP. What is on is shown by the reservation, which knows what is left.

use serde_json::json;

use crate::catalog::error::CatalogError;
use crate::catalog::views::{LocalTimeView, OccasionView};
use crate::http::{Code, Problem};

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            CatalogError::NoSuchConcert => Self::of(Code::ConcertNotFound),
            CatalogError::NoSuchHall => Self::of(Code::HallNotFound),
            CatalogError::NoSuchPerformance => Self::of(Code::PerformanceNotFound),
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
            CatalogError::NoSuchPicture => Self::of(Code::PictureNotFound),
            CatalogError::StateFixed => Self::of(Code::ConcertStateFixed),
            CatalogError::InUse(why) => Self::new(Code::InUse, why),
            CatalogError::PerformanceCancelled => {
                Self::new(Code::PerformanceCancelled, "It stays as it was when it was cancelled.")
                    .in_korean("취소된 때의 모습 그대로 남습니다.")
            }
            CatalogError::Started => Self::new(Code::PerformanceStarted, "It stays as it was from its start on.")
                .in_korean("시작한 때의 모습 그대로 남습니다."),
            CatalogError::Queue(error) => error.into(),
            CatalogError::Store(error) => error.into(),
        }
    }
}
