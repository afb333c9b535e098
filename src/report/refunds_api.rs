//! Refunds over HTTP: as figures, and the tickets that they are made of.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::clock::Instant;
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Reply, Tag, page, reply};
use crate::ids::{PostingKey, RefundKey, TicketKey};
use crate::money::Amount;
use crate::office::Office;
use crate::refund::{Cause, Way};
use crate::report::error::ReportError;
use crate::report::labels::Show;
use crate::report::narrow::Narrow;
use crate::report::refunded::{RefundedFilter, RefundedTicket, RefundedWalk};
use crate::report::refunds::{RefundFigures, RefundGroup, Refunds, RefundsBy};
use crate::report::sales_api::ShowView;
use crate::report::stream;
use crate::report::walk::Walk;
use crate::staff::{Report, Staff};
use crate::store::Tx;

/// What was refunded
#[derive(Object, Serialize)]
struct RefundFiguresView {
    /// Tickets
    tickets: u32,
    /// What went back for them
    for_tickets: Amount,
    /// What went back of payments' own fees, each with the first ticket of its refund
    order_fees: Amount,
    /// What went back in all
    amount: Amount,
}

impl From<&RefundFigures> for RefundFiguresView {
    fn from(of: &RefundFigures) -> Self {
        let (for_tickets, order_fees) = (Amount(of.for_tickets), Amount(of.order_fees));
        Self { tickets: of.tickets, for_tickets, order_fees, amount: of.amount() }
    }
}

/// A line of a report of refunds
#[derive(Object, Serialize)]
struct RefundsLineView {
    /// The performance
    #[serde(skip_serializing_if = "Option::is_none")]
    performance: Option<ShowView>,
    /// How the money went back
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Way>,
    /// Why
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
    /// The day on the venue's calendar
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// What was refunded
    #[oai(flatten)]
    #[serde(flatten)]
    figures: RefundFiguresView,
    /// Where the tickets are listed that it is made of
    made_of: String,
}

/// A report of refunds
#[derive(Object, Serialize)]
struct RefundsView {
    /// The currency
    currency: String,
    /// The state of the books that it is of: send it along, and other reports and lists are of the same
    as_of: String,
    /// What they are added up by
    by: RefundsBy,
    /// Its lines
    lines: Vec<RefundsLineView>,
    /// All of them together
    total: RefundFiguresView,
    /// Where all the tickets are listed
    made_of: String,
}

fn line(
    narrow: &Narrow,
    as_of: PostingKey,
    group: RefundGroup,
    (show, figures): &(Arc<Show>, RefundFigures),
) -> RefundsLineView {
    let (mut performance, mut to, mut why, mut day) = (None, None, None, None);
    let further = match group {
        RefundGroup::Performance(_) => {
            performance = Some(ShowView::from(&**show));
            vec![("performance_id", show.occasion.performance_id.to_string())]
        }
        RefundGroup::Way(way) => {
            to = Some(way);
            vec![("way", way.as_str().to_owned())]
        }
        RefundGroup::Cause(cause) => {
            why = Some(cause);
            vec![("cause", cause.as_str().to_owned())]
        }
        RefundGroup::Day(of) => {
            day = Some(of.to_string());
            vec![("from", of.to_string()), ("to", of.to_string())]
        }
    };
    let further: Vec<_> = further.iter().map(|(name, value)| (*name, Some(value.as_str()))).collect();
    let made_of = narrow.address("refunded-tickets", as_of, &further);
    RefundsLineView { performance, to, cause: why, day, figures: figures.into(), made_of }
}

/// A ticket that was refunded
#[derive(Object, Serialize)]
struct ListedRefundView {
    /// The refund
    refund_id: Uuid,
    /// The payment
    payment_id: Uuid,
    /// When
    refunded_at: Instant,
    /// The day of that on the venue's calendar
    day: String,
    /// How the money went back
    to: Way,
    /// Why
    cause: Cause,
    /// The performance
    performance: ShowView,
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
    /// What went back for it
    amount: Amount,
    /// What went back of the payment's own fee, on the first ticket of the refund; else 0
    order_fee: Amount,
}

impl From<&RefundedTicket> for ListedRefundView {
    fn from(of: &RefundedTicket) -> Self {
        Self {
            refund_id: of.refund_id,
            payment_id: of.payment_id,
            refunded_at: of.refunded_at,
            day: of.day.to_string(),
            to: of.way,
            cause: of.cause,
            performance: ShowView::from(&*of.show),
            section: of.place.section().to_owned(),
            row: of.place.row().to_owned(),
            label: of.place.label().to_owned(),
            grade: of.place.grade().to_owned(),
            ticket_type: of.ticket_type.to_string(),
            amount: of.amount,
            order_fee: of.order_fee,
        }
    }
}

/// Tickets that were refunded, in the order of refunds
#[derive(Object, Serialize)]
struct RefundedTicketsView {
    /// The tickets
    tickets: Vec<ListedRefundView>,
    /// The state of the books that they are of
    as_of: String,
    /// Send it as `cursor` for the next page, if there is one; a page may have fewer than asked for before the last
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Begins a walk over what was refunded, and says which state of the books that is.
pub(super) fn open(
    tx: &Tx,
    narrow: &Narrow,
    filter: RefundedFilter,
    after: Option<(RefundKey, TicketKey)>,
) -> Result<(RefundedWalk, PostingKey), ReportError> {
    let (concert, performance) = narrow.keys(tx)?;
    let span = narrow.span(tx)?;
    Ok((RefundedWalk::new(tx, &span, RefundedFilter { concert, performance, ..filter }, after), span.as_of))
}

/// Reads a cursor: refund and ticket of the last one before.
fn cursor_of(cursor: Option<String>) -> Result<Option<(RefundKey, TicketKey)>, Problem> {
    let read = |cursor: String| {
        let (refund, ticket) = cursor.split_once('.')?;
        Some((RefundKey(refund.parse().ok()?), TicketKey(ticket.parse().ok()?)))
    };
    cursor.map(|cursor| read(cursor).ok_or_else(page::bad_cursor)).transpose()
}

/// Refunds.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator/reports", tag = "Tag::Operator")]
impl Api {
    /// Report refunds
    ///
    /// What went back on these days, whenever it was paid, added up by performance, way, cause or day. Each line says where the
    /// tickets are listed that it is made of.
    #[oai(path = "/refunds", method = "get", operation_id = "report_refunds")]
    #[expect(clippy::too_many_arguments, reason = "the parameters of a query stand one by one in the document")]
    async fn report_refunds(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Report>,
        /// What to add up by; by performance unless given
        by: Query<Option<RefundsBy>>,
        /// From this day on, on the venue's calendar: `2026-12-24`
        from: Query<Option<String>>,
        /// Up to and including this day
        to: Query<Option<String>>,
        /// Of this concert
        concert_id: Query<Option<Uuid>>,
        /// Of this performance
        performance_id: Query<Option<Uuid>>,
        /// The `as_of` of a report: the books as they stood then
        as_of: Query<Option<String>>,
    ) -> Result<Reply<RefundsView, 200>, Problem> {
        let narrow = Narrow::read(from.0.as_deref(), to.0.as_deref(), as_of.0.as_deref())?;
        let (narrow, by) = (narrow.to(concert_id.0, performance_id.0), by.0.unwrap_or_default());
        let wanted = narrow.clone();
        let (walk, as_of) = office.store.read(move |tx| open(tx, &wanted, RefundedFilter::default(), None)).await?;
        let refunds = stream::finish(&office, Refunds::new(by, walk), Refunds::step).await?;
        Ok(reply(&RefundsView {
            currency: office.store.terms().currency.to_string(),
            as_of: as_of.0.to_string(),
            by,
            lines: refunds.lines.iter().map(|(group, of)| line(&narrow, as_of, *group, of)).collect(),
            total: (&refunds.total).into(),
            made_of: narrow.address("refunded-tickets", as_of, &[]),
        }))
    }

    /// List refunded tickets
    ///
    /// In the order of refunds, with what went back for each: what the figures of refunds are made of.
    #[oai(path = "/refunded-tickets", method = "get", operation_id = "list_refunded_tickets")]
    #[expect(clippy::too_many_arguments, reason = "the parameters of a query stand one by one in the document")]
    async fn list_refunded_tickets(
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
        /// Whose money went back so
        way: Query<Option<Way>>,
        /// Refunded for this reason
        cause: Query<Option<Cause>>,
        /// The `as_of` of a report: the books as they stood then
        as_of: Query<Option<String>>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Tickets on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<RefundedTicketsView, 200>, Problem> {
        let narrow = Narrow::read(from.0.as_deref(), to.0.as_deref(), as_of.0.as_deref())?;
        let narrow = narrow.to(concert_id.0, performance_id.0);
        let filter = RefundedFilter { way: way.0, cause: cause.0, ..RefundedFilter::default() };
        let (after, limit) = (cursor_of(cursor.0)?, page::length(&office, limit.0)?);
        let (walk, as_of) = office.store.read(move |tx| open(tx, &narrow, filter, after)).await?;
        let (walk, tickets) = stream::page(&office, walk, limit).await?;
        let (refund, ticket) = walk.position();
        Ok(reply(&RefundedTicketsView {
            tickets: tickets.iter().map(Into::into).collect(),
            as_of: as_of.0.to_string(),
            next_cursor: (!walk.is_done()).then(|| format!("{}.{}", refund.0, ticket.0)),
        }))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("report_refunds", &[problems::STAFF, &[Code::InvalidField, Code::ConcertNotFound, Code::PerformanceNotFound]]),
    (
        "list_refunded_tickets",
        &[problems::STAFF, &[Code::InvalidField, Code::ConcertNotFound, Code::PerformanceNotFound]],
    ),
];
