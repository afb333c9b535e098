//! Seats and holds over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::catalog::Performance;
use crate::catalog::domain::CatalogError;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::security::{self, TokenAuth};
use crate::http::{Code, NoContent, Problem, Reply, Text, reply};
use crate::idempotency;
use crate::ids::{PerformanceKey, SeatId};
use crate::money::Amount;
use crate::operator::api::Tag;
use crate::reservation::HoldError;
use crate::reservation::best::Best;
use crate::reservation::domain::{self, Choice, Hold, HoldTerms};
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::seat_map::SeatMap;

/// A seat of a performance
#[derive(Object, Serialize, Clone)]
pub struct SeatView {
    /// The seat; opaque
    pub id: String,
    /// Section
    pub section: String,
    /// Row
    pub row: String,
    /// What is written on it
    pub number: u32,
    /// Price level
    pub grade: String,
    /// What it costs
    pub price: Amount,
}

impl SeatView {
    /// The seat with this id, from the plan.
    pub fn new(performance: &Performance, id: SeatId) -> Option<Self> {
        let seat = performance.plan.seat(id.seat_no)?;
        Some(Self {
            id: id.to_string(),
            section: seat.row.section.clone(),
            row: seat.row.name.clone(),
            number: seat.number,
            grade: seat.row.grade.clone(),
            price: performance.prices.get(&seat.row.grade).copied().unwrap_or_default(),
        })
    }
}

/// The best seats of a grade
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
struct BestRequest {
    /// Price level
    grade: Text,
    /// How many seats
    quantity: u32,
}

/// Which seats to hold: `seat_ids` or `best`, not both
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct HoldRequest {
    /// The performance, from list_dates
    performance_id: Uuid,
    /// These seats, from the seat map
    #[oai(default, skip_serializing_if_is_none)]
    seat_ids: Option<Vec<Text>>,
    /// Or the best ones: side by side in one row where possible, else nearest to each other
    #[oai(default, skip_serializing_if_is_none)]
    best: Option<BestRequest>,
}

impl Example for HoldRequest {
    fn example() -> Self {
        Self { performance_id: Uuid::nil(), seat_ids: None, best: Some(BestRequest { grade: "R".into(), quantity: 2 }) }
    }
}

/// Seats kept for you
#[derive(Object, Serialize)]
struct HoldView {
    /// The hold
    id: Uuid,
    /// The performance
    performance_id: Uuid,
    /// Its seats
    seats: Vec<SeatView>,
    /// What they cost together: the `amount` to pay
    amount: Amount,
    /// When they are free again
    held_until: Instant,
}

impl HoldView {
    fn new(performance: &Performance, hold: &Hold) -> Self {
        let ids = hold.seat_numbers.iter().map(|&seat_no| SeatId { performance: performance.key, seat_no });
        Self {
            id: hold.id,
            performance_id: performance.id,
            seats: ids.filter_map(|id| SeatView::new(performance, id)).collect(),
            amount: hold.amount,
            held_until: hold.held_until,
        }
    }
}

/// Your holds
#[derive(Object, Serialize)]
struct HoldsView {
    /// The holds that live now, oldest first
    holds: Vec<HoldView>,
}

/// Reads seat ids as clients send them.
///
/// # Errors
/// [`Code::InvalidField`] for too many, [`Code::SeatNotFound`] for one that is no seat's.
pub fn parse_seat_ids(ids: &[Text]) -> Result<Vec<SeatId>, Problem> {
    if ids.is_empty() || ids.len() > MOST_SEATS {
        return Err(Problem::new(Code::InvalidField, format!("name 1 to {MOST_SEATS} seats.")));
    }
    ids.iter().map(|id| id.0.parse().map_err(|_| HoldError::NoSuchSeat.into())).collect()
}

fn choice(map: &SeatMap, request: &HoldRequest, now: Instant) -> Result<Choice, Problem> {
    match (request.seat_ids.as_deref(), request.best.as_ref()) {
        (Some(ids), None) => Ok(Choice::Seats(parse_seat_ids(ids)?)),
        (None, Some(best)) if best.quantity as usize > MOST_SEATS => {
            Err(Problem::new(Code::InvalidField, format!("quantity must be 1 to {MOST_SEATS}.")))
        }
        (None, Some(best)) => Ok(Choice::Best(Best {
            grade: best.grade.0.clone(),
            quantity: best.quantity,
            hint: map.hint(&best.grade.0, best.quantity, now),
        })),
        _ => Err(Problem::new(Code::InvalidField, "Send either seat_ids or best.")),
    }
}

/// Seats and holds.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Reservation")]
impl Api {
    /// Hold seats
    ///
    /// Keeps seats for you for a short time, all of them or none.
    #[oai(path = "/holds", method = "post", operation_id = "hold_seats")]
    async fn hold_seats(
        &self,
        app: Data<&Arc<App>>,
        auth: TokenAuth,
        body: Json<HoldRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<HoldView, 201>, Problem> {
        let once = idempotent::request(&app, key, "hold_seats", &body.0)?;
        let line = security::line_of(&app, &auth.0)?;
        security::refuse_waiting(&app, &line, &auth.0)?;
        let map = app.seat_map(line.concert, body.0.performance_id).await?;
        let choice = choice(&map, &body.0, app.now())?;
        let terms = app.terms();
        let terms = HoldTerms { hold_seconds: terms.hold_seconds, seats_per_user: terms.seats_per_user };
        let performance = map.performance.clone();
        let answer = app
            .store
            .write(move |tx| {
                let (user, visit) = security::visitor(tx, &line, &auth.0)?;
                idempotency::once(tx, once.as_ref(), Some(user), || {
                    let hold = domain::hold_seats(tx, &visit?, &performance, &choice, terms)?;
                    Ok::<_, Problem>(HoldView::new(&performance, &hold))
                })
            })
            .await?;
        Ok(answer.into())
    }

    /// List your holds
    ///
    /// The holds of this visit that live now.
    #[oai(path = "/holds", method = "get", operation_id = "list_holds")]
    async fn list_holds(&self, app: Data<&Arc<App>>, auth: TokenAuth) -> Result<Reply<HoldsView, 200>, Problem> {
        let line = security::line_of(&app, &auth.0)?;
        security::require_inside(&app, &line, &auth.0).await?;
        let maps = app.seat_maps(line.concert).await?;
        let holds = app
            .store
            .read(move |tx| {
                let (_, visit) = security::visitor(tx, &line, &auth.0)?;
                Ok::<_, Problem>(domain::live_holds(tx, &visit?)?)
            })
            .await?;
        let of = |key: PerformanceKey| maps.iter().map(|map| &map.performance).find(|p| p.key == key);
        let holds = holds.iter().filter_map(|hold| Some(HoldView::new(of(hold.performance)?, hold))).collect();
        Ok(reply(&HoldsView { holds }))
    }

    /// Release a hold
    ///
    /// Its seats are free at once.
    #[oai(path = "/holds/:hold_id", method = "delete", operation_id = "release_hold")]
    async fn release_hold(
        &self,
        app: Data<&Arc<App>>,
        auth: TokenAuth,
        /// The hold
        hold_id: Path<Uuid>,
    ) -> Result<NoContent, Problem> {
        let line = security::line_of(&app, &auth.0)?;
        security::refuse_waiting(&app, &line, &auth.0)?;
        let durations = app.durations();
        app.store
            .write(move |tx| {
                let (_, visit) = security::visitor(tx, &line, &auth.0)?;
                Ok::<_, Problem>(domain::release_hold(tx, &visit?, hold_id.0, durations)?)
            })
            .await?;
        Ok(NoContent)
    }
}

impl From<HoldError> for Problem {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::AdmissionOver => Self::new(Code::AdmissionOver, "You may still pay for what you hold."),
            HoldError::NoSuchPerformance => CatalogError::NoSuchPerformance.into(),
            HoldError::PerformanceStarted => Self::new(Code::PerformanceStarted, "Nothing is sold from its start on."),
            HoldError::BadChoice(rule) => Self::new(Code::InvalidField, rule),
            HoldError::NoSuchSeat => Self::new(Code::SeatNotFound, "The seat map lists all seats."),
            HoldError::NoSuchGrade => Self::new(Code::GradeNotFound, "GET /v1/dates lists the grades."),
            HoldError::TooManySeats { limit, already } => {
                let detail = format!("One buyer may have {limit} seats of a performance; you have {already}.");
                Self::new(Code::SeatLimit, detail).with("limit", json!(limit)).with("already", json!(already))
            }
            HoldError::Taken(seats) => {
                let seats: Vec<_> = seats.iter().map(ToString::to_string).collect();
                Self::new(Code::SeatTaken, "Choose other seats; none of yours was taken.")
                    .with("seat_ids", json!(seats))
            }
            HoldError::NotEnough(left) => {
                Self::new(Code::NotEnoughSeats, "Choose fewer seats or another grade.").with("available", json!(left))
            }
            HoldError::NoSuchHold => Self::new(Code::HoldNotFound, "It may have ended. GET /v1/holds lists yours."),
            HoldError::Queue(error) => error.into(),
            HoldError::Store(error) => error.into(),
        }
    }
}
