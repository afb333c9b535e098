//! A performance at the desk: listed, shown, moved, its sale paused, and taken back once nobody holds anything of it.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::{Example, MaybeUndefined};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::CatalogError;
use crate::catalog::concert;
use crate::catalog::performance::Dated;
use crate::catalog::performance::domain::{self, PerformanceChange};
use crate::catalog::views::{LocalTimeView, OccasionView};
use crate::clock::Instant;
use crate::http::problems::{self, Problems};
use crate::http::version::{Expected, IfMatch, Tagged, tagged};
use crate::http::{Body, Code, NoContent, Problem, Reply, Tag, page, reply};
use crate::ids::PerformanceKey;
use crate::office::Office;
use crate::paging::cut;
use crate::reservation::domain as seats;
use crate::staff::{Manage, Staff};
use crate::store::Tx;

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
    /// Whether it is cancelled: nothing of it is sold any more
    cancelled: bool,
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
            cancelled: dated.is_cancelled,
        }
    }
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
    /// Refuse seats that a buyer picks if they leave a single free seat alone, as long as there are others
    #[oai(default)]
    refuse_lone_seats: Option<bool>,
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

impl From<PerformanceChangeRequest> for PerformanceChange {
    fn from(of: PerformanceChangeRequest) -> Self {
        Self {
            starts_at: of.starts_at,
            duration_minutes: of.duration_minutes,
            doors_at: match of.doors_at {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(at) => Some(Some(at)),
            },
            is_paused: of.paused,
            refuse_lone_seats: of.refuse_lone_seats,
            allow_overlap: of.allow_overlap.unwrap_or_default(),
            allow_late_sale: of.allow_late_sale.unwrap_or_default(),
        }
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
        let dated = office.store.read(move |tx| domain::performance(tx, performance_id.0)).await?;
        Ok(tagged(&DeskPerformanceView::from(&dated), dated.changed_in))
    }

    /// Change a performance
    ///
    /// Move it to another time, or pause its sale; until it starts. Tickets and holds stay what they are, and show the new
    /// time.
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
        let (expected, change) = (Expected::new(if_match), PerformanceChange::from(body.0));
        let write = move |tx: &Tx| {
            let dated = domain::performance(tx, performance_id.0)?;
            expected.check(dated.changed_in)?;
            Ok::<_, Problem>(domain::change_performance(tx, &dated, &change)?)
        };
        let dated = auth.write(&office, "change_performance", write).await?;
        Ok(tagged(&DeskPerformanceView::from(&dated), dated.changed_in))
    }

    /// Take a performance back
    ///
    /// Only while nobody has a ticket for it and nobody holds seats of it.
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
    ("take_back_performance", &[problems::STAFF, &[Code::PerformanceNotFound, Code::ChangedMeanwhile, Code::InUse]]),
];
