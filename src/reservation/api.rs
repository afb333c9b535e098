//! Dates with the seats that are left, over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::views::OccasionView;
use crate::clock::Moment;
use crate::http::problems::{self, Problems};
use crate::http::{Problem, Reply, Tag, reply};
use crate::money::Amount;
use crate::office::Office;
use crate::queue::gate::{self, TokenAuth};
use crate::reservation::seat_maps::SeatMaps;

/// A price level of a date
#[derive(Object, Serialize)]
struct GradeView {
    /// Its name
    grade: String,
    /// What a seat costs
    price: Amount,
    /// Seats left
    available: u32,
}

/// A date that can be booked
#[derive(Object, Serialize)]
struct DateView {
    /// The performance
    performance_id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    occasion: OccasionView,
    /// Seats left
    available: u32,
    /// Seats in all
    total: u32,
    /// The price levels
    grades: Vec<GradeView>,
}

/// The dates of a concert
#[derive(Object, Serialize)]
struct DatesView {
    /// The concert
    concert_id: Uuid,
    /// Its dates, in order of time
    dates: Vec<DateView>,
}

/// Dates.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Catalogue")]
impl Api {
    /// List bookable dates
    ///
    /// The dates of the queue token's concert that have not begun, with seats left by grade.
    #[oai(path = "/dates", method = "get", operation_id = "list_dates")]
    async fn list_dates(&self, office: Data<&Arc<Office>>, auth: TokenAuth) -> Result<Reply<DatesView, 200>, Problem> {
        let line = gate::line_of(&office, &auth.0)?;
        gate::require_inside(&office, &line, &auth.0).await?;
        let Moment { now, wall } = office.clock.moment();
        let maps = office.part::<SeatMaps>().of_concert(&office, line.concert).await?;
        let dates = maps
            .iter()
            .map(|rendering| &rendering.map)
            .filter(|map| wall < map.performance.starts_at)
            .map(|map| {
                let available = map.available(now);
                let performance = &map.performance;
                let grade = |(grade, price): (&String, &Amount)| GradeView {
                    grade: grade.clone(),
                    price: *price,
                    available: available.get(grade).copied().unwrap_or(0),
                };
                DateView {
                    performance_id: performance.id,
                    occasion: OccasionView::of(performance),
                    available: available.values().sum(),
                    total: performance.plan.seat_count(),
                    grades: performance.prices.iter().map(grade).collect(),
                }
            })
            .collect();
        Ok(reply(&DatesView { concert_id: line.concert_id, dates }))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[("list_dates", &[problems::ADMITTED])];
