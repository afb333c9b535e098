//! Sales as figures: the tickets that were sold, added up by what is asked for. No store of its own: it walks [`SoldWalk`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use jiff::civil::Date;

use crate::code::NamedCode;
use crate::ids::{CodeKey, PerformanceKey};
use crate::money::Amount;
use crate::payment::{Channel, PaidBy};
use crate::report::error::ReportError;
use crate::report::labels::Show;
use crate::report::sold::{SoldTicket, SoldWalk};
use crate::report::walk::Walk;
use crate::store::Tx;

/// A report has so many lines at most.
pub const MOST_LINES: usize = 10_000;

/// What sales are added up by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SalesBy {
    /// By performance.
    #[default]
    Performance,
    /// By grade, of all halls together.
    Grade,
    /// By ticket type, of all performances together.
    TicketType,
    /// By day on the venue's calendar.
    Day,
    /// By where they were sold, and how they were paid at the counter.
    Channel,
    /// By the code they were paid with.
    Code,
}

/// What a line is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// A performance.
    Performance(PerformanceKey),
    /// A grade.
    Grade(String),
    /// A ticket type.
    TicketType(String),
    /// A day.
    Day(Date),
    /// A channel, and how it was paid at the counter.
    Channel(Channel, Option<PaidBy>),
    /// A code; none for what was paid without.
    Code(Option<CodeKey>),
}

impl Group {
    fn of(by: SalesBy, sold: &SoldTicket) -> Self {
        match by {
            SalesBy::Performance => Self::Performance(sold.show.key),
            SalesBy::Grade => Self::Grade(sold.place.grade().to_owned()),
            SalesBy::TicketType => Self::TicketType(sold.ticket_type.to_string()),
            SalesBy::Day => Self::Day(sold.day),
            SalesBy::Channel => Self::Channel(sold.channel, sold.paid_by),
            SalesBy::Code => Self::Code(sold.code.as_ref().map(|(key, _)| *key)),
        }
    }
}

/// What was sold, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SalesFigures {
    /// Tickets.
    pub tickets: u32,
    /// How many of them were refunded.
    pub refunded_tickets: u32,
    /// What they cost, less what codes took off.
    pub prices: i64,
    /// What was asked for them beside.
    pub fees: i64,
    /// Payments' own fees.
    pub order_fees: i64,
    /// What codes took off.
    pub discounts: i64,
    /// What went back for them, payments' own fees included.
    pub refunded: i64,
}

impl SalesFigures {
    /// What was paid.
    pub fn amount(&self) -> Amount {
        Amount(self.prices + self.fees + self.order_fees)
    }

    fn add(&mut self, sold: &SoldTicket) {
        self.tickets += 1;
        self.refunded_tickets += u32::from(sold.refunded.is_some());
        self.prices += sold.price.0;
        self.fees += sold.fee.0;
        self.order_fees += sold.order_fee.0;
        self.discounts += sold.discount.0;
        self.refunded += sold.refunded.unwrap_or_default().0 + sold.order_fee_refunded.0;
    }
}

/// A line of the report.
#[derive(Clone, Debug)]
pub struct SalesLine {
    /// A performance of it.
    pub show: Arc<Show>,
    /// The code, where lines are of codes.
    pub code: Option<Arc<NamedCode>>,
    /// The figures.
    pub figures: SalesFigures,
}

/// The report while it is made.
#[derive(Clone, Debug)]
pub struct Sales {
    by: SalesBy,
    walk: SoldWalk,
    /// Its lines.
    pub lines: BTreeMap<Group, SalesLine>,
    /// All of them together.
    pub total: SalesFigures,
}

impl Sales {
    /// Of what this walk finds.
    pub fn new(by: SalesBy, walk: SoldWalk) -> Self {
        Self { by, walk, lines: BTreeMap::new(), total: SalesFigures::default() }
    }

    /// Reads on by one piece. Gives whether there is more.
    ///
    /// # Errors
    /// [`ReportError::TooLong`].
    pub fn step(&mut self, tx: &Tx) -> Result<bool, ReportError> {
        for sold in self.walk.read(tx, usize::MAX)? {
            self.total.add(&sold);
            let line = match self.lines.entry(Group::of(self.by, &sold)) {
                Entry::Occupied(line) => line.into_mut(),
                Entry::Vacant(new) => new.insert(SalesLine {
                    show: sold.show.clone(),
                    code: sold.code.as_ref().map(|(_, code)| code.clone()),
                    figures: SalesFigures::default(),
                }),
            };
            line.figures.add(&sold);
        }
        if self.lines.len() > MOST_LINES {
            return Err(ReportError::TooLong);
        }
        Ok(!self.walk.is_done())
    }
}
