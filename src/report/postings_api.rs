//! Postings and day closes over HTTP: what the figures of takings are made of.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::checkout::ProviderName;
use crate::clock::Instant;
use crate::counter::Till;
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Reply, Tag, page, reply};
use crate::ids::{CloseKey, PostingKey};
use crate::money::Amount;
use crate::office::Office;
use crate::report::closed::{ClosedDay, ClosedWalk};
use crate::report::error::ReportError;
use crate::report::narrow::Narrow;
use crate::report::posted::{MoneyMeans, PostedFilter, PostedLine, PostedLines};
use crate::report::stream;
use crate::report::walk::Walk;
use crate::staff::{self, Report, Staff};
use crate::store::Tx;
use crate::wallet::{Means, PostingKind};

/// A line of a balance's history
#[derive(Object, Serialize)]
struct BookedPostingView {
    /// The posting
    id: String,
    /// When
    posted_at: Instant,
    /// Why the balance changed
    kind: PostingKind,
    /// By which means the money came in or went out, if it did
    #[serde(skip_serializing_if = "Option::is_none")]
    means: Option<MoneyMeans>,
    /// Through which provider
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<ProviderName>,
    /// By how much; negative where money was paid or went out
    amount: Amount,
    /// The payment it belongs to
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<Uuid>,
    /// The checkout that the money came by, or goes back by
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout_id: Option<Uuid>,
    /// By which staff key
    #[serde(skip_serializing_if = "Option::is_none")]
    staff_key_id: Option<Uuid>,
    /// Its name
    #[serde(skip_serializing_if = "Option::is_none")]
    staff_key: Option<String>,
    /// Why staff did it
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl From<&PostedLine> for BookedPostingView {
    fn from(of: &PostedLine) -> Self {
        let (posting, through) = (&of.posted.posting, of.posted.through);
        Self {
            id: posting.key.0.to_string(),
            posted_at: posting.posted_at,
            kind: posting.kind,
            means: of.posted.means,
            provider: through.map(|through| through.provider),
            amount: posting.amount,
            payment_id: of.payment_id,
            checkout_id: through.map(|through| through.checkout_id),
            staff_key_id: of.key.as_ref().map(|key| key.id),
            staff_key: of.key.as_ref().map(|key| key.name.clone()),
            note: of.note.clone(),
        }
    }
}

/// Postings, in the order in which they were made
#[derive(Object, Serialize)]
struct BookedPostingsView {
    /// The postings
    postings: Vec<BookedPostingView>,
    /// The state of the books that they are of
    as_of: String,
    /// Send it as `cursor` for the next page, if there is one; a page may have fewer than asked for before the last
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What was booked in one form of money by a close, and counted of it
#[derive(Object, Serialize)]
struct ClosedTillView {
    /// The form
    means: Means,
    /// What came in, less what went out, by the books
    booked: Amount,
    /// What was counted, if it was
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<Amount>,
}

/// A day's close, and whose
#[derive(Object, Serialize)]
struct ClosedDayView {
    /// The close
    id: Uuid,
    /// When
    closed_at: Instant,
    /// Whose
    staff_key_id: Uuid,
    /// The key's name
    staff_key: String,
    /// What the key booked since its close before, by form of money
    tills: Vec<ClosedTillView>,
}

impl From<&ClosedDay> for ClosedDayView {
    fn from(of: &ClosedDay) -> Self {
        let till = |till: &Till| ClosedTillView { means: till.means, booked: till.booked, counted: till.counted };
        Self {
            id: of.close.id,
            closed_at: of.close.closed_at,
            staff_key_id: of.key.id,
            staff_key: of.key.name.clone(),
            tills: of.close.tills.iter().map(till).collect(),
        }
    }
}

/// Day closes of all keys, oldest first
#[derive(Object, Serialize)]
struct ClosedDaysView {
    /// The closes
    day_closes: Vec<ClosedDayView>,
    /// Send it as `cursor` for the next page, if there is one; a page may have fewer than asked for before the last
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Begins a walk over postings, perhaps of one staff key only.
pub(super) fn open_postings(
    tx: &Tx,
    narrow: &Narrow,
    staff: Option<Uuid>,
    filter: PostedFilter,
    after: Option<PostingKey>,
) -> Result<(PostedLines, PostingKey), ReportError> {
    let staff = staff.map(|id| staff::domain::show_staff_key(tx, id)).transpose()?.map(|key| key.key);
    let span = narrow.span(tx)?;
    Ok((PostedLines::new(&span, PostedFilter { staff, ..filter }, after), span.as_of))
}

/// Begins a walk over day closes, perhaps of one staff key only.
pub(super) fn open_closes(
    tx: &Tx,
    narrow: &Narrow,
    staff: Option<Uuid>,
    after: Option<CloseKey>,
) -> Result<ClosedWalk, ReportError> {
    let staff = staff.map(|id| staff::domain::show_staff_key(tx, id)).transpose()?.map(|key| key.key);
    Ok(ClosedWalk::new(narrow.period, staff, after))
}

/// What takings are made of.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator/reports", tag = "Tag::Operator")]
impl Api {
    /// List postings
    ///
    /// Of all buyers, in the order in which they were made, with where the money came from or went to: what the figures of takings
    /// are made of.
    #[oai(path = "/postings", method = "get", operation_id = "list_booked_postings")]
    #[expect(clippy::too_many_arguments, reason = "the parameters of a query stand one by one in the document")]
    async fn list_booked_postings(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Report>,
        /// From this day on, on the venue's calendar: `2026-12-24`
        from: Query<Option<String>>,
        /// Up to and including this day
        to: Query<Option<String>>,
        /// Of this kind
        kind: Query<Option<PostingKind>>,
        /// Money that came in or went out so
        means: Query<Option<MoneyMeans>>,
        /// Through this provider
        provider: Query<Option<ProviderName>>,
        /// By this staff key
        staff_key_id: Query<Option<Uuid>>,
        /// The `as_of` of a report: the books as they stood then
        as_of: Query<Option<String>>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Postings on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<BookedPostingsView, 200>, Problem> {
        let narrow = Narrow::read(from.0.as_deref(), to.0.as_deref(), as_of.0.as_deref())?;
        let filter = PostedFilter { kind: kind.0, means: means.0, provider: provider.0, staff: None };
        let (after, limit) = (page::cursor(cursor.0)?.map(PostingKey), page::length(&office, limit.0)?);
        let open = move |tx: &Tx| open_postings(tx, &narrow, staff_key_id.0, filter, after);
        let (walk, as_of) = office.store.read(open).await?;
        let (walk, postings) = stream::page(&office, walk, limit).await?;
        Ok(reply(&BookedPostingsView {
            postings: postings.iter().map(Into::into).collect(),
            as_of: as_of.0.to_string(),
            next_cursor: (!walk.is_done()).then(|| walk.position().0.to_string()),
        }))
    }

    /// List all day closes
    ///
    /// Of all staff keys, oldest first, made on these days.
    #[oai(path = "/day-closes", method = "get", operation_id = "list_all_day_closes")]
    async fn list_all_day_closes(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Report>,
        /// From this day on, on the venue's calendar: `2026-12-24`
        from: Query<Option<String>>,
        /// Up to and including this day
        to: Query<Option<String>>,
        /// Of this staff key
        staff_key_id: Query<Option<Uuid>>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Closes on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<ClosedDaysView, 200>, Problem> {
        let narrow = Narrow::read(from.0.as_deref(), to.0.as_deref(), None)?;
        let (after, limit) = (page::cursor(cursor.0)?.map(CloseKey), page::length(&office, limit.0)?);
        let walk = office.store.read(move |tx| open_closes(tx, &narrow, staff_key_id.0, after)).await?;
        let (walk, closes) = stream::page(&office, walk, limit).await?;
        Ok(reply(&ClosedDaysView {
            day_closes: closes.iter().map(Into::into).collect(),
            next_cursor: (!walk.is_done()).then(|| walk.position().0.to_string()),
        }))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("list_booked_postings", &[problems::STAFF, &[Code::InvalidField, Code::StaffKeyNotFound]]),
    ("list_all_day_closes", &[problems::STAFF, &[Code::InvalidField, Code::StaffKeyNotFound]]),
];
