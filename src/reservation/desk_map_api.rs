//! The seat map at the desk: the buyers' own, for who sells at the counter.

use std::sync::Arc;

use poem::http::HeaderMap;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use uuid::Uuid;

use crate::catalog::performance;
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Tag};
use crate::office::Office;
use crate::reservation::map_api::{Asked, SeatMapAnswer, View, answer};
use crate::reservation::seat_maps::SeatMaps;
use crate::staff::{Sell, Staff};

/// The seat map at the desk.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Show the seat map at the desk
    ///
    /// As `seat_map` shows it to buyers, at any time and without a queue.
    #[oai(path = "/performances/:performance_id/seats", method = "get", operation_id = "inspect_seats")]
    async fn inspect_seats(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// The performance
        performance_id: Path<Uuid>,
        /// Only what changed after this version
        since: Query<Option<u64>>,
        /// The whole map unless said
        view: Query<Option<View>>,
        /// The `ETag` of the version you have; answers 304 while it is current
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        headers: &HeaderMap,
    ) -> Result<SeatMapAnswer, Problem> {
        let id = performance_id.0;
        let dated = office.store.read(move |tx| performance::domain::performance(tx, id)).await?;
        let map = office.part::<SeatMaps>().of_performance(&office, dated.concert, id).await?;
        let asked = Asked { since: since.0, states: view.0 == Some(View::States), tags: if_none_match.0 };
        answer(&office, &map, asked, headers).await
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems =
    &[("inspect_seats", &[problems::STAFF, &[Code::PerformanceNotFound, Code::InvalidField]])];
