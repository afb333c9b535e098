//! Attendance over HTTP: as figures, and the check-ins that they are made of.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::performance;
use crate::catalog::views::LocalTimeView;
use crate::clock::Instant;
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Reply, Tag, page, reply};
use crate::ids::{CheckInKey, PerformanceKey};
use crate::office::Office;
use crate::report::attendance::{Attendance, AttendanceFilter, Attended};
use crate::report::checked_in::{CheckedIn, CheckedInFilter, CheckedInWalk};
use crate::report::error::ReportError;
use crate::report::narrow::{Narrow, address};
use crate::report::stream;
use crate::report::walk::Walk;
use crate::staff::{Report, Staff};
use crate::store::Tx;

/// Who came by one gate
#[derive(Object, Serialize)]
struct AttendedGateView {
    /// The gate; not there for those of whom none was said
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<String>,
    /// How many
    checked_in: u32,
    /// Where the check-ins are listed
    made_of: String,
}

/// Who came to a performance
#[derive(Object, Serialize)]
struct AttendanceView {
    /// The performance
    performance_id: Uuid,
    /// Its concert
    concert_id: Uuid,
    /// The concert's title
    concert: String,
    /// When it starts
    starts_at: Instant,
    /// The same on the venue's clock
    #[oai(flatten)]
    #[serde(flatten)]
    local: LocalTimeView,
    /// The hall's name
    hall: String,
    /// True: it is cancelled
    cancelled: bool,
    /// Tickets that stand
    tickets: u32,
    /// Where they are listed
    tickets_made_of: String,
    /// How many were checked in
    checked_in: u32,
    /// Where the check-ins are listed
    made_of: String,
    /// By gate
    gates: Vec<AttendedGateView>,
    /// Tickets by which doors without a network let somebody in once more
    doubles: u32,
    /// Where these are listed
    doubles_made_of: String,
}

impl From<&Attended> for AttendanceView {
    fn from(of: &Attended) -> Self {
        let id = of.dated.id.to_string();
        let performance = ("performance_id", Some(id.as_str()));
        let counts = ("doubles", Some("false"));
        let gate = |(gate, checked_in): &(Option<String>, u32)| AttendedGateView {
            gate: gate.clone(),
            checked_in: *checked_in,
            made_of: address("check-ins", [performance, counts, ("gate", Some(gate.as_deref().unwrap_or_default()))]),
        };
        Self {
            performance_id: of.dated.id,
            concert_id: of.dated.concert_id,
            concert: of.concert.clone(),
            starts_at: of.dated.starts_at,
            local: LocalTimeView::at(&of.dated.time_zone, of.dated.starts_at),
            hall: of.dated.hall.clone(),
            cancelled: of.dated.is_cancelled,
            tickets: of.tickets,
            tickets_made_of: address("sold-tickets", [performance, ("stands", Some("true"))]),
            checked_in: of.checked_in(),
            made_of: address("check-ins", [performance, counts]),
            gates: of.gates.iter().map(gate).collect(),
            doubles: of.doubles,
            doubles_made_of: address("check-ins", [performance, ("doubles", Some("true"))]),
        }
    }
}

/// A report of attendance, in the order in which performances were made
#[derive(Object, Serialize)]
struct AttendancesView {
    /// By performance
    performances: Vec<AttendanceView>,
    /// Send it as `cursor` for the next page, if there is one; a page may have fewer than asked for before the last
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Somebody who came in
#[derive(Object, Serialize)]
struct ListedCheckInView {
    /// The check-in
    id: Uuid,
    /// When, by the clock of whoever scanned it
    checked_in_at: Instant,
    /// At which gate, if that was said
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<String>,
    /// True: another check-in of the same ticket counts
    double: bool,
    /// The payment of the ticket
    payment_id: Uuid,
    /// Section
    section: String,
    /// Row; empty for a standing place
    row: String,
    /// What is written on the seat; empty for a standing place
    label: String,
    /// Grade
    grade: String,
    /// Ticket type
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    ticket_type: String,
}

impl From<&CheckedIn> for ListedCheckInView {
    fn from(of: &CheckedIn) -> Self {
        Self {
            id: of.check_in.id,
            checked_in_at: of.check_in.scanned_at,
            gate: of.check_in.gate.clone(),
            double: of.check_in.is_double,
            payment_id: of.payment_id,
            section: of.place.section().to_owned(),
            row: of.place.row().to_owned(),
            label: of.place.label().to_owned(),
            grade: of.place.grade().to_owned(),
            ticket_type: of.ticket_type.to_string(),
        }
    }
}

/// Check-ins of a performance, gate by gate
#[derive(Object, Serialize)]
struct ListedCheckInsView {
    /// The check-ins
    check_ins: Vec<ListedCheckInView>,
    /// Send it as `cursor` for the next page, if there is one; a page may have fewer than asked for before the last
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Begins a walk over performances.
pub(super) fn open(tx: &Tx, narrow: &Narrow, after: Option<PerformanceKey>) -> Result<Attendance, ReportError> {
    let (concert, performance) = narrow.keys(tx)?;
    Ok(Attendance::new(AttendanceFilter { concert, performance, period: narrow.period }, after))
}

/// Begins a walk over the check-ins of a performance; an empty gate stands for those of whom none was said.
pub(super) fn open_check_ins(
    tx: &Tx,
    performance: Uuid,
    gate: Option<String>,
    doubles: Option<bool>,
    after: Option<CheckInKey>,
) -> Result<CheckedInWalk, ReportError> {
    let performance = performance::domain::performance(tx, performance)?.key;
    let gate = gate.map(|gate| (!gate.is_empty()).then_some(gate));
    CheckedInWalk::new(tx, CheckedInFilter { performance, gate, doubles }, after)
}

/// Attendance.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator/reports", tag = "Tag::Operator")]
impl Api {
    /// Report attendance
    ///
    /// Of performances that begin on these days: how many tickets stand, and how many people came by them, by which gate. It is of
    /// now.
    #[oai(path = "/attendance", method = "get", operation_id = "report_attendance")]
    #[expect(clippy::too_many_arguments, reason = "the parameters of a query stand one by one in the document")]
    async fn report_attendance(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Report>,
        /// From this day on, on the venue's calendar: `2026-12-24`
        from: Query<Option<String>>,
        /// Up to and including this day
        to: Query<Option<String>>,
        /// Of this concert
        concert_id: Query<Option<Uuid>>,
        /// Of this performance
        performance_id: Query<Option<Uuid>>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Performances on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<AttendancesView, 200>, Problem> {
        let narrow = Narrow::read(from.0.as_deref(), to.0.as_deref(), None)?.to(concert_id.0, performance_id.0);
        let (after, limit) = (page::cursor(cursor.0)?.map(PerformanceKey), page::length(&office, limit.0)?);
        let walk = office.store.read(move |tx| open(tx, &narrow, after)).await?;
        let (walk, performances) = stream::page(&office, walk, limit).await?;
        Ok(reply(&AttendancesView {
            performances: performances.iter().map(Into::into).collect(),
            next_cursor: (!walk.is_done()).then(|| walk.position().0.to_string()),
        }))
    }

    /// List check-ins
    ///
    /// Of a performance, gate by gate, without those that were undone: what the figures of attendance are made of.
    #[oai(path = "/check-ins", method = "get", operation_id = "list_check_ins")]
    async fn list_check_ins(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Report>,
        /// The performance
        performance_id: Query<Uuid>,
        /// At this gate; empty for those of whom none was said
        gate: Query<Option<String>>,
        /// True: only doubles; false: without them
        doubles: Query<Option<bool>>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Check-ins on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<ListedCheckInsView, 200>, Problem> {
        let (after, limit) = (page::cursor(cursor.0)?.map(CheckInKey), page::length(&office, limit.0)?);
        let open = move |tx: &Tx| open_check_ins(tx, performance_id.0, gate.0, doubles.0, after);
        let walk = office.store.read(open).await?;
        let (walk, check_ins) = stream::page(&office, walk, limit).await?;
        let last = walk.position().filter(|_| !walk.is_done());
        Ok(reply(&ListedCheckInsView {
            check_ins: check_ins.iter().map(Into::into).collect(),
            next_cursor: last.map(|last| last.0.to_string()),
        }))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("report_attendance", &[problems::STAFF, &[Code::InvalidField, Code::ConcertNotFound, Code::PerformanceNotFound]]),
    ("list_check_ins", &[problems::STAFF, &[Code::InvalidField, Code::PerformanceNotFound]]),
];
