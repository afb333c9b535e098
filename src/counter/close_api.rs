//! The day's close over HTTP.

use std::collections::BTreeSet;
use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::clock::Instant;
use crate::counter::closes;
use crate::counter::record::{DayClose, Till};
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, page, reply};
use crate::ids::CloseKey;
use crate::money::{Amount, LARGEST};
use crate::office::Office;
use crate::paging::cut;
use crate::staff::{Sell, Staff};
use crate::store::Tx;
use crate::wallet::Means;

/// What was counted in one form of money
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
struct CountedRequest {
    /// The form
    means: Means,
    /// How much; negative where more went out than came in
    amount: Amount,
}

/// What was counted
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct DayCloseRequest {
    /// By form of money; what is not named was not counted
    counted: Vec<CountedRequest>,
}

impl Example for DayCloseRequest {
    fn example() -> Self {
        Self { counted: vec![CountedRequest { means: Means::Cash, amount: Amount(330_000) }] }
    }
}

/// What was booked in one form of money, and counted of it
#[derive(Object, Serialize)]
struct TillView {
    /// The form
    means: Means,
    /// What came in, less what went out, by the books
    booked: Amount,
    /// What was counted, if it was
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<Amount>,
    /// How much more was counted than booked, if it was counted
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Amount>,
}

/// A day's close of a staff key
#[derive(Object, Serialize)]
struct DayCloseView {
    /// The close
    id: Uuid,
    /// When
    closed_at: Instant,
    /// What the key booked since its close before, by form of money
    tills: Vec<TillView>,
}

impl From<&DayClose> for DayCloseView {
    fn from(of: &DayClose) -> Self {
        let till = |till: &Till| TillView {
            means: till.means,
            booked: till.booked,
            counted: till.counted,
            difference: till.counted.map(|counted| Amount(counted.0 - till.booked.0)),
        };
        Self { id: of.id, closed_at: of.closed_at, tills: of.tills.iter().map(till).collect() }
    }
}

/// Closes of a staff key, newest first
#[derive(Object, Serialize)]
struct DayClosesView {
    /// The closes
    day_closes: Vec<DayCloseView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The end of a day at the counter.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Close the day
    ///
    /// Of the staff key that asks: what it took in and paid out since its last close, against what was counted.
    #[oai(path = "/day-closes", method = "post", operation_id = "close_day")]
    async fn close_day(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        body: Body<DayCloseRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<DayCloseView, 201>, Problem> {
        let once = idempotent::request(&office, key, "close_day", &body.0)?;
        let counted: Vec<_> = body.0.counted.iter().map(|of| (of.means, of.amount)).collect();
        if counted.iter().map(|(means, _)| means.as_str()).collect::<BTreeSet<_>>().len() != counted.len() {
            return Err(Problem::new(Code::InvalidField, "counted must name each form of money once."));
        }
        if counted.iter().any(|(_, amount)| !(-LARGEST.0..=LARGEST.0).contains(&amount.0)) {
            return Err(Problem::new(Code::InvalidField, format!("amount must be at most {}.", LARGEST.0)));
        }
        let staff = auth.known.key.key;
        let close = move |tx: &Tx| Ok::<_, Problem>(DayCloseView::from(&closes::close_day(tx, staff, &counted)?));
        Ok(auth.once(&office, "close_day", once, close).await?.into())
    }

    /// List day closes
    ///
    /// Of the staff key that asks, newest first.
    #[oai(path = "/day-closes", method = "get", operation_id = "list_day_closes")]
    async fn list_day_closes(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Closes on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<DayClosesView, 200>, Problem> {
        let (cursor, limit) = (page::cursor(cursor.0)?.map(CloseKey), page::length(&office, limit.0)?);
        let staff = auth.known.key.key;
        let mut all = office.store.read(move |tx| closes::day_closes(tx, staff, cursor, limit + 1)).await?;
        let next_cursor = cut(&mut all, limit).map(|last| last.key.0.to_string());
        Ok(reply(&DayClosesView { day_closes: all.iter().map(DayCloseView::from).collect(), next_cursor }))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("close_day", &[problems::STAFF, problems::BODY, &[Code::IdempotencyKeyReused]]),
    ("list_day_closes", &[problems::STAFF, &[Code::InvalidField]]),
];
