//! The decisions of the waiting room, without a store and without a clock.

use std::time::Duration;

use crate::clock::Instant;

/// How far admissions may catch up after a late wake-up. It bounds the burst that `admissions_per_minute` allows.
const CATCH_UP_US: i64 = 1_000_000;

/// The time between two admissions, in microseconds (minutes hold 60,000,000 of them).
pub fn admission_interval_us(per_minute: u32) -> i64 {
    60_000_000 / i64::from(per_minute.max(1))
}

/// When the rate allows the next admission, given when it was to be and what time it is.
///
/// A planned moment further away than one interval comes from a faster clock or an older, slower rate; it is drawn
/// near, so that a corrected clock cannot stop the line.
pub fn next_admission_us(planned_us: i64, per_minute: u32, now: Instant) -> i64 {
    planned_us.min(now.0 * 1000 + admission_interval_us(per_minute))
}

/// When the admission after one at `now` may be: a smooth rate, not a burst at each minute.
pub fn after_admission_us(allowed_us: i64, per_minute: u32, now: Instant) -> i64 {
    allowed_us.max(now.0 * 1000 - CATCH_UP_US) + admission_interval_us(per_minute)
}

/// How long a buyer with `ahead` others before them should wait before asking again: one second at the front, half a
/// minute at the back, so that a line of any length asks a bounded number of times a second.
///
/// In a fast line nobody sleeps longer than half of what the wait is estimated at: who is let in and does not know it
/// yet keeps a place that another could use.
pub fn poll_after(ahead: u32, estimated_wait_seconds: Option<u32>) -> Duration {
    const STEP_MS: u64 = 10;
    let by_distance = (1000 + u64::from(ahead) * STEP_MS).min(30_000);
    let half_the_wait = estimated_wait_seconds.map_or(u64::MAX, |seconds| u64::from(seconds) * 500);
    Duration::from_millis(by_distance.min(half_the_wait.max(1000)))
}

/// How long one stream counts as presence while its buyer waits: as long as a silent one would be waited for, and less by
/// up to a third, so that those who began together do not come back together.
pub fn follow_for(absence_seconds: u32, ordinal: u32) -> Duration {
    let absence_ms = u64::from(absence_seconds) * 1000;
    Duration::from_millis(absence_ms - ((scattered(ordinal) * (absence_ms / 3)) >> 32))
}

/// A place for an entry in 2^32: neighbours land far apart and everywhere equally often (Knuth's multiplicative hash).
fn scattered(ordinal: u32) -> u64 {
    u64::from(ordinal.wrapping_mul(2_654_435_761))
}

/// An admitted visit ends with its admission, or with its last hold where that is later.
pub fn visit_end(admitted_until: Instant, last_hold: Option<Instant>) -> Instant {
    last_hold.map_or(admitted_until, |hold| hold.max(admitted_until))
}

/// When to ask again before the draw: rarely while it is far, once after it when it is near.
///
/// All who wait would come back at the same moment, so each gets a place of its own in the time after the draw, which
/// is the longer the more there are. Places are scattered over the order of joining: who came early must not be the
/// first to learn the number.
pub fn poll_before_draw(ms_to_draw: i64, ordinal: u32, last_ordinal: u32) -> Duration {
    const SOONEST_MS: i64 = 500;
    const STEP_MS: u64 = 10;
    const LONGEST_MS: u64 = 29_000;
    let spread_ms = (u64::from(last_ordinal) * STEP_MS).min(LONGEST_MS);
    let after_ms = (scattered(ordinal) * spread_ms) >> 32;
    let ms = u64::try_from(ms_to_draw + SOONEST_MS).unwrap_or(0) + after_ms;
    Duration::from_millis(ms.clamp(1000, 30_000))
}

#[cfg(test)]
mod tests {
    use super::{follow_for, poll_after, poll_before_draw};

    #[test]
    fn a_slow_line_is_asked_by_distance_and_a_fast_one_by_its_speed() {
        let ms = |ahead, estimated| poll_after(ahead, estimated).as_millis();
        assert_eq!((ms(0, None), ms(500, None), ms(1_000_000, None)), (1000, 6000, 30_000));
        assert_eq!((ms(0, Some(0)), ms(500, Some(4)), ms(500, Some(3600))), (1000, 2000, 6000));
    }

    #[test]
    fn those_who_follow_come_back_before_they_count_as_silent_and_not_all_at_once() {
        let all: Vec<_> = (0..1_000).map(|ordinal| follow_for(300, ordinal).as_secs()).collect();
        assert!(all.iter().all(|seconds| (200..=300).contains(seconds)), "{all:?}");
        let first_half = all.iter().filter(|seconds| **seconds < 250).count();
        assert!((450..550).contains(&first_half), "{first_half} of 1,000");
    }

    #[test]
    fn a_long_line_does_not_come_back_all_at_once_after_the_draw() {
        let (waiting, ms_to_draw) = (100_000_u32, 700);
        let mut polls_in_second = [0_u32; 31];
        let mut early_comers = 0;
        for ordinal in 1..=waiting {
            let ms = poll_before_draw(ms_to_draw, ordinal, waiting).as_millis() as i64;
            assert!((ms_to_draw..=30_000).contains(&ms), "entry {ordinal} asks again after {ms} ms");
            polls_in_second[(ms / 1000) as usize] += 1;
            early_comers += u32::from(ms < 15_000 && ordinal <= waiting / 2);
        }
        assert!(polls_in_second.iter().all(|&polls| polls < 4_000), "{polls_in_second:?}");
        assert!((23_000..26_000).contains(&early_comers), "early comers are not served first: {early_comers}");
        let few: Vec<_> = (1..=1_000).map(|ordinal| poll_before_draw(700, ordinal, 1_000).as_millis()).collect();
        assert!(few.iter().all(|ms| (1_200..=11_200).contains(ms)), "ten milliseconds for each: {few:?}");
        assert!(few.iter().any(|ms| *ms > 11_000), "all of that time is used: {few:?}");
        assert_eq!(poll_before_draw(700, 1, 1).as_millis(), 1206, "alone, one asks shortly after the draw");
        assert_eq!(poll_before_draw(600_000, 7, 100).as_millis(), 30_000);
    }
}
