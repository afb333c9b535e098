//! Cancelling performances and concerts at the desk, and how far their refunds have come.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::concert;
use crate::catalog::performance;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Reply, Tag, page, reply};
use crate::ids::PerformanceKey;
use crate::money::Amount;
use crate::office::Office;
use crate::paging::cut;
use crate::refund::cancellation::{self, Counting, PERFORMANCES_PER_COMMIT};
use crate::refund::record::Cancellation;
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// A cancelled performance, and how far its tickets are refunded
#[derive(Object, Serialize)]
struct CancellationView {
    /// The performance
    performance_id: Uuid,
    /// When it was cancelled
    cancelled_at: Instant,
    /// How many tickets stood then; not there for a moment where there are very many
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tickets: Option<u32>,
    /// How many of them it has refunded; those that the staff refunded by hand meanwhile are not counted
    refunded: u32,
    /// How much went back
    amount: Amount,
    /// When the last one was refunded; not there while some are left
    #[serde(skip_serializing_if = "Option::is_none")]
    done_at: Option<Instant>,
}

impl From<&Cancellation> for CancellationView {
    fn from(of: &Cancellation) -> Self {
        Self {
            performance_id: of.performance_id,
            cancelled_at: of.begun_at,
            tickets: of.tickets,
            refunded: of.refunded,
            amount: of.amount,
            done_at: of.done_at,
        }
    }
}

/// Cancelled performances of a concert
#[derive(Object, Serialize)]
struct CancellationsView {
    /// The performances
    cancellations: Vec<CancellationView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A page of them; one more than it has tells whether another follows.
fn page_of(mut all: Vec<Cancellation>, limit: u32) -> CancellationsView {
    let next_cursor = cut(&mut all, limit).map(|last| last.performance.0.to_string());
    CancellationsView { cancellations: all.iter().map(CancellationView::from).collect(), next_cursor }
}

/// Cancellations at the desk.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Cancel a performance
    ///
    /// Nothing of it is sold any more, and all its tickets are refunded to their buyers' balances, with all fees. That goes on
    /// behind, also after a restart; `show_cancellation` tells how far it is.
    #[oai(path = "/performances/:performance_id/cancellation", method = "post", operation_id = "cancel_performance")]
    async fn cancel_performance(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The performance
        performance_id: Path<Uuid>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<CancellationView, 202>, Problem> {
        let once = idempotent::request(&office, key, format!("cancel_performance {}", performance_id.0), &())?;
        let cancel = move |tx: &Tx| {
            let dated = performance::domain::performance(tx, performance_id.0)?;
            Ok::<_, Problem>(CancellationView::from(&cancellation::cancel_performance(
                tx,
                &dated,
                Counting::default(),
            )?))
        };
        Ok(auth.once(&office, "cancel_performance", once, cancel).await?.into())
    }

    /// Show a cancellation
    ///
    /// How far the refunds of a cancelled performance have come.
    #[oai(path = "/performances/:performance_id/cancellation", method = "get", operation_id = "show_cancellation")]
    async fn show_cancellation(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The performance
        performance_id: Path<Uuid>,
    ) -> Result<Reply<CancellationView, 200>, Problem> {
        let read = move |tx: &Tx| {
            let dated = performance::domain::performance(tx, performance_id.0)?;
            Ok::<_, Problem>(cancellation::cancellation(tx, dated.key)?)
        };
        Ok(reply(&CancellationView::from(&office.store.read(read).await?)))
    }

    /// Cancel a concert
    ///
    /// Nothing of it is sold any more. Its performances that have not begun are cancelled, and their tickets refunded, as
    /// `cancel_performance` does it; where they are very many some of them follow behind. `list_cancellations` tells how far it is.
    #[oai(path = "/concerts/:concert_id/cancellation", method = "post", operation_id = "cancel_concert")]
    async fn cancel_concert(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<CancellationsView, 202>, Problem> {
        let once = idempotent::request(&office, key, format!("cancel_concert {}", concert_id.0), &())?;
        let limit = office.limits.page;
        let cancel = move |tx: &Tx| {
            let concert = concert::domain::concert(tx, concert_id.0)?;
            cancellation::cancel_concert(tx, &concert, PERFORMANCES_PER_COMMIT, Counting::default())?;
            Ok::<_, Problem>(page_of(cancellation::cancellations(tx, &concert, None, limit + 1)?, limit))
        };
        Ok(auth.once(&office, "cancel_concert", once, cancel).await?.into())
    }

    /// List a concert's cancellations
    ///
    /// How far the refunds of its cancelled performances have come.
    #[oai(path = "/concerts/:concert_id/cancellation", method = "get", operation_id = "list_cancellations")]
    async fn list_cancellations(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Performances on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<CancellationsView, 200>, Problem> {
        let (cursor, limit) = (page::cursor(cursor.0)?.map(PerformanceKey), page::length(&office, limit.0)?);
        let read = move |tx: &Tx| {
            let concert = concert::domain::concert(tx, concert_id.0)?;
            Ok::<_, Problem>(cancellation::cancellations(tx, &concert, cursor, limit + 1)?)
        };
        Ok(reply(&page_of(office.store.read(read).await?, limit)))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    (
        "cancel_performance",
        &[
            problems::STAFF,
            &[
                Code::PerformanceNotFound,
                Code::PerformanceCancelled,
                Code::PerformanceStarted,
                Code::InvalidField,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
    ("show_cancellation", &[problems::STAFF, &[Code::PerformanceNotFound, Code::NotCancelled]]),
    (
        "cancel_concert",
        &[
            problems::STAFF,
            &[Code::ConcertNotFound, Code::ConcertStateFixed, Code::InvalidField, Code::IdempotencyKeyReused],
        ],
    ),
    ("list_cancellations", &[problems::STAFF, &[Code::ConcertNotFound, Code::InvalidField]]),
];
