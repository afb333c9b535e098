//! Dates with the seats that are left, over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::prices::TicketType;
use crate::catalog::views::OccasionView;
use crate::clock::{Instant, Moment};
use crate::http::problems::{self, Problems};
use crate::http::{Problem, Reply, Tag, reply};
use crate::ids::TypeNo;
use crate::money::Amount;
use crate::office::Office;
use crate::queue::gate::{self, TokenAuth};
use crate::reservation::seat_map::SeatMap;
use crate::reservation::seat_maps::SeatMaps;

/// What a seat costs as one ticket type
#[derive(Clone, Object, Serialize)]
pub struct PriceView {
    /// The ticket type
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    pub ticket_type: String,
    /// What a seat costs as that
    pub price: Amount,
}

/// A ticket type of a date
#[derive(Object, Serialize)]
struct TicketTypeView {
    /// Its name
    name: String,
    /// How many seats one buyer may have as this type, if that is bounded
    #[serde(skip_serializing_if = "Option::is_none")]
    seats_per_user: Option<u32>,
}

/// A price level of a date
#[derive(Object, Serialize)]
struct GradeView {
    /// Its name
    grade: String,
    /// What a seat costs where no ticket type is said: as the first of `prices`
    price: Amount,
    /// What a seat costs as each ticket type that is sold in this grade
    prices: Vec<PriceView>,
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
    /// Seats and standing places in all
    total: u32,
    /// The price levels
    grades: Vec<GradeView>,
    /// The ticket types, in the venue's order
    ticket_types: Vec<TicketTypeView>,
    /// How many seats one buyer may have, held and bought together
    seats_per_user: u32,
    /// What each ticket costs beside its price, unless that is nothing
    fee_per_ticket: Amount,
    /// What each payment costs beside, unless all its tickets are free
    fee_per_order: Amount,
}

impl DateView {
    fn new(map: &SeatMap, seats_per_user: u32, now: Instant) -> Self {
        let (available, performance) = (map.available(now), &map.performance);
        let prices = &performance.prices;
        let price = |&(of, price): &(TypeNo, Amount)| PriceView { ticket_type: prices.type_name(of).to_owned(), price };
        let grade = |(grade, of_grade): (&str, &[(TypeNo, Amount)])| GradeView {
            grade: grade.to_owned(),
            price: of_grade.first().map(|(_, price)| *price).unwrap_or_default(),
            prices: of_grade.iter().map(price).collect(),
            available: available.get(grade).copied().unwrap_or(0),
        };
        let ticket_type = |(_, of): (TypeNo, &TicketType)| TicketTypeView {
            name: of.name.clone(),
            seats_per_user: of.seats_per_user,
        };
        Self {
            performance_id: performance.id,
            occasion: OccasionView::of(performance),
            available: available.values().sum(),
            total: map.places().values().sum(),
            grades: prices.by_grade().map(grade).collect(),
            ticket_types: prices.types().map(ticket_type).collect(),
            seats_per_user: performance.limits.performance.unwrap_or(seats_per_user),
            fee_per_ticket: performance.fees.per_ticket,
            fee_per_order: performance.fees.per_order,
        }
    }
}

/// The dates of a concert
#[derive(Object, Serialize)]
struct DatesView {
    /// The concert
    concert_id: Uuid,
    /// How many seats of all dates together one buyer may have, held and bought, if that is bounded
    #[serde(skip_serializing_if = "Option::is_none")]
    seats_per_user: Option<u32>,
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
        let seats_per_user = office.store.terms().seats_per_user;
        let dates = maps
            .iter()
            .map(|rendering| &rendering.map)
            .filter(|map| wall < map.performance.starts_at)
            .map(|map| DateView::new(map, seats_per_user, now))
            .collect();
        let of_concert = maps.first().and_then(|rendering| rendering.map.performance.limits.concert);
        Ok(reply(&DatesView { concert_id: line.concert_id, seats_per_user: of_concert, dates }))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[("list_dates", &[problems::ADMITTED])];
