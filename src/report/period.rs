//! Which days a report is of, and where they begin and end in the books.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Instant;
use crate::ids::{PaymentKey, PostingKey, RefundKey};
use crate::refund;
use crate::report::error::ReportError;
use crate::store::Tx;
use crate::wallet;

/// Days on the venue's calendar, the first and the last included; from the beginning or up to now where none is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
}

impl Period {
    /// Reads days as `2026-12-24`.
    ///
    /// # Errors
    /// `ReportError::Invalid`.
    pub fn read(from: Option<&str>, to: Option<&str>) -> Result<Self, ReportError> {
        let day = |text: &str| {
            let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text);
            day.ok_or(ReportError::Invalid("from and to must be days such as 2026-12-24."))
        };
        let (from, to) = (from.map(day).transpose()?, to.map(day).transpose()?);
        match (from, to) {
            (Some(from), Some(to)) if to < from => Err(ReportError::Invalid("to must not be before from.")),
            _ => Ok(Self { from, to }),
        }
    }

    /// Whether this day is one of them.
    pub fn has(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// The venue's calendar.
#[derive(Clone, Debug)]
pub struct Calendar(TimeZone);

impl Calendar {
    /// By the terms in force.
    pub fn of(tx: &Tx) -> Self {
        Self(TimeZone::get(&tx.terms().time_zone).unwrap_or(TimeZone::UTC))
    }

    /// The day of an instant.
    pub fn day(&self, instant: Instant) -> Date {
        jiff::Timestamp::from_millisecond(instant.0).unwrap_or_default().to_zoned(self.0.clone()).date()
    }

    /// When a day begins: also where a change of clocks takes its midnight away.
    fn beginning(&self, day: Date) -> Instant {
        let midnight = day.to_zoned(self.0.clone());
        Instant(midnight.map_or(0, |midnight| midnight.timestamp().as_millisecond()))
    }
}

/// A span of the books: of each kind of rows those after the first key, up to and including the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Lines of balances' histories.
    pub postings: (PostingKey, PostingKey),
    /// Payments.
    pub payments: (PaymentKey, PaymentKey),
    /// Refunds.
    pub refunds: (RefundKey, RefundKey),
    /// Refunds up to this one are known.
    pub known_refunds: RefundKey,
    /// The state of the books that it is of.
    pub as_of: PostingKey,
}

impl Span {
    /// Where these days are, in the books as they stood at the posting `as_of`; as they stand now unless one is said.
    ///
    /// # Errors
    /// `ReportError::Invalid` for an `as_of` that has not come yet.
    pub fn of(tx: &Tx, period: Period, as_of: Option<PostingKey>) -> Result<Self, ReportError> {
        let last = wallet::books::last_posting(tx)?;
        let as_of = as_of.unwrap_or(last);
        if as_of > last || as_of < PostingKey(0) {
            return Err(ReportError::Invalid("as_of must be the `as_of` of a report."));
        }
        let calendar = Calendar::of(tx);
        let before = |day: Date| wallet::books::last_before(tx, calendar.beginning(day));
        let after = period.from.map(before).transpose()?.unwrap_or(PostingKey(0)).min(as_of);
        // There is none after the last day that a calendar has.
        let next = period.to.and_then(|to| to.tomorrow().ok());
        let up_to = next.map(before).transpose()?.unwrap_or(as_of).clamp(after, as_of);
        let payment = |at| wallet::books::last_payment(tx, at);
        let refund = |at| refund::books::last_refund(tx, at);
        Ok(Self {
            postings: (after, up_to),
            payments: (payment(after)?, payment(up_to)?),
            refunds: (refund(after)?, refund(up_to)?),
            known_refunds: refund(as_of)?,
            as_of,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let period = Period::read(Some("2026-12-24"), Some("2026-12-24")).unwrap();
        assert!(period.has(day("2026-12-24")) && !period.has(day("2026-12-23")) && !period.has(day("2026-12-25")));
        assert!(Period::default().has(day("0001-01-01")));
        for bad in ["", "24.12.2026", "2026-12-24T00:00:00Z", "2026-13-01", "20261224", " 2026-12-24"] {
            assert!(Period::read(Some(bad), None).is_err(), "{bad}");
            assert!(Period::read(None, Some(bad)).is_err(), "{bad}");
        }
        assert!(Period::read(Some("2026-12-25"), Some("2026-12-24")).is_err());
    }

    #[test]
    fn a_day_begins_on_the_venues_calendar() {
        let calendar = |name: &str| Calendar(TimeZone::get(name).unwrap());
        let day = "2026-12-24".parse().unwrap();
        let seoul = calendar("Asia/Seoul");
        assert_eq!(seoul.beginning(day).to_rfc3339(), "2026-12-23T15:00:00.000Z");
        assert_eq!(seoul.day(seoul.beginning(day)), day);
        assert_eq!(seoul.day(seoul.beginning(day).plus_ms(-1)), "2026-12-23".parse().unwrap());
        // That night Santiago's clocks went from 24 o'clock to one.
        let santiago = calendar("America/Santiago");
        let none = "2024-09-08".parse().unwrap();
        assert_eq!(santiago.beginning(none).to_rfc3339(), "2024-09-08T04:00:00.000Z");
        assert_eq!(santiago.day(santiago.beginning(none)), none);
    }
}
