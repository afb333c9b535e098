//! Refunds as figures: the tickets that were refunded, added up by what is asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::ids::PerformanceKey;
use crate::money::Amount;
use crate::refund::{Cause, Way};
use crate::report::error::ReportError;
use crate::report::labels::Show;
use crate::report::refunded::{RefundedTicket, RefundedWalk};
use crate::report::sales::MOST_LINES;
use crate::report::walk::Walk;
use crate::store::Tx;

/// What refunds are added up by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum RefundsBy {
    /// By performance.
    #[default]
    Performance,
    /// By how the money went back.
    Way,
    /// By why it did.
    Cause,
    /// By day on the venue's calendar.
    Day,
}

/// What a line is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefundGroup {
    /// A performance.
    Performance(PerformanceKey),
    /// How.
    Way(Way),
    /// Why.
    Cause(Cause),
    /// A day.
    Day(Date),
}

/// What was refunded, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefundFigures {
    /// Tickets.
    pub tickets: u32,
    /// What went back for them.
    pub for_tickets: i64,
    /// What went back of payments' own fees.
    pub order_fees: i64,
}

impl RefundFigures {
    /// What went back in all.
    pub fn amount(&self) -> Amount {
        Amount(self.for_tickets + self.order_fees)
    }

    fn add(&mut self, of: &RefundedTicket) {
        self.tickets += 1;
        self.for_tickets += of.amount.0;
        self.order_fees += of.order_fee.0;
    }
}

/// The report while it is made.
#[derive(Clone, Debug)]
pub struct Refunds {
    by: RefundsBy,
    walk: RefundedWalk,
    /// Its lines, each with a performance of it.
    pub lines: BTreeMap<RefundGroup, (Arc<Show>, RefundFigures)>,
    /// All of them together.
    pub total: RefundFigures,
}

impl Refunds {
    /// Of what this walk finds.
    pub fn new(by: RefundsBy, walk: RefundedWalk) -> Self {
        Self { by, walk, lines: BTreeMap::new(), total: RefundFigures::default() }
    }

    /// Reads on by one piece. Gives whether there is more.
    ///
    /// # Errors
    /// [`ReportError::TooLong`].
    pub fn step(&mut self, tx: &Tx) -> Result<bool, ReportError> {
        for of in self.walk.read(tx, usize::MAX)? {
            self.total.add(&of);
            let group = match self.by {
                RefundsBy::Performance => RefundGroup::Performance(of.show.key),
                RefundsBy::Way => RefundGroup::Way(of.way),
                RefundsBy::Cause => RefundGroup::Cause(of.cause),
                RefundsBy::Day => RefundGroup::Day(of.day),
            };
            self.lines.entry(group).or_insert_with(|| (of.show.clone(), RefundFigures::default())).1.add(&of);
        }
        if self.lines.len() > MOST_LINES {
            return Err(ReportError::TooLong);
        }
        Ok(!self.walk.is_done())
    }
}
