//! Instants on the venue's calendar and clock.

use std::fmt;

use jiff::tz::TimeZone;

use crate::clock::Instant;

/// The zone of this name; UTC for an unknown one, which no concert has.
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// An instant on a venue's calendar and clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// `2026-12-24`.
    pub date: String,
    /// `19:30`.
    pub time: String,
    /// What that clock is ahead of UTC, `+09:00`: it tells hours apart that come twice.
    pub utc_offset: String,
}

/// `2026-12-24 19:30 (+09:00)`, as people read it.
impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.date, self.time, self.utc_offset)
    }
}

impl LocalTime {
    /// The same for the zone of this name.
    pub fn in_zone(time_zone: &str, instant: Instant) -> Self {
        Self::of(&zone(time_zone), instant)
    }

    /// What calendar and clock show there at this instant.
    pub fn of(time_zone: &TimeZone, instant: Instant) -> Self {
        let timestamp = jiff::Timestamp::from_millisecond(instant.0).unwrap_or_default();
        let local = timestamp.to_zoned(time_zone.clone());
        let show = |format: &str| local.strftime(format).to_string();
        Self { date: show("%Y-%m-%d"), time: show("%H:%M"), utc_offset: show("%:z") }
    }
}
