//! A visit over HTTP: holding and releasing seats.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::prices::Bill;
use crate::catalog::views::OccasionView;
use crate::catalog::{Performance, SeatKind};
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Caller, Code, NoContent, Problem, Reply, Tag, Text, reply};
use crate::idempotency;
use crate::ids::{PerformanceKey, TypeNo};
use crate::limiter::What;
use crate::money::Amount;
use crate::office::Office;
use crate::queue::gate::{self, TokenAuth};
use crate::reservation::best::search::Rule;
use crate::reservation::best::{Best, Hint};
use crate::reservation::domain::{self as seats, Choice};
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::views::{NotTaken, ROUNDS, SeatView, StandingRequest, parse_seat_ids, standing_of, type_nos};
use crate::reservation::{Elsewhere, Hold, HoldError, Rendering, SeatMaps, map_api};
use crate::visit::domain::{self, VisitError};
use crate::waitlist::{Tries, Waits, Wanted, missed};

/// The best free seats
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
struct BestRequest {
    /// Price level; any unless given
    #[oai(default, skip_serializing_if_is_none)]
    grade: Option<Text>,
    /// Section; any unless given
    #[oai(default, skip_serializing_if_is_none)]
    section: Option<Text>,
    /// How many seats
    quantity: u32,
    /// The kind of each seat that shall not be a standard one: `["wheelchair", "companion"]` with a quantity of 4 are these
    /// two and two standard seats
    #[oai(default, skip_serializing_if_is_none)]
    kinds: Option<Vec<SeatKind>>,
}

/// Which places to hold: one of `seat_ids`, `best` and `standing`
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct HoldRequest {
    /// The performance, from list_dates
    performance_id: Uuid,
    /// These seats, from the seat map
    #[oai(default, skip_serializing_if_is_none)]
    seat_ids: Option<Vec<Text>>,
    /// Or the best ones: side by side without an aisle between, nearest the focal point
    #[oai(default, skip_serializing_if_is_none)]
    best: Option<BestRequest>,
    /// Or places of a standing section
    #[oai(default, skip_serializing_if_is_none)]
    standing: Option<StandingRequest>,
    /// A ticket type for each place: in the order of `seat_ids`, or of the seats that `best` finds. Left out: for each place
    /// the first that its grade has
    #[oai(default, skip_serializing_if_is_none)]
    types: Option<Vec<Text>>,
}

impl Example for HoldRequest {
    fn example() -> Self {
        let best = BestRequest { grade: Some("R".into()), section: None, quantity: 2, kinds: None };
        let types = Some(vec!["full".into(), "child".into()]);
        Self { performance_id: Uuid::nil(), seat_ids: None, best: Some(best), standing: None, types }
    }
}

/// Seats kept for you
#[derive(Object, Serialize)]
struct HoldView {
    /// The hold
    id: Uuid,
    /// The performance
    performance_id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    occasion: OccasionView,
    /// Its seats; standing places one by one, each by their section's id
    seats: Vec<SeatView>,
    /// What they cost together with all fees: the `amount` to pay for this hold alone
    amount: Amount,
    /// How much of it is fees. Holds that are paid together carry the date's `fee_per_order` once
    fees: Amount,
    /// When they are free again
    held_until: Instant,
    /// Of the best seats: the rules that could not be kept
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    relaxed: Option<Vec<Rule>>,
}

impl HoldView {
    fn new(performance: &Performance, hold: &Hold, relaxed: Option<Vec<Rule>>) -> Self {
        let seat = |(&seat_no, &of): (&u32, &TypeNo)| {
            let price = performance.prices.price(performance.plan.grade_of(seat_no)?, of)?;
            SeatView::new(performance, performance.seat_id(seat_no), of, price)
        };
        let seats: Vec<_> = hold.seat_numbers.iter().zip(&hold.type_nos).filter_map(seat).collect();
        Self {
            id: hold.id,
            performance_id: performance.id,
            occasion: OccasionView::of(performance),
            fees: Bill::new(seats.iter().map(|seat| seat.price), performance.fees).fees(),
            seats,
            amount: hold.amount,
            held_until: hold.held_until,
            relaxed,
        }
    }
}

/// Your holds
#[derive(Object, Serialize)]
struct HoldsView {
    /// The holds that live now, oldest first
    holds: Vec<HoldView>,
}

fn best(performance: &Performance, request: &BestRequest) -> Result<Best, Problem> {
    if request.quantity as usize > MOST_SEATS {
        return Err(Problem::new(Code::InvalidField, format!("quantity must be 1 to {MOST_SEATS}.")));
    }
    let named = |asked: &Text, known: Option<&str>| known.unwrap_or(&asked.0).to_owned();
    Ok(Best {
        grade: request.grade.as_ref().map(|grade| named(grade, performance.grade(&grade.0))),
        section: request.section.as_ref().map(|section| named(section, performance.section(&section.0))),
        quantity: request.quantity,
        kinds: request.kinds.clone().unwrap_or_default(),
    })
}

/// What is asked for, with what memory knows of it now.
async fn choice(office: &Office, map: &Arc<Rendering>, request: &HoldRequest, round: usize) -> Result<Choice, Problem> {
    let now = office.now();
    match (request.seat_ids.as_deref(), request.best.as_ref(), request.standing.as_ref()) {
        (Some(ids), None, None) => {
            let ids = parse_seat_ids(ids, MOST_SEATS)?;
            if round >= ROUNDS || !map.map.performance.refuse_lone_seats {
                return Ok(Choice::Seats(ids, Elsewhere::Unknown));
            }
            let picked = ids.clone();
            let elsewhere = map_api::work(office, map, move |map| map.map.elsewhere(&picked, now)).await?;
            Ok(Choice::Seats(ids, elsewhere))
        }
        (None, None, Some(asked)) => Ok(Choice::Standing(standing_of(&map.map.performance, asked)?)),
        (None, Some(asked), None) => {
            let best = best(&map.map.performance, asked)?;
            if round >= ROUNDS {
                return Ok(Choice::Best(best, Hint::Unknown));
            }
            let wish = best.clone();
            let hint = map_api::work(office, map, move |map| map.map.propose(&wish, now)).await?;
            Ok(Choice::Best(best, hint))
        }
        _ => Err(Problem::new(Code::InvalidField, "Send one of seat_ids, best and standing.")),
    }
}

fn outrun(error: VisitError) -> NotTaken {
    match error {
        VisitError::Hold(HoldError::Outrun) => NotTaken::Outrun,
        error => error.into(),
    }
}

/// Holds.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Reservation")]
impl Api {
    /// Hold seats
    ///
    /// Keeps seats for you for a short time, all of them or none. The best ones are side by side in one row without an aisle
    /// between, leave no single free seat alone, and are the nearest to the focal point of those that do. Where that cannot
    /// be had, `relaxed` says which rules were given up; nobody is refused while seats enough are free.
    #[oai(path = "/holds", method = "post", operation_id = "hold_seats")]
    async fn hold_seats(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: TokenAuth,
        body: Body<HoldRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<HoldView, 201>, Problem> {
        let once = idempotent::request(&office, key, "hold_seats", &body.0)?;
        let line = gate::line_of(&office, &auth.0)?;
        let lane = gate::refuse_waiting(&office, &line, &auth.0, once.as_ref()).await?;
        let (account, concert_id, concert) = (auth.0.sub, line.concert_id, line.concert);
        caller.spend_with_key(account, What::Hold, once.as_ref())?;
        caller.may_hold(account, concert_id)?;
        let (once, claims) = (Arc::new(once), Arc::new(auth.0));
        let mut tries = Tries::default();
        let answer = loop {
            // Asked for anew each time: the performance may have changed, or moved to another version of its hall.
            let map = office.part::<SeatMaps>().of_performance(&office, concert, body.0.performance_id).await?;
            let types = type_nos(&map.map.performance, body.0.types.as_deref())?;
            let waits = office.part::<Waits>();
            let wanted = waits.anybody(concert).then(|| Wanted::of(waits, &map.map, office.now()));
            let choice = choice(&office, &map, &body.0, tries.round()).await?;
            let (once, claims, line) = (once.clone(), claims.clone(), line.clone());
            let performance = map.map.performance.clone();
            let show = move |placed: seats::Placed| HoldView::new(&map.map.performance, &placed.hold, placed.relaxed);
            let shown = show.clone();
            let held = office.store.write_from(lane, move |tx| {
                let (user, visit) = gate::visitor(tx, &line, &claims)?;
                idempotency::once_shown(tx, (*once).as_ref(), Some(user), &shown, || {
                    if let Some(wanted) = &wanted {
                        wanted.require_none_waits(tx).map_err(missed)?;
                    }
                    domain::hold_seats(tx, &visit?, &performance, &choice, &types).map_err(outrun)
                })
            });
            match held.await {
                Ok(answer) => break answer.map(show),
                Err(missed) => tries.again(&office, concert, missed).await?,
            }
        };
        caller.holds(account, concert_id);
        Ok(answer.into())
    }

    /// List your holds
    ///
    /// The holds of this visit that live now.
    #[oai(path = "/holds", method = "get", operation_id = "list_holds")]
    async fn list_holds(&self, office: Data<&Arc<Office>>, auth: TokenAuth) -> Result<Reply<HoldsView, 200>, Problem> {
        let line = gate::line_of(&office, &auth.0)?;
        gate::require_inside(&office, &line, &auth.0).await?;
        let maps = office.part::<SeatMaps>().of_concert(&office, line.concert).await?;
        let holds = office
            .store
            .read(move |tx| {
                let (_, visit) = gate::visitor(tx, &line, &auth.0)?;
                let of = |key: PerformanceKey| maps.iter().map(|map| &map.map.performance).find(|p| p.key == key);
                let mut views = Vec::new();
                for hold in domain::live_holds(tx, &visit?)? {
                    if let Some(performance) = of(hold.performance) {
                        seats::require_current(tx, performance)?;
                        views.push(HoldView::new(performance, &hold, None));
                    }
                }
                Ok::<_, Problem>(views)
            })
            .await?;
        Ok(reply(&HoldsView { holds }))
    }

    /// Release a hold
    ///
    /// Its seats are free at once.
    #[oai(path = "/holds/:hold_id", method = "delete", operation_id = "release_hold")]
    async fn release_hold(
        &self,
        office: Data<&Arc<Office>>,
        auth: TokenAuth,
        /// The hold
        hold_id: Path<Uuid>,
    ) -> Result<NoContent, Problem> {
        let line = gate::line_of(&office, &auth.0)?;
        let lane = gate::refuse_waiting(&office, &line, &auth.0, None).await?;
        office
            .store
            .write_from(lane, move |tx| {
                let (_, visit) = gate::visitor(tx, &line, &auth.0)?;
                Ok::<_, Problem>(domain::release_hold(tx, &visit?, hold_id.0)?)
            })
            .await?;
        Ok(NoContent)
    }
}

impl From<VisitError> for Problem {
    fn from(error: VisitError) -> Self {
        match error {
            VisitError::Queue(error) => error.into(),
            VisitError::Code(error) => error.into(),
            VisitError::Hold(error) => error.into(),
            VisitError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    (
        "hold_seats",
        &[
            problems::ADMITTED,
            problems::BODY,
            &[
                Code::SeatNotFound,
                Code::SeatTaken,
                Code::SeatLimit,
                Code::PerformanceStarted,
                Code::ConcertCancelled,
                Code::PerformanceCancelled,
                Code::SalePaused,
                Code::SaleOver,
                Code::AdmissionOver,
                Code::PerformanceNotFound,
                Code::GradeNotFound,
                Code::TicketTypeNotFound,
                Code::TicketTypeNotSold,
                Code::SectionNotFound,
                Code::NotEnoughSeats,
                Code::LoneSeat,
                Code::WaitlistFirst,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
    ("list_holds", &[problems::ADMITTED]),
    ("release_hold", &[problems::ADMITTED, &[Code::HoldNotFound]]),
];
