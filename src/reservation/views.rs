//! What a seat looks like on the wire, where more than one subject shows or takes it.

use poem_openapi::Object;
use serde::Serialize;
use serde_json::json;

use crate::catalog::{CatalogError, NotOnSale, Performance, SeatKind};
use crate::http::{Code, Problem, Text};
use crate::ids::{SeatId, TypeNo};
use crate::money::Amount;
use crate::reservation::error::{HoldError, LimitOf};
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::seat::Stand;

/// A seat of a performance, or a place of a standing section: without row and label, by the same id as the section's others
#[derive(Object, Serialize, Clone)]
pub struct SeatView {
    /// The seat; opaque
    pub id: String,
    /// Section
    pub section: String,
    /// Row; empty for a standing place
    pub row: String,
    /// What is written on it; empty for a standing place
    pub label: String,
    /// Price level
    pub grade: String,
    /// For whom it is made, or what it lacks
    pub kind: SeatKind,
    /// Ticket type
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    pub ticket_type: String,
    /// What it costs as that, without fees
    pub price: Amount,
}

impl SeatView {
    /// The seat with this id, from the plan, as this ticket type at this price.
    pub fn new(performance: &Performance, id: SeatId, of: TypeNo, price: Amount) -> Option<Self> {
        let plan = &performance.plan;
        let (section, row, label, kind) = match plan.seat(id.seat_no) {
            Some(seat) => (&seat.row.section, seat.row.name.as_str(), seat.place.label.as_str(), seat.place.kind),
            None => (&plan.standing_section(id.seat_no)?.name, "", "", SeatKind::Standard),
        };
        Some(Self {
            id: id.to_string(),
            section: section.clone(),
            row: row.to_owned(),
            label: label.to_owned(),
            grade: plan.grade_of(id.seat_no)?.to_owned(),
            kind,
            ticket_type: performance.prices.type_name(of).to_owned(),
            price,
        })
    }
}

/// Standing places
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct StandingRequest {
    /// The section
    section: Text,
    /// How many places
    quantity: u32,
}

/// The section and how many places of it.
///
/// # Errors
/// [`Code::SectionNotFound`] for a section that nobody stands in.
pub fn standing_of(performance: &Performance, asked: &StandingRequest) -> Result<Stand, Problem> {
    let section = performance.section(&asked.section.0).ok_or(HoldError::NoSuchSection)?;
    let section = performance.plan.standing().find(|of| of.name == section).ok_or(HoldError::NoSuchSection)?;
    Ok(Stand { section_no: section.section_no, quantity: asked.quantity })
}

/// Reads seat ids as clients send them, at most so many.
///
/// # Errors
/// [`Code::InvalidField`] for too many, [`Code::SeatNotFound`] for one that is no seat's.
pub fn parse_seat_ids(ids: &[Text], most: usize) -> Result<Vec<SeatId>, Problem> {
    if ids.is_empty() || ids.len() > most {
        return Err(Problem::new(Code::InvalidField, format!("name 1 to {most} seats.")));
    }
    ids.iter().map(|id| id.0.parse().map_err(|_| HoldError::NoSuchSeat.into())).collect()
}

/// The ticket types that a request names, one for each of its places; none when it names none.
///
/// # Errors
/// [`Code::InvalidField`] for too many or an empty list, [`Code::TicketTypeNotFound`].
pub fn type_nos(performance: &Performance, types: Option<&[Text]>) -> Result<Vec<TypeNo>, Problem> {
    let named = types.unwrap_or_default();
    if types.is_some() && (named.is_empty() || named.len() > MOST_SEATS) {
        return Err(HoldError::BadChoice("types must name one ticket type for each seat").into());
    }
    let number = |name: &Text| performance.prices.type_no(&name.0).ok_or_else(|| HoldError::NoSuchType.into());
    named.iter().map(number).collect()
}

/// How often memory is asked for what may be had; whoever is outrun as often has all seats looked at in the transaction.
pub const ROUNDS: usize = 5;

/// Why seats are not taken yet.
pub enum NotTaken {
    /// Others were faster than memory.
    Outrun,
    /// For good.
    Refused(Problem),
}

impl<E: Into<Problem>> From<E> for NotTaken {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl From<HoldError> for Problem {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::AdmissionOver => Self::of(Code::AdmissionOver),
            HoldError::NoSuchPerformance => CatalogError::NoSuchPerformance.into(),
            HoldError::NotOnSale(NotOnSale::Started) => Self::of(Code::PerformanceStarted),
            HoldError::NotOnSale(NotOnSale::Cancelled) => Self::of(Code::ConcertCancelled),
            HoldError::NotOnSale(NotOnSale::PerformanceCancelled) => Self::of(Code::PerformanceCancelled),
            HoldError::NotOnSale(NotOnSale::Over) => Self::of(Code::SaleOver),
            HoldError::NotOnSale(NotOnSale::Paused) => Self::of(Code::SalePaused),
            HoldError::BadChoice(rule) => Self::new(Code::InvalidField, rule),
            HoldError::NoSuchSeat => Self::of(Code::SeatNotFound),
            HoldError::NoSuchGrade => Self::of(Code::GradeNotFound),
            HoldError::NoSuchSection => Self::of(Code::SectionNotFound),
            HoldError::NoSuchType => Self::of(Code::TicketTypeNotFound),
            HoldError::TooManySeats { limit, already, of } => {
                let problem = match &of {
                    LimitOf::Performance => Self::of(Code::SeatLimit),
                    LimitOf::Type(name) => Self::new(
                        Code::SeatLimit,
                        format!("One buyer may have {limit} seats of a performance as {name}; you have {already}."),
                    )
                    .in_korean(format!("권종 {name}: 한 사람이 {limit}석까지 살 수 있는데 이미 {already}석이 있습니다.")),
                    LimitOf::Concert => Self::new(
                        Code::SeatLimit,
                        format!("One buyer may have {limit} seats of all dates of this concert together; you have {already}."),
                    )
                    .in_korean(format!(
                        "한 사람이 이 공연의 모든 회차를 합해 {limit}석까지 살 수 있는데 이미 {already}석이 있습니다."
                    )),
                };
                problem.with("limit", json!(limit)).with("already", json!(already))
            }
            HoldError::Taken { seats, yours } => {
                let ids = |seats: &[SeatId]| json!(seats.iter().map(ToString::to_string).collect::<Vec<_>>());
                let problem = match (yours.len(), seats.len() - yours.len()) {
                    (0, _) => Self::of(Code::SeatTaken),
                    (_, 0) => Self::new(
                        Code::SeatTaken,
                        "You hold them already: GET /v1/holds lists your holds. Nothing was changed.",
                    )
                    .in_korean("이미 내가 선점한 좌석입니다. 내 선점은 GET /v1/holds에 있습니다. 바뀐 것은 없습니다."),
                    _ => Self::new(
                        Code::SeatTaken,
                        "Some of them you hold already, the others somebody else has; nothing was changed.",
                    )
                    .in_korean("일부는 이미 내가 선점했고 나머지는 다른 사람의 좌석입니다. 바뀐 것은 없습니다."),
                };
                let problem = problem.with("seat_ids", ids(&seats));
                if yours.is_empty() { problem } else { problem.with("yours", ids(&yours)) }
            }
            HoldError::NotEnough(left) => Self::of(Code::NotEnoughSeats).with("available", json!(left)),
            HoldError::TypeNotSold { grade, of } => {
                let detail = format!("Seats of the grade {grade} are not sold as {of}.");
                Self::new(Code::TicketTypeNotSold, detail)
                    .in_korean(format!("등급 {grade}에서는 권종 {of}을(를) 팔지 않습니다."))
            }
            HoldError::LeavesLone { seats, instead } => {
                let ids = |seats: &[SeatId]| json!(seats.iter().map(ToString::to_string).collect::<Vec<_>>());
                Self::of(Code::LoneSeat).with("lone_seat_ids", ids(&seats)).with("instead", ids(&instead))
            }
            // Whoever asks in the end has all seats looked at, so that this answers nobody.
            HoldError::Outrun => Self::new(Code::Overloaded, "Ask again; nothing was changed.").retry_after(1),
            HoldError::BadReason(rule) => Self::new(Code::InvalidField, format!("reason {rule}.")),
            HoldError::NoSuchBlock => {
                Self::new(Code::BlockNotFound, "GET /v1/operator/performances/{id}/blocks lists them.")
            }
            HoldError::NoSuchHold => Self::of(Code::HoldNotFound),
            HoldError::Store(error) => error.into(),
        }
    }
}
