//! A performance at the desk: listed, shown, moved, its sale paused, and taken back once nobody holds anything of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::{Example, MaybeUndefined};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::concert;
use crate::catalog::desk_api::{TicketTypeRequest, price_spec};
use crate::catalog::performance::Dated;
use crate::catalog::performance::domain::{self, PerformanceChange};
use crate::catalog::prices::TypeSpec;
use crate::catalog::views::{LocalTimeView, OccasionView};
use crate::catalog::{CatalogError, DoorPolicy};
use crate::clock::Instant;
use crate::http::problems::{self, Problems};
use crate::http::version::{Expected, IfMatch, Tagged, tagged};
use crate::http::{Body, Code, NoContent, Problem, Reply, Tag, page, reply};
use crate::ids::{PerformanceKey, Seq};
use crate::money::Amount;
use crate::office::Office;
use crate::paging::cut;
use crate::reservation::domain as seats;
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// A ticket type at the desk
#[derive(Object, Serialize)]
struct PricedTypeView {
    /// Its name
    name: String,
    /// A price for each of the hall's grades in which it is sold, in minor units
    prices: BTreeMap<String, Amount>,
    /// How many seats of the performance one buyer may have as this type, if that is set
    #[serde(skip_serializing_if = "Option::is_none")]
    seats_per_user: Option<u32>,
}

impl From<TypeSpec> for PricedTypeView {
    fn from(of: TypeSpec) -> Self {
        Self { name: of.name, prices: of.prices, seats_per_user: of.seats_per_user }
    }
}

/// A performance at the desk
#[derive(Object, Serialize)]
pub struct DeskPerformanceView {
    /// Its id
    id: Uuid,
    /// The concert
    concert_id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    occasion: OccasionView,
    /// The version of the hall that it is played in
    hall_version: u32,
    /// For how many minutes it takes the hall
    duration_minutes: u32,
    /// When the doors open, if that is said
    #[serde(skip_serializing_if = "Option::is_none")]
    doors_at: Option<Instant>,
    /// Whether its sale is paused
    paused: bool,
    /// Whether no buyer may pick seats that leave a single free one alone
    refuse_lone_seats: bool,
    /// What a door does while it cannot reach the box office
    door_policy: DoorPolicy,
    /// Whether it is cancelled: nothing of it is sold any more
    cancelled: bool,
    /// How many seats one buyer may have, if that is set for it
    #[serde(skip_serializing_if = "Option::is_none")]
    seats_per_user: Option<u32>,
    /// The ticket types that are sold, with their prices; not in lists
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_types: Option<Vec<PricedTypeView>>,
}

impl From<&Dated> for DeskPerformanceView {
    fn from(dated: &Dated) -> Self {
        let local = LocalTimeView::at(&dated.time_zone, dated.starts_at);
        Self {
            id: dated.id,
            concert_id: dated.concert_id,
            occasion: OccasionView { starts_at: dated.starts_at, local, hall: dated.hall.clone() },
            hall_version: dated.version_no,
            duration_minutes: dated.duration_minutes(),
            doors_at: dated.doors_at,
            paused: dated.is_paused,
            refuse_lone_seats: dated.refuse_lone_seats,
            door_policy: dated.door_policy,
            cancelled: dated.is_cancelled,
            seats_per_user: dated.seats_per_user,
            ticket_types: None,
        }
    }
}

/// A performance with its prices, and the commit that made it what it is.
///
/// # Errors
/// Only the store's.
pub fn detail(tx: &Tx, dated: Dated) -> Result<(DeskPerformanceView, Seq), CatalogError> {
    let types = domain::ticket_types(tx, dated.key)?.into_iter().map(PricedTypeView::from).collect();
    Ok((DeskPerformanceView { ticket_types: Some(types), ..DeskPerformanceView::from(&dated) }, dated.changed_in))
}

/// A concert's performances, in order of time
#[derive(Object, Serialize)]
struct DeskPerformancesView {
    /// The performances
    performances: Vec<DeskPerformanceView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What to change of a performance. What is left out stays as it is
#[derive(Object, Default)]
#[oai(deny_unknown_fields, example)]
struct PerformanceChangeRequest {
    /// When it starts; doors move along unless `doors_at` is given too
    #[oai(default)]
    starts_at: Option<Instant>,
    /// For how many minutes it takes the hall
    #[oai(default)]
    duration_minutes: Option<u32>,
    /// When the doors open; null for not said
    doors_at: MaybeUndefined<Instant>,
    /// True: nothing of it is held or sold until it is false again
    #[oai(default)]
    paused: Option<bool>,
    /// Other prices, one for each of the hall's grades: of the one ticket type `full`. What is held or sold keeps its price
    #[oai(default)]
    prices: Option<HashMap<String, Amount>>,
    /// Or other ticket types, all that are to be sold from now on, each with its prices
    #[oai(default)]
    ticket_types: Option<Vec<TicketTypeRequest>>,
    /// How many seats one buyer may have, held and bought together; null for the venue's limit
    seats_per_user: MaybeUndefined<u32>,
    /// Refuse seats that a buyer picks if they leave a single free seat alone, as long as there are others
    #[oai(default)]
    refuse_lone_seats: Option<bool>,
    /// What a door does while it cannot reach the box office
    #[oai(default)]
    door_policy: Option<DoorPolicy>,
    /// Move it although the hall is taken at that time
    #[oai(default)]
    allow_overlap: Option<bool>,
    /// Move it although the concert's sale begins only when it has started
    #[oai(default)]
    allow_late_sale: Option<bool>,
}

impl Example for PerformanceChangeRequest {
    fn example() -> Self {
        Self { starts_at: Some(Instant(1_893_580_200_000)), paused: Some(false), ..Self::default() }
    }
}

fn maybe<T>(of: MaybeUndefined<T>) -> Option<Option<T>> {
    match of {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

impl TryFrom<PerformanceChangeRequest> for PerformanceChange {
    type Error = Problem;

    fn try_from(of: PerformanceChangeRequest) -> Result<Self, Problem> {
        let has_prices = of.prices.is_some() || of.ticket_types.is_some();
        Ok(Self {
            starts_at: of.starts_at,
            duration_minutes: of.duration_minutes,
            doors_at: maybe(of.doors_at),
            is_paused: of.paused,
            prices: if has_prices { Some(price_spec(of.prices, of.ticket_types)?) } else { None },
            seats_per_user: maybe(of.seats_per_user),
            refuse_lone_seats: of.refuse_lone_seats,
            door_policy: of.door_policy,
            allow_overlap: of.allow_overlap.unwrap_or_default(),
            allow_late_sale: of.allow_late_sale.unwrap_or_default(),
        })
    }
}

/// Performances at the desk.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// List a concert's performances
    ///
    /// All of them, in order of time.
    #[oai(path = "/concerts/:concert_id/performances", method = "get", operation_id = "list_performances")]
    async fn list_performances(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Performances on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<DeskPerformancesView, 200>, Problem> {
        let (cursor, limit) = (page::by_moment(cursor.0, PerformanceKey)?, page::length(&office, limit.0)?);
        let read = move |tx: &Tx| {
            let concert = concert::domain::concert(tx, concert_id.0)?;
            domain::of_concert(tx, concert.key, cursor, limit + 1)
        };
        let mut performances = office.store.read(read).await?;
        let last = cut(&mut performances, limit);
        let next_cursor = last.map(|last| page::of_moment(last.starts_at, last.key.0));
        let performances = performances.iter().map(DeskPerformanceView::from).collect();
        Ok(reply(&DeskPerformancesView { performances, next_cursor }))
    }

    /// Show a performance at the desk
    ///
    /// Its `ETag` is what a change is sent with as `If-Match`.
    #[oai(path = "/performances/:performance_id", method = "get", operation_id = "inspect_performance")]
    async fn inspect_performance(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The performance
        performance_id: Path<Uuid>,
    ) -> Result<Tagged<DeskPerformanceView>, Problem> {
        let read = move |tx: &Tx| detail(tx, domain::performance(tx, performance_id.0)?);
        let (view, changed_in) = office.store.read(read).await?;
        Ok(tagged(&view, changed_in))
    }

    /// Change a performance
    ///
    /// Move it to another time, pause its sale, or give it other prices; until it starts. Tickets and holds stay what they are,
    /// at the price they were seen at, and show the new time. Who pays for a seat that was not held and has another price now is
    /// told by `amount_mismatch`.
    #[oai(path = "/performances/:performance_id", method = "patch", operation_id = "change_performance")]
    async fn change_performance(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The performance
        performance_id: Path<Uuid>,
        body: Body<PerformanceChangeRequest>,
        /// The `ETag` of the version that is to be changed
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Tagged<DeskPerformanceView>, Problem> {
        let (expected, change) = (Expected::new(if_match), PerformanceChange::try_from(body.0)?);
        let write = move |tx: &Tx| {
            let dated = domain::performance(tx, performance_id.0)?;
            expected.check(dated.changed_in)?;
            Ok::<_, Problem>(detail(tx, domain::change_performance(tx, &dated, &change)?)?)
        };
        let (view, changed_in) = auth.write(&office, "change_performance", write).await?;
        Ok(tagged(&view, changed_in))
    }

    /// Take a performance back
    ///
    /// Only while nobody has a ticket for it and nobody holds seats of it. One that was cancelled stays.
    #[oai(path = "/performances/:performance_id", method = "delete", operation_id = "take_back_performance")]
    async fn take_back_performance(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The performance
        performance_id: Path<Uuid>,
        /// The `ETag` of the version that is to be taken back
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<NoContent, Problem> {
        let expected = Expected::new(if_match);
        let write = move |tx: &Tx| {
            let dated = domain::performance(tx, performance_id.0)?;
            expected.check(dated.changed_in)?;
            // What was refunded of it hangs on it.
            if dated.is_cancelled {
                return Err(CatalogError::PerformanceCancelled.into());
            }
            if seats::is_in_use(tx, dated.key)? {
                return Err(CatalogError::InUse("Somebody has tickets for it or holds seats of it.").into());
            }
            // From here it must succeed.
            seats::forget(tx, dated.key)?;
            Ok::<_, Problem>(domain::take_back(tx, &dated)?)
        };
        auth.write(&office, "take_back_performance", write).await?;
        Ok(NoContent)
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("list_performances", &[problems::STAFF, &[Code::ConcertNotFound, Code::InvalidField]]),
    ("inspect_performance", &[problems::STAFF, &[Code::PerformanceNotFound]]),
    (
        "change_performance",
        &[
            problems::STAFF,
            problems::BODY,
            &[
                Code::PerformanceNotFound,
                Code::ChangedMeanwhile,
                Code::PerformanceCancelled,
                Code::PerformanceStarted,
                Code::HallTaken,
                Code::SaleTooLate,
            ],
        ],
    ),
    (
        "take_back_performance",
        &[
            problems::STAFF,
            &[Code::PerformanceNotFound, Code::ChangedMeanwhile, Code::PerformanceCancelled, Code::InUse],
        ],
    ),
];
