//! Every report and every list as CSV, by one address.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Enum, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::checkout::ProviderName;
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Tag};
use crate::office::Office;
use crate::payment::{Channel, PaidBy};
use crate::refund::{Cause, Way};
use crate::report::error::ReportError;
use crate::report::narrow::Narrow;
use crate::report::posted::{MoneyMeans, PostedFilter};
use crate::report::refunded::RefundedFilter;
use crate::report::refunds::{Refunds, RefundsBy};
use crate::report::sales::{Sales, SalesBy};
use crate::report::sold::SoldFilter;
use crate::report::stream::CsvReport;
use crate::report::takings::Takings;
use crate::report::walk::{Rows, Summed, Table};
use crate::report::{attendance_api, postings_api, refunds_api, sales_api, tables, takings_api};
use crate::staff::{Report, Staff};
use crate::store::Tx;
use crate::wallet::PostingKind;

/// Which report or list
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
enum ReportName {
    /// As `report_sales`
    Sales,
    /// As `list_sold_tickets`
    SoldTickets,
    /// As `report_takings`
    Takings,
    /// As `list_booked_postings`
    Postings,
    /// As `list_all_day_closes`
    DayCloses,
    /// As `report_refunds`
    Refunds,
    /// As `list_refunded_tickets`
    RefundedTickets,
    /// As `report_attendance`
    Attendance,
    /// As `list_check_ins`
    CheckIns,
}

impl ReportName {
    fn as_str(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::SoldTickets => "sold_tickets",
            Self::Takings => "takings",
            Self::Postings => "postings",
            Self::DayCloses => "day_closes",
            Self::Refunds => "refunds",
            Self::RefundedTickets => "refunded_tickets",
            Self::Attendance => "attendance",
            Self::CheckIns => "check_ins",
        }
    }
}

/// What figures are added up by: `performance` and `day` for sales and refunds, `way` and `cause` for refunds, the others for sales
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
enum ReportBy {
    /// By performance
    Performance,
    /// By grade
    Grade,
    /// By ticket type
    TicketType,
    /// By day
    Day,
    /// By channel
    Channel,
    /// By code
    Code,
    /// By how the money went back
    Way,
    /// By why it did
    Cause,
}

impl ReportBy {
    fn sales(by: Option<Self>) -> Result<SalesBy, ReportError> {
        match by {
            None => Ok(SalesBy::default()),
            Some(Self::Performance) => Ok(SalesBy::Performance),
            Some(Self::Grade) => Ok(SalesBy::Grade),
            Some(Self::TicketType) => Ok(SalesBy::TicketType),
            Some(Self::Day) => Ok(SalesBy::Day),
            Some(Self::Channel) => Ok(SalesBy::Channel),
            Some(Self::Code) => Ok(SalesBy::Code),
            Some(Self::Way | Self::Cause) => Err(ReportError::Invalid("by must be one that sales are added up by.")),
        }
    }

    fn refunds(by: Option<Self>) -> Result<RefundsBy, ReportError> {
        match by {
            None => Ok(RefundsBy::default()),
            Some(Self::Performance) => Ok(RefundsBy::Performance),
            Some(Self::Way) => Ok(RefundsBy::Way),
            Some(Self::Cause) => Ok(RefundsBy::Cause),
            Some(Self::Day) => Ok(RefundsBy::Day),
            Some(Self::Grade | Self::TicketType | Self::Channel | Self::Code) => {
                Err(ReportError::Invalid("by must be one that refunds are added up by."))
            }
        }
    }
}

/// What is asked for.
struct Wanted {
    report: ReportName,
    by: Option<ReportBy>,
    narrow: Narrow,
    sold: SoldFilter,
    refunded: RefundedFilter,
    posted: PostedFilter,
    staff: Option<Uuid>,
    gate: Option<String>,
    doubles: Option<bool>,
}

impl Wanted {
    fn open(self, tx: &Tx) -> Result<Box<dyn Table>, ReportError> {
        let narrow = &self.narrow;
        Ok(match self.report {
            ReportName::Sales => {
                let (walk, _) = sales_api::open(tx, narrow, self.sold, None)?;
                let sales = Sales::new(ReportBy::sales(self.by)?, walk);
                Box::new(Summed::new(sales, Sales::step, tables::SALES, tables::sales))
            }
            ReportName::SoldTickets => Box::new(Rows(sales_api::open(tx, narrow, self.sold, None)?.0)),
            ReportName::Takings => {
                let (takings, _) = takings_api::open(tx, narrow)?;
                Box::new(Summed::new(takings, Takings::step, tables::TAKINGS, tables::takings))
            }
            ReportName::Postings => {
                Box::new(Rows(postings_api::open_postings(tx, narrow, self.staff, self.posted, None)?.0))
            }
            ReportName::DayCloses => Box::new(Rows(postings_api::open_closes(tx, narrow, self.staff, None)?)),
            ReportName::Refunds => {
                let (walk, _) = refunds_api::open(tx, narrow, self.refunded, None)?;
                let refunds = Refunds::new(ReportBy::refunds(self.by)?, walk);
                Box::new(Summed::new(refunds, Refunds::step, tables::REFUNDS, tables::refunds))
            }
            ReportName::RefundedTickets => Box::new(Rows(refunds_api::open(tx, narrow, self.refunded, None)?.0)),
            ReportName::Attendance => Box::new(Rows(attendance_api::open(tx, narrow, None)?)),
            ReportName::CheckIns => {
                let missing = ReportError::Invalid("performance_id must say of which performance.");
                let performance = narrow.performance.ok_or(missing)?;
                Box::new(Rows(attendance_api::open_check_ins(tx, performance, self.gate, self.doubles, None)?))
            }
        })
    }
}

/// Reports for spreadsheets.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator/reports", tag = "Tag::Operator")]
impl Api {
    /// Fetch a report as CSV
    ///
    /// Any report or list, whole, narrowed as its own address is: a header line, then its lines, in UTF-8 (RFC 4180). Amounts are in
    /// minor units.
    #[oai(path = "/csv", method = "get", operation_id = "export_report")]
    #[expect(clippy::too_many_arguments, reason = "the parameters of a query stand one by one in the document")]
    async fn export_report(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Report>,
        /// Which
        report: Query<ReportName>,
        /// What to add up by
        by: Query<Option<ReportBy>>,
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
        /// Whose money went back so
        way: Query<Option<Way>>,
        /// Refunded for this reason
        cause: Query<Option<Cause>>,
        /// Postings of this kind
        kind: Query<Option<PostingKind>>,
        /// Money that came in or went out so
        means: Query<Option<MoneyMeans>>,
        /// Through this provider
        provider: Query<Option<ProviderName>>,
        /// By this staff key
        staff_key_id: Query<Option<Uuid>>,
        /// At this gate; empty for those of whom none was said
        gate: Query<Option<String>>,
        /// True: only doubles; false: without them
        doubles: Query<Option<bool>>,
        /// The `as_of` of a report: the books as they stood then
        as_of: Query<Option<String>>,
        /// True: with a byte order mark, by which some spreadsheets know UTF-8
        bom: Query<Option<bool>>,
    ) -> Result<CsvReport, Problem> {
        let narrow = Narrow::read(from.0.as_deref(), to.0.as_deref(), as_of.0.as_deref())?;
        let sold = SoldFilter {
            grade: grade.0,
            ticket_type: ticket_type.0,
            channel: channel.0,
            paid_by: paid_by.0,
            code: code.0,
            with_code: with_code.0,
            stands: stands.0,
            ..SoldFilter::default()
        };
        let wanted = Wanted {
            report: report.0,
            by: by.0,
            narrow: narrow.to(concert_id.0, performance_id.0),
            sold,
            refunded: RefundedFilter { way: way.0, cause: cause.0, ..RefundedFilter::default() },
            posted: PostedFilter { kind: kind.0, means: means.0, provider: provider.0, staff: None },
            staff: staff_key_id.0,
            gate: gate.0,
            doubles: doubles.0,
        };
        let table = office.store.read(move |tx| wanted.open(tx)).await?;
        CsvReport::of(&office, report.0.as_str(), table, bom.0.unwrap_or_default()).await
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[(
    "export_report",
    &[problems::STAFF, &[Code::InvalidField, Code::ConcertNotFound, Code::PerformanceNotFound, Code::StaffKeyNotFound]],
)];
