//! Moving a performance to a newer version of its hall, at the desk.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde_json::json;
use uuid::Uuid;

use crate::catalog::performance;
use crate::http::problems::{self, Problems};
use crate::http::version::{Expected, IfMatch, Tagged, tagged};
use crate::http::{Body, Code, Problem, Tag};
use crate::office::Office;
use crate::replan::domain::{self, MOST_CHANGED, ReplanError};
use crate::reservation::desk_api::{DeskPerformanceView, detail};
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// So many missing seats are named.
const MOST_NAMED: usize = 100;

/// Where a performance is to be played
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
struct ReplanRequest {
    /// A newer version of its hall
    hall_version: u32,
}

impl Example for ReplanRequest {
    fn example() -> Self {
        Self { hall_version: 2 }
    }
}

/// The desk's hand on a performance's plan.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Move a performance to a newer version of its hall
    ///
    /// If every seat that is sold, held or blocked is there, by its section, row and label; tickets, holds and blocks follow. A
    /// held seat must keep its grade. Buyers see the new plan at once: seats have other ids there. Seats that keep their place in the
    /// plan's order cost nothing; of others no more than 10,000 may have been touched, or it is `move_too_large`: put new rows last.
    /// Where the drawing says where every seat is, the order means nothing to who asks for the best.
    #[oai(path = "/performances/:performance_id/plan", method = "put", operation_id = "replan_performance")]
    async fn replan_performance(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The performance
        performance_id: Path<Uuid>,
        body: Body<ReplanRequest>,
        /// The `ETag` of the performance as you saw it
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Tagged<DeskPerformanceView>, Problem> {
        let (expected, version_no) = (Expected::new(if_match), body.0.hall_version);
        let meant = expected.clone();
        let compare = move |tx: &Tx| {
            let dated = performance::domain::performance(tx, performance_id.0)?;
            meant.check(dated.changed_in)?;
            Ok::<_, Problem>(domain::mapping(tx, &dated, version_no)?)
        };
        // Asked of a reader: comparing two large plans takes longer than anybody should wait for the writer.
        let mapping = office.store.read(compare).await?;
        let replan = move |tx: &Tx| {
            let dated = performance::domain::performance(tx, performance_id.0)?;
            expected.check(dated.changed_in)?;
            Ok::<_, Problem>(detail(tx, domain::replan(tx, &dated, version_no, &mapping)?)?)
        };
        let (view, changed_in) = auth.write(&office, "replan_performance", replan).await?;
        Ok(tagged(&view, changed_in))
    }
}

impl From<ReplanError> for Problem {
    fn from(error: ReplanError) -> Self {
        match error {
            ReplanError::Catalog(error) => error.into(),
            ReplanError::Outrun => Self::new(Code::ChangedMeanwhile, "It moved meanwhile. Read it again.")
                .in_korean("그사이 옮겨졌습니다. 다시 읽으세요."),
            ReplanError::TooLarge => Self::new(
                Code::MoveTooLarge,
                format!(
                    "More than {MOST_CHANGED} places that were touched would have other numbers. Nothing was changed."
                ),
            ),
            ReplanError::SeatsMissing(mut seats) => {
                let detail = format!("{} seats that are taken are not there. Nothing was changed.", seats.len());
                seats.truncate(MOST_NAMED);
                Self::new(Code::SeatsMissing, detail).with("seats", json!(seats))
            }
            ReplanError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[(
    "replan_performance",
    &[
        problems::STAFF,
        problems::BODY,
        &[
            Code::PerformanceNotFound,
            Code::ChangedMeanwhile,
            Code::PerformanceCancelled,
            Code::PerformanceStarted,
            Code::MoveTooLarge,
            Code::SeatsMissing,
        ],
    ],
)];
