//! The venue over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;

use crate::http::problems::Problems;
use crate::http::{Code, Problem, Reply, Tag, reply};
use crate::office::Office;
use crate::venue::domain::VenueError;
use crate::venue::views::VenueView;

/// The venue.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Venue")]
impl Api {
    /// Show the venue
    ///
    /// Whose box office this is, what its amounts mean, and what holds for every buyer.
    #[oai(path = "/venue", method = "get", operation_id = "venue")]
    async fn venue(&self, office: Data<&Arc<Office>>) -> Reply<VenueView, 200> {
        reply(&VenueView::new(&office.store.terms()))
    }
}

impl From<VenueError> for Problem {
    fn from(error: VenueError) -> Self {
        match error {
            VenueError::CurrencyFixed => Self::of(Code::CurrencyFixed),
            VenueError::Contradicted { .. } => Self::new(Code::InvalidField, error.to_string()),
            VenueError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[("venue", &[])];
