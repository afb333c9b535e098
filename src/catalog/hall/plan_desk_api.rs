//! A hall's plan at the desk: where everything of it is, also before anything is played in it.

use std::sync::Arc;

use poem::http::HeaderMap;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use crate::catalog::hall::domain;
use crate::catalog::hall::plan_api::{PlanAnswer, answer};
use crate::http::problems::{self, Problems};
use crate::http::version::IfNoneMatch;
use crate::http::{Code, Problem, Tag};
use crate::office::Office;
use crate::staff::{Manage, Staff};

/// Plans of halls.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Show where everything of a hall is
    ///
    /// Of its latest version, as `plan` shows it of a performance: with the places of all that its drawing does not say.
    #[oai(path = "/halls/:hall_id/plan", method = "get", operation_id = "hall_plan")]
    async fn hall_plan(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The hall
        hall_id: Path<Uuid>,
        /// The `ETag` of a plan that you have
        #[oai(name = "If-None-Match")]
        if_none_match: IfNoneMatch,
        headers: &HeaderMap,
    ) -> Result<PlanAnswer, Problem> {
        let hall = office.store.read(move |tx| domain::latest(tx, hall_id.0)).await?;
        answer(&office, hall, "private, no-cache", if_none_match, headers).await
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[("hall_plan", &[problems::STAFF, &[Code::HallNotFound]])];
