//! The waitlist over HTTP: joining it, looking, leaving. Paying for what is offered is the payment's.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::account::auth::{self, SessionAuth};
use crate::catalog::{self, CatalogError, Performance};
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Caller, Code, NoContent, Problem, Reply, Tag, Text, reply};
use crate::idempotency;
use crate::ids::PerformanceKey;
use crate::limiter::What;
use crate::office::Office;
use crate::queue::{Line, Lines, QueueError};
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::{self, HoldError, Maps, Rendering, SeatMaps};
use crate::store::{Lane, Tx};
use crate::waitlist::domain;
use crate::waitlist::error::WaitlistError;
use crate::waitlist::record::Wish;
use crate::waitlist::views::WaitlistPlaceView;
use crate::waitlist::waits::Waits;

/// What you would take if it came back
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct WaitlistRequest {
    /// Seats of one of these performances; of any of the concert's unless given
    #[oai(default, skip_serializing_if_is_none)]
    performance_ids: Option<Vec<Uuid>>,
    /// Price level; any unless given
    #[oai(default, skip_serializing_if_is_none)]
    grade: Option<Text>,
    /// How many seats, all or none
    quantity: u32,
}

impl Example for WaitlistRequest {
    fn example() -> Self {
        Self { performance_ids: None, grade: Some("R".into()), quantity: 2 }
    }
}

/// The wished performances among a concert's.
fn wanted<'m>(maps: &'m Maps, request: &WaitlistRequest) -> Result<Vec<&'m Arc<Performance>>, Problem> {
    let all = || maps.iter().map(|map| &map.map.performance);
    match &request.performance_ids {
        None => Ok(all().collect()),
        Some(ids) if ids.is_empty() || ids.len() > MOST_SEATS => {
            Err(Problem::new(Code::InvalidField, format!("performance_ids must name 1 to {MOST_SEATS}.")))
        }
        Some(ids) => {
            let find = |id: &Uuid| all().find(|of| of.id == *id).ok_or_else(|| CatalogError::NoSuchPerformance.into());
            ids.iter().map(find).collect()
        }
    }
}

/// What is wished for, in the data file's words. What others hold may still come back: to those who wait in line, if there are
/// some and there is no waitlist yet.
fn wish(office: &Office, line: &Line, maps: &Maps, request: &WaitlistRequest) -> Result<Wish, Problem> {
    let performances = wanted(maps, request)?;
    if !(1..=MOST_SEATS as u32).contains(&request.quantity) {
        return Err(Problem::new(Code::InvalidField, format!("quantity must be 1 to {MOST_SEATS}.")));
    }
    let grade = match &request.grade {
        None => None,
        Some(asked) => {
            let known = performances.iter().find_map(|of| of.grade(&asked.0));
            Some(known.ok_or(HoldError::NoSuchGrade)?.to_owned())
        }
    };
    let comes_back_here = office.part::<Waits>().anybody(line.concert) || line.queue().waiting_count == 0;
    let now = office.now();
    let is_held = |of: &&&Arc<Performance>| {
        let Some(map) = maps.iter().find(|map| map.map.performance.key == of.key) else { return false };
        let stock = map.map.stock(now);
        let wanted = stock.grades.iter().filter(|of| grade.as_ref().is_none_or(|grade| *grade == of.grade));
        wanted.map(|of| of.held).sum::<u32>() > 0
    };
    let on_sale = performances.iter().filter(|of| of.not_on_sale(office.clock.moment().wall).is_none());
    if let Some(left) = on_sale.clone().find(is_held).filter(|_| !comes_back_here) {
        return Err(WaitlistError::NotSoldOut(left.id).into());
    }
    let seats_per_user = office.store.terms().seats_per_user;
    let limit = performances.iter().map(|of| of.limits.performance.unwrap_or(seats_per_user)).max();
    if let Some(limit) = limit.filter(|limit| request.quantity > *limit) {
        return Err(HoldError::TooManySeats { limit, already: 0, of: reservation::LimitOf::Performance }.into());
    }
    let named = request.performance_ids.is_some();
    let performances: Vec<PerformanceKey> = performances.iter().filter(|_| named).map(|of| of.key).collect();
    Ok(Wish { performances, grade, quantity: request.quantity })
}

/// The concert's queue; one that memory does not know is over.
async fn line_of(office: &Office, id: Uuid) -> Result<Arc<Line>, Problem> {
    if let Some(line) = office.part::<Lines>().by_id(id) {
        return Ok(line);
    }
    office.store.read(move |tx| catalog::concert::domain::public_concert(tx, id)).await?;
    Err(QueueError::SaleOver.into())
}

/// The waitlist.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Queue")]
impl Api {
    /// Join a waitlist
    ///
    /// Once what you want is sold out. When seats come back they are offered to those who wait, one after another or by lot as
    /// the venue has set it: kept for you alone until `held_until`. Then they go to the next.
    #[oai(path = "/concerts/:concert_id/waitlist", method = "post", operation_id = "join_waitlist")]
    async fn join_waitlist(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: SessionAuth,
        /// The concert
        concert_id: Path<Uuid>,
        body: Body<WaitlistRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<WaitlistPlaceView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("join_waitlist {}", concert_id.0), &body.0)?;
        let line = line_of(&office, concert_id.0).await?;
        let concert = line.concert;
        let account = auth::account_of(&office, &caller, auth.0).await?;
        caller.spend_with_key(account, What::Join, once.as_ref())?;
        let maps = office.part::<SeatMaps>().of_concert(&office, concert).await?;
        // In the transaction: a request that had its effect has its answer, whatever is sold out by now.
        let wish = wish(&office, &line, &maps, &body.0);
        let performances: Vec<_> = maps.iter().map(|map| map.map.performance.clone()).collect();
        let now = office.now();
        let is_wanted = |map: &&Arc<Rendering>| wish.as_ref().is_ok_and(|wish| wish.is_for(map.map.performance.key));
        let seen: Vec<_> = maps.iter().filter(is_wanted).map(|map| map.map.seen(now)).collect();
        let joined = move |tx: &Tx| {
            let user = auth::user(tx, auth.0)?;
            idempotency::once(tx, once.as_ref(), Some(user.key), || {
                let entry =
                    domain::join_waitlist(tx, user.key, concert, &seen, wish.as_ref().map_err(Problem::clone)?)?;
                let ahead = Some(domain::ahead(tx, &entry)?);
                Ok::<_, Problem>(WaitlistPlaceView::new(concert_id.0, &performances, &entry, ahead, None))
            })
        };
        Ok(office.store.write_from(Lane::Outside, joined).await?.into())
    }

    /// Show your place on a waitlist
    ///
    /// With what is offered to you, if anything is.
    #[oai(path = "/concerts/:concert_id/waitlist", method = "get", operation_id = "show_waitlist_place")]
    async fn show_waitlist_place(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<Reply<WaitlistPlaceView, 200>, Problem> {
        let user = auth::session_user(&office, auth.0).await?.key;
        let concert = line_of(&office, concert_id.0).await?.concert;
        let maps = office.part::<SeatMaps>().of_concert(&office, concert).await?;
        let performances: Vec<_> = maps.iter().map(|map| map.map.performance.clone()).collect();
        let read = move |tx: &Tx| {
            let entry = domain::entry_of(tx, concert, user)?;
            let holds = reservation::domain::live_holds(tx, concert, entry.ordinal)?;
            let ahead = if holds.is_empty() { Some(domain::ahead(tx, &entry)?) } else { None };
            let place = WaitlistPlaceView::new(concert_id.0, &performances, &entry, ahead, holds.first());
            Ok::<_, Problem>(place)
        };
        Ok(reply(&office.store.read(read).await?))
    }

    /// Leave a waitlist
    ///
    /// What is offered to you goes to the next.
    #[oai(path = "/concerts/:concert_id/waitlist", method = "delete", operation_id = "leave_waitlist")]
    async fn leave_waitlist(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<NoContent, Problem> {
        let concert = line_of(&office, concert_id.0).await?.concert;
        let left = move |tx: &Tx| {
            let user = auth::user(tx, auth.0)?;
            Ok::<_, Problem>(domain::leave_waitlist(tx, concert, user.key)?)
        };
        office.store.write_from(Lane::Outside, left).await?;
        Ok(NoContent)
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    (
        "join_waitlist",
        &[
            problems::SESSION,
            problems::BODY,
            &[
                Code::ConcertNotFound,
                Code::PerformanceNotFound,
                Code::GradeNotFound,
                Code::ConcertCancelled,
                Code::SaleOver,
                Code::NotSoldOut,
                Code::SeatLimit,
                Code::WaitlistClosed,
                Code::OnWaitlist,
                Code::WaitlistFull,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
    ("show_waitlist_place", &[problems::SESSION, &[Code::ConcertNotFound, Code::SaleOver, Code::NotOnWaitlist]]),
    ("leave_waitlist", &[problems::SESSION, &[Code::ConcertNotFound, Code::SaleOver, Code::NotOnWaitlist]]),
];
