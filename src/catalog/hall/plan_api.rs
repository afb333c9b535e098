//! A performance's plan over HTTP: what never changes, for everybody, to be kept.

use std::sync::Arc;

use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::{Path, Query};
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};
use std::collections::HashMap;
use uuid::Uuid;

use crate::catalog::error::CatalogError;
use crate::catalog::hall::domain;
use crate::catalog::hall::plan::{HallRecord, SeatKind, SectionKind, plan_id};
use crate::catalog::hall::plans::{PlanBytes, Plans};
use crate::http::encoding::accepts_gzip;
use crate::http::problems::Problems;
use crate::http::version::IfNoneMatch;
use crate::http::{Code, Problem, Tag, kept, whole_or_unchanged};
use crate::office::Office;

/// A point, in whole centimetres; y grows away from the stage
#[derive(Object)]
struct PlanPointView {
    /// To the right
    x: i64,
    /// Away from the stage
    y: i64,
}

/// Something that is written in the hall
#[derive(Object)]
struct PlanSignView {
    /// What
    text: String,
    /// Its middle, to the right, in whole centimetres
    x: i64,
    /// Its middle, away from the stage
    y: i64,
    /// How high its letters are
    size: i64,
}

/// A section of a plan
#[derive(Object)]
struct PlanSectionView {
    /// Its name
    name: String,
    /// What it has
    kind: SectionKind,
    /// Its seats or standing places
    capacity: u32,
    /// The floor it is on
    floor: Option<String>,
    /// The price level of a standing section
    grade: Option<String>,
    /// Where it is; without it, about its seats
    outline: Option<Vec<PlanPointView>>,
}

/// What is special about a seat of a row
#[derive(Object)]
struct SpecialSeatView {
    /// Its place in the row, from 0
    seat: u32,
    /// Its price level, if it is not its row's
    grade: Option<String>,
    /// For whom it is made, or what it lacks
    kind: Option<SeatKind>,
    /// What a buyer should know of it
    note: Option<String>,
    /// How many seats would fit between it and the one before: an aisle
    gap_before: Option<u32>,
}

/// A row of a plan
#[derive(Object)]
struct PlanRowView {
    /// Its section
    section: String,
    /// Its name
    row: String,
    /// Its price level
    grade: String,
    /// What is written on its seats, side by side
    labels: Vec<String>,
    /// Where they are, in whole centimetres: the first seat as it is, each further one from the one before
    x: Vec<i64>,
    /// The same away from the stage
    y: Vec<i64>,
    /// The seats of which there is more to say
    special: Option<Vec<SpecialSeatView>>,
}

/// What never changes under a performance
#[derive(Object)]
struct PlanView {
    /// The plan's name, also its `ETag`: another plan has another
    plan: String,
    /// How many seats there are
    seats: u32,
    /// The hall's floors, from the lowest
    floors: Vec<String>,
    /// The stage's outline, if there is one
    stage: Vec<PlanPointView>,
    /// Where all look
    focal: PlanPointView,
    /// Colours of price levels, as far as the hall has some
    colors: HashMap<String, String>,
    /// What is written in it
    signs: Vec<PlanSignView>,
    /// Its sections
    sections: Vec<PlanSectionView>,
    /// Its rows; the order of their seats is that of `states` in the seat map
    rows: Vec<PlanRowView>,
}

/// The plan, or the news that the asker has it.
pub(super) enum PlanAnswer {
    Whole { plan: Arc<PlanBytes>, gzip: bool, cache: &'static str },
    Unchanged(String, &'static str),
}

/// RFC 9110 §8.8.3: what differs by its encoding differs by its tag.
fn tags(plan_id: &str) -> [String; 2] {
    [format!("\"{plan_id}\""), format!("\"{plan_id}-gzip\"")]
}

impl IntoResponse for PlanAnswer {
    fn into_response(self) -> Response {
        let (tag, cache, response) = match self {
            Self::Unchanged(tag, cache) => (tag, cache, StatusCode::NOT_MODIFIED.into_response()),
            Self::Whole { plan, gzip, cache } => {
                let bytes = if gzip { plan.gzip.clone() } else { plan.plain.clone() };
                let mut response =
                    Response::builder().content_type("application/json").body(poem::Body::from_bytes(bytes));
                if gzip {
                    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                }
                let [plain, packed] = tags(&plan.plan_id);
                (if gzip { packed } else { plain }, cache, response)
            }
        };
        kept(response, &tag, cache)
    }
}

impl ApiResponse for PlanAnswer {
    fn meta() -> MetaResponses {
        let unchanged = "It is the one in `If-None-Match`.";
        whole_or_unchanged(PlanView::schema_ref(), "The plan, with its name as `ETag`.", unchanged)
    }

    fn register(registry: &mut Registry) {
        PlanView::register(registry);
    }
}

/// The plan of this version of a hall, unless the asker has it.
pub(super) async fn answer(
    office: &Office,
    hall: HallRecord,
    cache: &'static str,
    if_none_match: IfNoneMatch,
    headers: &HeaderMap,
) -> Result<PlanAnswer, Problem> {
    let its_name = plan_id(hall.id, hall.version_no);
    let known = tags(&its_name);
    let mut asked =
        if_none_match.0.iter().flat_map(|tags| tags.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    if let Some(tag) = asked.find_map(|tag| known.iter().find(|known| tag == "*" || *known == tag)) {
        return Ok(PlanAnswer::Unchanged(tag.clone(), cache));
    }
    let plans = office.part::<Plans>().clone();
    let bytes = match plans.kept(&its_name) {
        Some(bytes) => bytes,
        None => {
            let read = office.store.read(move |tx| {
                let plan = domain::plan(tx, hall.version)?;
                Ok::<_, CatalogError>((hall, plan))
            });
            let (hall, plan) = read.await?;
            let made = tokio::task::spawn_blocking(move || plans.make(&hall, &plan));
            made.await.map_err(|_| Problem::of(Code::Internal))?
        }
    };
    Ok(PlanAnswer::Whole { plan: bytes, gzip: accepts_gzip(headers), cache })
}

/// Plans.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Catalogue")]
impl Api {
    /// Show a performance's plan
    ///
    /// Sections, rows, labels and where every seat is: all that does not change while seats are sold. Ask with `?plan=` and
    /// the name that the seat map gives, and what comes may be kept for a year. The seat map with `?view=states` has the rest.
    #[oai(path = "/performances/:performance_id/plan", method = "get", operation_id = "plan")]
    async fn plan(
        &self,
        office: Data<&Arc<Office>>,
        /// The performance
        performance_id: Path<Uuid>,
        /// The plan's name, from the seat map
        plan: Query<Option<String>>,
        /// The `ETag` of a plan that you have
        #[oai(name = "If-None-Match")]
        if_none_match: IfNoneMatch,
        headers: &HeaderMap,
    ) -> Result<PlanAnswer, Problem> {
        const FOR_EVER: &str = "public, max-age=31536000, immutable";
        const FOR_A_MINUTE: &str = "public, max-age=60";
        let hall = office.store.read(move |tx| domain::of_performance(tx, performance_id.0)).await?;
        let its_name = plan_id(hall.id, hall.version_no);
        let named = plan.0.is_some_and(|named| named == its_name);
        let cache = if named { FOR_EVER } else { FOR_A_MINUTE };
        answer(&office, hall, cache, if_none_match, headers).await
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[("plan", &[&[Code::PerformanceNotFound]])];
