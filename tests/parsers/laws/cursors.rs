//! What stands in addresses: cursors, seats, instants, days.

use boxoffice::clock::Instant;
use boxoffice::http::page;
use boxoffice::ids::SeatId;
use boxoffice::report::period::Period;

use super::input::Input;

/// Beyond the last instant that a calendar has.
const NEVER_MS: i64 = 253_402_300_800_000;

/// What is read is written as it was, or at least to the same again.
pub fn law(bytes: &[u8]) {
    let mut input = Input(bytes);
    let Some(text) = input.text() else { return };
    if let Ok(Some((at, key))) = page::by_moment(Some(text.to_owned()), |key| key) {
        let written = page::of_moment(at, key);
        assert_eq!(page::by_moment(Some(written), |key| key).ok().flatten(), Some((at, key)), "{text:?}");
    }
    if let Ok(Some(key)) = page::cursor::<i64>(Some(text.to_owned())) {
        assert_eq!(page::cursor::<i64>(Some(key.to_string())).ok().flatten(), Some(key), "{text:?}");
    }
    if let Ok(seat) = text.parse::<SeatId>() {
        assert_eq!(seat.to_string(), text, "one spelling for each seat");
    }
    if let Some(instant) = Instant::parse_rfc3339(text) {
        assert!((0..NEVER_MS).contains(&instant.0), "{text:?} is {}", instant.0);
        let written = instant.to_rfc3339();
        assert_eq!(Instant::parse_rfc3339(&written), Some(instant), "{text:?} is written {written}");
    }
    let other = input.text();
    if let Ok(period) = Period::read(Some(text), other) {
        let [from, to] = [period.from, period.to].map(|day| day.map(|day| day.to_string()));
        assert_eq!((from.as_deref(), to.as_deref()), (Some(text), other), "one spelling for each day");
        let is_any_day_of_it = period.from.is_some_and(|day| period.has(day));
        assert!(is_any_day_of_it, "{text} to {other:?} has a first day");
    }
}
