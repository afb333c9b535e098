//! What is on, over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::catalog::domain;
use crate::catalog::error::CatalogError;
use crate::catalog::record::Concert;
use crate::catalog::views::ConcertView;
use crate::http::problems::Problems;
use crate::http::{Code, Problem, Reply, Tag, page, reply};
use crate::ids::ConcertKey;
use crate::office::Office;
use crate::queue::Lines;

/// Concerts, newest first
#[derive(Object, Serialize)]
struct ConcertsView {
    /// The concerts
    concerts: Vec<ConcertView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Concerts and dates.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Catalogue")]
impl Api {
    /// List concerts
    ///
    /// All concerts, newest first.
    #[oai(path = "/concerts", method = "get", operation_id = "list_concerts")]
    async fn list_concerts(
        &self,
        office: Data<&Arc<Office>>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
    ) -> Result<Reply<ConcertsView, 200>, Problem> {
        let before = page::cursor(cursor.0)?.map(ConcertKey);
        let limit = office.limits.page;
        // One more than the page tells whether another page follows.
        let mut concerts = office.store.read(move |tx| domain::concerts(tx, before, limit + 1)).await?;
        let more = concerts.len() > limit as usize;
        concerts.truncate(limit as usize);
        let next_cursor = concerts.last().filter(|_| more).map(|last| last.key.0.to_string());
        let concerts = concerts.into_iter().filter_map(|concert| view(&office, concert)).collect();
        Ok(reply(&ConcertsView { concerts, next_cursor }))
    }

    /// Show a concert
    ///
    /// With its queue's state and the draw: the seed's hash before the sale, the seed itself after.
    #[oai(path = "/concerts/:concert_id", method = "get", operation_id = "show_concert")]
    async fn show_concert(
        &self,
        office: Data<&Arc<Office>>,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<Reply<ConcertView, 200>, Problem> {
        let concert = office.store.read(move |tx| domain::concert(tx, concert_id.0)).await?;
        Ok(reply(&view(&office, concert).ok_or(CatalogError::NoSuchConcert)?))
    }
}

fn view(office: &Office, concert: Concert) -> Option<ConcertView> {
    let line = office.part::<Lines>().by_id(concert.id)?;
    Some(ConcertView::new(concert, &line.queue(), line.counts().0))
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            CatalogError::NoSuchConcert => Self::new(Code::ConcertNotFound, "GET /v1/concerts lists all concerts."),
            CatalogError::NoSuchHall => Self::new(Code::HallNotFound, "Make the hall first."),
            CatalogError::NoSuchPerformance => Self::new(Code::PerformanceNotFound, "GET /v1/dates lists all dates."),
            CatalogError::InUse(why) => Self::new(Code::InUse, why),
            CatalogError::HallTaken { performance_id, starts_at } => {
                let detail = format!(
                    "Performance {performance_id} is in this hall from {starts_at} on. Choose another time, or send \
                     allow_overlap: true."
                );
                Self::new(Code::HallTaken, detail)
                    .with("performance_id", json!(performance_id))
                    .with("starts_at", json!(starts_at))
            }
            CatalogError::SaleTooLate(on_sale_at) => {
                let detail = format!(
                    "The concert's sale begins at {on_sale_at}, when this performance has started. Mend either time, \
                     or send allow_late_sale: true."
                );
                Self::new(Code::SaleTooLate, detail).with("on_sale_at", json!(on_sale_at))
            }
            CatalogError::Queue(error) => error.into(),
            CatalogError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems =
    &[("list_concerts", &[&[Code::InvalidField]]), ("show_concert", &[&[Code::ConcertNotFound]])];
