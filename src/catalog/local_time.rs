//! Instants on the venue's calendar and clock.

use jiff::tz::TimeZone;

use crate::clock::Instant;

/// True when `name` is an IANA time zone such as `Asia/Seoul`.
pub fn is_time_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// The zone of this name; UTC for an unknown one, which no concert has.
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// Date and time of an instant there: `2026-12-24`, `19:30`.
pub fn local(time_zone: &TimeZone, instant: Instant) -> (String, String) {
    let timestamp = jiff::Timestamp::from_millisecond(instant.0).unwrap_or_default();
    let local = timestamp.to_zoned(time_zone.clone());
    (local.strftime("%Y-%m-%d").to_string(), local.strftime("%H:%M").to_string())
}
