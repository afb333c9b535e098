//! Sales over HTTP: as figures, and the tickets that they are made of.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::views::OccasionView;
use crate::clock::Instant;
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Reply, Tag, page, reply};
use crate::ids::{PostingKey, TicketKey};
use crate::money::Amount;
use crate::office::Office;
use crate::payment::{Channel, PaidBy};
use crate::report::error::ReportError;
use crate::report::labels::Show;
use crate::report::narrow::Narrow;
use crate::report::sales::{Group, Sales, SalesBy, SalesFigures, SalesLine};
use crate::report::sold::{SoldFilter, SoldTicket, SoldWalk};
use crate::report::stream;
use crate::report::walk::Walk;
use crate::staff::{Report, Staff};
use crate::store::Tx;

/// A performance, as reports name it
#[derive(Object, Serialize)]
pub(super) struct ShowView {
    /// The performance
    performance_id: Uuid,
    /// Its concert
    concert_id: Uuid,
    /// The concert's title
    concert: String,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    occasion: OccasionView,
}

impl From<&Show> for ShowView {
    fn from(show: &Show) -> Self {
        Self {
            performance_id: show.occasion.performance_id,
            concert_id: show.concert_id,
            concert: show.occasion.concert_title.clone(),
            occasion: OccasionView::from(&show.occasion),
        }
    }
}

/// What was sold
#[derive(Object, Serialize)]
struct SalesFiguresView {
    /// Tickets
    tickets: u32,
    /// How many of them were refunded
    refunded_tickets: u32,
    /// What they cost, less what codes took off
    prices: Amount,
    /// What was asked for them beside
    fees: Amount,
    /// Payments' own fees, each with the first ticket of its payment
    order_fees: Amount,
    /// What codes took off, each with the first ticket of its payment
    discounts: Amount,
    /// What was paid: prices and all fees
    amount: Amount,
    /// What went back for them, whenever it did
    refunded: Amount,
    /// What is left
    net: Amount,
}

impl From<&SalesFigures> for SalesFiguresView {
    fn from(of: &SalesFigures) -> Self {
        let amount = of.amount();
        Self {
            tickets: of.tickets,
            refunded_tickets: of.refunded_tickets,
            prices: Amount(of.prices),
            fees: Amount(of.fees),
            order_fees: Amount(of.order_fees),
            discounts: Amount(of.discounts),
            amount,
            refunded: Amount(of.refunded),
            net: Amount(amount.0 - of.refunded),
        }
    }
}

/// Sales of one kind; what it is of is said by what they were asked for by
#[derive(Default, Object, Serialize)]
struct SalesGroupView {
    /// The performance
    #[serde(skip_serializing_if = "Option::is_none")]
    performance: Option<ShowView>,
    /// The grade
    #[serde(skip_serializing_if = "Option::is_none")]
    grade: Option<String>,
    /// The ticket type
    #[oai(rename = "type")]
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    ticket_type: Option<String>,
    /// The day on the venue's calendar
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// Where they were sold
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<Channel>,
    /// How they were paid at the counter
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_by: Option<PaidBy>,
    /// The code they were paid with; not there for those without
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Its batch
    #[serde(skip_serializing_if = "Option::is_none")]
    code_batch: Option<String>,
}

/// A line of a report of sales
#[derive(Object, Serialize)]
struct SalesLineView {
    /// What it is of
    #[oai(flatten)]
    #[serde(flatten)]
    group: SalesGroupView,
    /// What was sold
    #[oai(flatten)]
    #[serde(flatten)]
    figures: SalesFiguresView,
    /// Where the tickets are listed that it is made of
    made_of: String,
}

/// A report of sales
#[derive(Object, Serialize)]
struct SalesView {
    /// The currency
    currency: String,
    /// The state of the books that it is of: send it along, and other reports and lists are of the same
    as_of: String,
    /// What they are added up by
    by: SalesBy,
    /// Its lines
    lines: Vec<SalesLineView>,
    /// All of them together
    total: SalesFiguresView,
    /// Where all the tickets are listed
    made_of: String,
}

fn line(narrow: &Narrow, as_of: PostingKey, group: &Group, of: &SalesLine) -> SalesLineView {
    const LIST: &str = "sold-tickets";
    let mut view = SalesGroupView::default();
    let made_of = match group {
        Group::Performance(_) => {
            view.performance = Some(ShowView::from(&*of.show));
            let id = of.show.occasion.performance_id.to_string();
            narrow.address(LIST, as_of, &[("performance_id", Some(&id))])
        }
        Group::Grade(grade) => {
            view.grade = Some(grade.clone());
            narrow.address(LIST, as_of, &[("grade", Some(grade))])
        }
        Group::TicketType(name) => {
            view.ticket_type = Some(name.clone());
            narrow.address(LIST, as_of, &[("ticket_type", Some(name))])
        }
        Group::Day(day) => {
            let day = day.to_string();
            view.day = Some(day.clone());
            narrow.address(LIST, as_of, &[("from", Some(&day)), ("to", Some(&day))])
        }
        Group::Channel(channel, by) => {
            (view.channel, view.paid_by) = (Some(*channel), *by);
            let by = by.map(|by| by.as_str());
            narrow.address(LIST, as_of, &[("channel", Some(channel.as_str())), ("paid_by", by)])
        }
        Group::Code(None) => narrow.address(LIST, as_of, &[("with_code", Some("false"))]),
        Group::Code(Some(_)) => {
            let code = of.code.as_ref();
            view.code = code.map(|code| code.code.clone());
            view.code_batch = code.map(|code| code.batch.clone());
            // The same code may be another concert's too.
            let concert = of.show.concert_id.to_string();
            narrow.address(LIST, as_of, &[("concert_id", Some(&concert)), ("code", view.code.as_deref())])
        }
    };
    SalesLineView { group: view, figures: (&of.figures).into(), made_of }
}

/// A ticket that was sold
#[derive(Object, Serialize)]
struct SoldTicketView {
    /// The payment
    payment_id: Uuid,
    /// When it was paid
    paid_at: Instant,
    /// The day of that on the venue's calendar
    day: String,
    /// Where it was sold
    channel: Channel,
    /// How it was paid at the counter
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_by: Option<PaidBy>,
    /// The code it was paid with
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Its batch
    #[serde(skip_serializing_if = "Option::is_none")]
    code_batch: Option<String>,
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
    /// What it cost, less what a code took off
    price: Amount,
    /// What was asked for it beside
    fee: Amount,
    /// The payment's own fee, on the first of its tickets; else 0
    order_fee: Amount,
    /// What a code took off the payment, on the first of its tickets; else 0
    discount: Amount,
    /// What went back for it, if it was refunded
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded: Option<Amount>,
    /// What went back of the payment's own fee, on the first of its tickets; else 0
    order_fee_refunded: Amount,
}

impl From<&SoldTicket> for SoldTicketView {
    fn from(of: &SoldTicket) -> Self {
        let code = of.code.as_ref().map(|(_, code)| code);
        Self {
            payment_id: of.payment_id,
            paid_at: of.paid_at,
            day: of.day.to_string(),
            channel: of.channel,
            paid_by: of.paid_by,
            code: code.map(|code| code.code.clone()),
            code_batch: code.map(|code| code.batch.clone()),
            performance: ShowView::from(&*of.show),
            section: of.place.section().to_owned(),
            row: of.place.row().to_owned(),
            label: of.place.label().to_owned(),
            grade: of.place.grade().to_owned(),
            ticket_type: of.ticket_type.to_string(),
            price: of.price,
            fee: of.fee,
            order_fee: of.order_fee,
            discount: of.discount,
            refunded: of.refunded,
            order_fee_refunded: of.order_fee_refunded,
        }
    }
}

/// Tickets that were sold, in the order of their sales
#[derive(Object, Serialize)]
struct SoldTicketsView {
    /// The tickets
    tickets: Vec<SoldTicketView>,
    /// The state of the books that they are of
    as_of: String,
    /// Send it as `cursor` for the next page, if there is one; a page may have fewer than asked for before the last
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Begins a walk over what was sold, and says which state of the books that is.
pub(super) fn open(
    tx: &Tx,
    narrow: &Narrow,
    filter: SoldFilter,
    after: Option<TicketKey>,
) -> Result<(SoldWalk, PostingKey), ReportError> {
    let (concert, performance) = narrow.keys(tx)?;
    let span = narrow.span(tx)?;
    Ok((SoldWalk::new(tx, &span, SoldFilter { concert, performance, ..filter }, after), span.as_of))
}

/// Sales.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator/reports", tag = "Tag::Operator")]
impl Api {
    /// Report sales
    ///
    /// What was paid on these days, added up by performance, grade, ticket type, day, channel or code, with what of it went back
    /// since. Each line says where the tickets are listed that it is made of.
    #[oai(path = "/sales", method = "get", operation_id = "report_sales")]
    #[expect(clippy::too_many_arguments, reason = "the parameters of a query stand one by one in the document")]
    async fn report_sales(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Report>,
        /// What to add up by; by performance unless given
        by: Query<Option<SalesBy>>,
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
    ) -> Result<Reply<SalesView, 200>, Problem> {
        let narrow = Narrow::read(from.0.as_deref(), to.0.as_deref(), as_of.0.as_deref())?;
        let (narrow, by) = (narrow.to(concert_id.0, performance_id.0), by.0.unwrap_or_default());
        let wanted = narrow.clone();
        let (walk, as_of) = office.store.read(move |tx| open(tx, &wanted, SoldFilter::default(), None)).await?;
        let sales = stream::finish(&office, Sales::new(by, walk), Sales::step).await?;
        Ok(reply(&SalesView {
            currency: office.store.terms().currency.to_string(),
            as_of: as_of.0.to_string(),
            by,
            lines: sales.lines.iter().map(|(group, of)| line(&narrow, as_of, group, of)).collect(),
            total: (&sales.total).into(),
            made_of: narrow.address("sold-tickets", as_of, &[]),
        }))
    }

    /// List sold tickets
    ///
    /// In the order of their sales, with what was paid for each and what of it went back: what the figures of sales are made of.
    #[oai(path = "/sold-tickets", method = "get", operation_id = "list_sold_tickets")]
    #[expect(clippy::too_many_arguments, reason = "the parameters of a query stand one by one in the document")]
    async fn list_sold_tickets(
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
        /// Of this grade
        grade: Query<Option<String>>,
        /// Of this ticket type
        ticket_type: Query<Option<String>>,
        /// Sold there
        channel: Query<Option<Channel>>,
        /// Paid so at the counter
        paid_by: Query<Option<PaidBy>>,
        /// Paid with this code, as it is written
        code: Query<Option<String>>,
        /// Paid with a code, or without
        with_code: Query<Option<bool>>,
        /// True: not refunded; false: refunded
        stands: Query<Option<bool>>,
        /// The `as_of` of a report: the books as they stood then
        as_of: Query<Option<String>>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Tickets on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<SoldTicketsView, 200>, Problem> {
        let narrow = Narrow::read(from.0.as_deref(), to.0.as_deref(), as_of.0.as_deref())?;
        let narrow = narrow.to(concert_id.0, performance_id.0);
        let filter = SoldFilter {
            grade: grade.0,
            ticket_type: ticket_type.0,
            channel: channel.0,
            paid_by: paid_by.0,
            code: code.0,
            with_code: with_code.0,
            stands: stands.0,
            ..SoldFilter::default()
        };
        let (after, limit) = (page::cursor(cursor.0)?.map(TicketKey), page::length(&office, limit.0)?);
        let (walk, as_of) = office.store.read(move |tx| open(tx, &narrow, filter, after)).await?;
        let (walk, tickets) = stream::page(&office, walk, limit).await?;
        Ok(reply(&SoldTicketsView {
            tickets: tickets.iter().map(Into::into).collect(),
            as_of: as_of.0.to_string(),
            next_cursor: (!walk.is_done()).then(|| walk.position().0.to_string()),
        }))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("report_sales", &[problems::STAFF, &[Code::InvalidField, Code::ConcertNotFound, Code::PerformanceNotFound]]),
    ("list_sold_tickets", &[problems::STAFF, &[Code::InvalidField, Code::ConcertNotFound, Code::PerformanceNotFound]]),
];
