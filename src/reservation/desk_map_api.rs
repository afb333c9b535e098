//! The seat map at the desk: the buyers' own, for who sells at the counter.

use std::sync::Arc;

use poem::http::HeaderMap;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::performance;
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Reply, Tag, reply};
use crate::money::Amount;
use crate::office::Office;
use crate::reservation::best::{self, Best, Hint};
use crate::reservation::error::HoldError;
use crate::reservation::map_api::{Asked, SeatMapAnswer, View, answer, work};
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::seat_maps::SeatMaps;
use crate::reservation::views::SeatView;
use crate::staff::{Sell, Staff};

/// The best free seats, kept for nobody
#[derive(Object, Serialize)]
struct BestSeatsView {
    /// The performance
    performance_id: Uuid,
    /// The seats, each as the first ticket type that it has a price for
    seats: Vec<SeatView>,
    /// What is added for each ticket
    fee_per_ticket: Amount,
    /// What is added to the whole, once
    fee_per_order: Amount,
}

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

    /// Find the best seats at the desk
    ///
    /// So many free seats of a grade, as the buyers' `best` chooses them. They are kept for nobody: sell them, or ask again
    /// when somebody was faster.
    #[oai(path = "/performances/:performance_id/best-seats", method = "get", operation_id = "best_seats")]
    async fn best_seats(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// The performance
        performance_id: Path<Uuid>,
        /// Of this grade; of any unless given
        grade: Query<Option<String>>,
        /// How many
        quantity: Query<u32>,
    ) -> Result<Reply<BestSeatsView, 200>, Problem> {
        let id = performance_id.0;
        if quantity.0 as usize > MOST_SEATS {
            return Err(HoldError::BadChoice("quantity is too large").into());
        }
        let dated = office.store.read(move |tx| performance::domain::performance(tx, id)).await?;
        let map = office.part::<SeatMaps>().of_performance(&office, dated.concert, id).await?;
        let wish = Best { grade: grade.0, quantity: quantity.0, ..Best::default() };
        best::check(&map.map.performance.room, &wish)?;
        let (asked, now) = (wish.clone(), office.now());
        let performance = map.map.performance.clone();
        let hint = work(&office, &map, move |map| map.map.propose(&asked, now)).await?;
        let spots = match hint {
            Hint::Seats(proposal) => proposal.found().spots.clone(),
            Hint::TooFew(left) => return Err(HoldError::NotEnough(left).into()),
            Hint::Unknown | Hint::Free(_) => Vec::new(),
        };
        let seat = |spot: usize| {
            let id = performance.seat_id(u32::try_from(spot).ok()? + 1);
            let (of, price) = performance.prices.first(performance.plan.grade_of(id.seat_no)?)?;
            SeatView::new(&performance, id, of, price)
        };
        let seats = spots.into_iter().filter_map(seat).collect();
        let fees = performance.fees;
        let (fee_per_ticket, fee_per_order) = (fees.per_ticket, fees.per_order);
        Ok(reply(&BestSeatsView { performance_id: id, seats, fee_per_ticket, fee_per_order }))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("inspect_seats", &[problems::STAFF, &[Code::PerformanceNotFound, Code::InvalidField]]),
    (
        "best_seats",
        &[problems::STAFF, &[Code::PerformanceNotFound, Code::InvalidField, Code::GradeNotFound, Code::NotEnoughSeats]],
    ),
];
