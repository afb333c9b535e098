//! The rule by which the box office's time follows the machine's two clocks: the wall clock, which anyone may set, and
//! the monotonic one, which counts what has really passed (a suspended machine's time included). Readings in, time out;
//! it reads no clock itself.
//!
//! - **What lasts runs with elapsed time.** The office's time is the wall clock's at the start plus what has passed since.
//!   A wall clock set back must not keep seats for an hour longer, one set forward must not end visits.
//! - **It draws near, slowly.** Once the wall clock has kept a new offset for [`STANDS_MS`], the office's time runs faster
//!   or slower by one part in [`SLEW`] until it fits, and never by more than [`MOST_SLEW_MS`] at one look. It never goes
//!   back. An hour takes four days of that, a hold of five minutes errs by three seconds; a restart takes the wall
//!   clock over at once. A machine that started before its clock was set (the office's time lies before [`UNSET_MS`]) leaps
//!   when it is set, instead of living in 1970 for years.
//! - **What is promised for a time of day follows the wall clock**, since a wrong clock that was set right must not start
//!   a sale at a wrong hour. But a draw cannot be undone: nothing rests on a leap of the last minute. A leap forward
//!   counts only once it has stood; a leap back counts at once, because waiting can be made up for. So a draw is made when
//!   the wall clock both says so now and has done so steadily.
//! - **Silence counts only while somebody listened.** After a gap between two looks (suspended, stopped, stalled) or a
//!   leap, everyone's silence begins anew, as after a restart.

use crate::clock::time::Instant;

/// A new offset of the wall clock is believed once it has stood so long.
pub const STANDS_MS: i64 = 60_000;
/// The office's time runs faster or slower by one part in so many.
pub const SLEW: i64 = 100;
/// It is moved by no more at one look, however long ago the last was: no leap by another name.
pub const MOST_SLEW_MS: i64 = 50;
/// Readings of two clocks never fit exactly, and where the monotonic one is not disciplined it drifts.
const NOISE_MS: i64 = 50;
/// From here on a leap is told, and forgives silence.
const LOUD_MS: i64 = 500;
/// A process that looked no more often was away. It looks every second, and polls are half a minute apart at most.
pub const AWAY_MS: i64 = 5_000;
/// 2026-01-01: this program was written later. A clock that shows less was never set.
pub const UNSET_MS: i64 = 1_767_225_600_000;

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The wall clock, in milliseconds since 1970.
    pub wall_ms: i64,
    /// The monotonic clock, in milliseconds since some moment.
    pub elapsed_ms: i64,
}

/// What a look found that somebody should know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The process had not looked for so long.
    pub away_ms: Option<i64>,
    /// The wall clock was set by so much.
    pub leapt_ms: Option<i64>,
    /// A leap has stood; the time of day is ahead of the office's time by so much now.
    pub followed_ms: Option<i64>,
    /// A clock that had never been set was; the office's time leapt by so much.
    pub set_ms: Option<i64>,
}

/// A wall clock's offset that has yet to stand.
#[derive(Clone, Copy, Debug)]
struct Leap {
    offset_ms: i64,
    since_ms: i64,
}

/// The office's time. Offsets are what is added to the monotonic clock.
#[derive(Clone, Debug)]
pub struct Steady {
    office_ms: i64,
    /// The wall clock's, as it has stood.
    trusted_ms: i64,
    /// The wall clock's, as last seen.
    seen_ms: i64,
    leap: Option<Leap>,
    slewed_at_ms: i64,
    looked_at_ms: Option<i64>,
    awake_since: Instant,
}

impl Steady {
    /// Begins at what the wall clock shows. That it is watched begins with the first look.
    pub fn start(reading: Reading) -> Self {
        let offset_ms = reading.wall_ms - reading.elapsed_ms;
        Self {
            office_ms: offset_ms,
            trusted_ms: offset_ms,
            seen_ms: offset_ms,
            leap: None,
            slewed_at_ms: reading.elapsed_ms,
            looked_at_ms: None,
            awake_since: Instant(reading.wall_ms),
        }
    }

    /// What to add to the monotonic clock for the office's time.
    pub fn offset_ms(&self) -> i64 {
        self.office_ms
    }

    /// How much the time of day is ahead of the office's time.
    pub fn wall_ahead_ms(&self) -> i64 {
        let wall_ms = if self.leap.is_some() { self.trusted_ms.min(self.seen_ms) } else { self.trusted_ms };
        wall_ms - self.office_ms
    }

    /// Since when, in the office's time, somebody has been there to hear the silent.
    pub fn awake_since(&self) -> Instant {
        self.awake_since
    }

    /// Nothing is left of any leap, and nothing to draw near to.
    pub(super) fn is_settled(&self) -> bool {
        self.leap.is_none() && [self.trusted_ms, self.seen_ms].iter().all(|offset_ms| *offset_ms == self.office_ms)
    }

    /// As if looks had been taken until this reading, while it [was settled](Self::is_settled) and stayed so.
    pub(super) fn count_as_looked_at(&mut self, reading: Reading) {
        self.looked_at_ms = Some(reading.elapsed_ms);
        self.slewed_at_ms = reading.elapsed_ms;
    }

    /// Takes in a reading, no older than the one before.
    pub fn look(&mut self, reading: Reading) -> News {
        let now_ms = reading.elapsed_ms;
        let mut news = News::default();
        let gap_ms = self.looked_at_ms.replace(now_ms).map_or(0, |looked_at_ms| now_ms - looked_at_ms);
        news.away_ms = (gap_ms > AWAY_MS).then_some(gap_ms);
        let seen_ms = reading.wall_ms - now_ms;
        let leap_ms = seen_ms - std::mem::replace(&mut self.seen_ms, seen_ms);
        news.leapt_ms = (leap_ms.abs() >= LOUD_MS).then_some(leap_ms);
        if self.has_stood(now_ms, news.away_ms.is_some()) {
            self.trusted_ms = seen_ms;
            self.leap = None;
            if now_ms + self.office_ms < UNSET_MS && seen_ms > self.office_ms {
                news.set_ms = Some(seen_ms - self.office_ms);
                self.office_ms = seen_ms;
            } else {
                let ahead_ms = seen_ms - self.office_ms;
                news.followed_ms = (ahead_ms.abs() >= LOUD_MS).then_some(ahead_ms);
            }
        }
        self.slew(now_ms);
        if news.away_ms.is_some() || news.leapt_ms.is_some() || news.set_ms.is_some() {
            self.awake_since = Instant(now_ms + self.office_ms);
        }
        news
    }

    /// Whether the wall clock has kept an offset other than the trusted one for long enough, watched all the time.
    fn has_stood(&mut self, now_ms: i64, was_away: bool) -> bool {
        if (self.seen_ms - self.trusted_ms).abs() <= NOISE_MS {
            self.leap = None;
            return false;
        }
        match self.leap {
            Some(leap) if !was_away && (self.seen_ms - leap.offset_ms).abs() <= NOISE_MS => {
                now_ms - leap.since_ms >= STANDS_MS
            }
            _ => {
                self.leap = Some(Leap { offset_ms: self.seen_ms, since_ms: now_ms });
                false
            }
        }
    }

    fn slew(&mut self, now_ms: i64) {
        let wanted_ms = self.trusted_ms - self.office_ms;
        let allowed_ms = ((now_ms - self.slewed_at_ms) / SLEW).min(MOST_SLEW_MS);
        // Looks may follow each other too closely for a millisecond to be due: their time adds up.
        if wanted_ms == 0 || allowed_ms > 0 {
            self.office_ms += wanted_ms.clamp(-allowed_ms, allowed_ms);
            self.slewed_at_ms = now_ms;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::{TestCaseError, TestCaseResult};

    use super::{AWAY_MS, Instant, MOST_SLEW_MS, News, Reading, SLEW, STANDS_MS, Steady};

    const START: Reading = Reading { wall_ms: 1_800_000_000_000, elapsed_ms: 5_000_000 };
    const SECOND_MS: i64 = 1_000;
    const HOUR_MS: i64 = 3_600_000;

    /// Both clocks of a machine, and the rule that watches them.
    struct Machine {
        clocks: Reading,
        steady: Steady,
    }

    impl Machine {
        fn at(clocks: Reading) -> Self {
            let mut steady = Steady::start(clocks);
            steady.look(clocks);
            Self { clocks, steady }
        }

        fn now_ms(&self) -> i64 {
            self.clocks.elapsed_ms + self.steady.offset_ms()
        }

        fn time_of_day_ms(&self) -> i64 {
            self.now_ms() + self.steady.wall_ahead_ms()
        }

        fn pass(&mut self, ms: i64) -> News {
            self.clocks.elapsed_ms += ms;
            self.clocks.wall_ms += ms;
            self.steady.look(self.clocks)
        }

        /// With a look every second, as the box office takes them.
        fn watched(&mut self, ms: i64) -> Vec<News> {
            (0..ms / SECOND_MS).map(|_| self.pass(SECOND_MS)).filter(|news| *news != News::default()).collect()
        }

        fn set_wall_by(&mut self, ms: i64) -> News {
            self.clocks.wall_ms += ms;
            self.steady.look(self.clocks)
        }
    }

    #[test]
    fn a_leap_ends_nothing_and_starts_nothing_before_it_has_stood() {
        for leap_ms in [2 * SECOND_MS, 300 * SECOND_MS, HOUR_MS, 24 * HOUR_MS] {
            let mut machine = Machine::at(START);
            let news = machine.set_wall_by(leap_ms);
            assert_eq!(news, News { leapt_ms: Some(leap_ms), ..News::default() });
            assert_eq!(machine.watched(STANDS_MS - SECOND_MS), [], "told once");
            assert_eq!(machine.now_ms(), START.wall_ms + STANDS_MS - SECOND_MS);
            assert_eq!(machine.time_of_day_ms(), machine.now_ms());

            let news = machine.pass(SECOND_MS);
            assert_eq!(news, News { followed_ms: Some(leap_ms), ..News::default() });
            assert_eq!(machine.time_of_day_ms(), machine.clocks.wall_ms);
            assert!(machine.now_ms() <= START.wall_ms + STANDS_MS + MOST_SLEW_MS);
        }
    }

    #[test]
    fn a_leap_that_is_taken_back_leaves_nothing() {
        for leap_ms in [2 * SECOND_MS, 24 * HOUR_MS, -2 * SECOND_MS, -24 * HOUR_MS] {
            let mut machine = Machine::at(START);
            machine.set_wall_by(leap_ms);
            machine.watched(STANDS_MS - SECOND_MS);
            assert_eq!(machine.set_wall_by(-leap_ms).leapt_ms, Some(-leap_ms));
            assert_eq!((machine.steady.wall_ahead_ms(), machine.now_ms()), (0, machine.clocks.wall_ms));
            assert_eq!(machine.watched(HOUR_MS), []);
            assert_eq!(machine.now_ms(), machine.clocks.wall_ms);
        }
    }

    #[test]
    fn a_wall_clock_set_back_holds_a_sale_back_at_once_and_ends_nothing_later() {
        let mut machine = Machine::at(START);
        machine.set_wall_by(-HOUR_MS);
        assert_eq!(machine.time_of_day_ms(), START.wall_ms - HOUR_MS);
        machine.watched(300 * SECOND_MS);
        let passed_ms = machine.now_ms() - START.wall_ms;
        assert!((297 * SECOND_MS..=300 * SECOND_MS).contains(&passed_ms), "five minutes: {passed_ms}");
        assert_eq!(machine.time_of_day_ms(), machine.clocks.wall_ms);
    }

    #[test]
    fn a_gap_and_a_leap_forgive_silence_and_nothing_else_does() {
        let mut machine = Machine::at(START);
        machine.watched(HOUR_MS);
        assert_eq!(machine.steady.awake_since(), Instant(START.wall_ms));
        assert_eq!(machine.pass(AWAY_MS), News::default(), "a slow second");
        assert_eq!(machine.pass(75 * SECOND_MS), News { away_ms: Some(75 * SECOND_MS), ..News::default() });
        assert_eq!(machine.steady.awake_since(), Instant(machine.now_ms()));
        assert_eq!(machine.now_ms(), machine.clocks.wall_ms, "it has passed all the same");
        machine.watched(HOUR_MS);
        machine.set_wall_by(300 * SECOND_MS);
        assert_eq!(machine.steady.awake_since(), Instant(machine.now_ms()));
    }

    #[test]
    fn a_leap_has_to_stand_while_it_is_watched() {
        let mut machine = Machine::at(START);
        machine.set_wall_by(HOUR_MS);
        assert_eq!(machine.pass(10 * STANDS_MS).followed_ms, None);
        assert_eq!(machine.watched(STANDS_MS - SECOND_MS), []);
        assert_eq!(machine.pass(SECOND_MS).followed_ms, Some(HOUR_MS));
    }

    #[test]
    fn a_machine_that_started_before_its_clock_was_set_does_not_live_in_1970() {
        let mut machine = Machine::at(Reading { wall_ms: 60_000, elapsed_ms: 60_000 });
        machine.set_wall_by(START.wall_ms);
        let news = machine.watched(STANDS_MS);
        assert_eq!(news, [News { set_ms: Some(START.wall_ms), ..News::default() }]);
        assert_eq!(machine.now_ms(), machine.clocks.wall_ms);
        assert_eq!(machine.steady.awake_since(), Instant(machine.now_ms()));
    }

    #[test]
    fn a_monotonic_clock_that_drifts_is_followed() {
        let mut machine = Machine::at(START);
        for second in 0..24 * 3600 {
            // 100 parts in a million: nine seconds a day.
            machine.clocks.wall_ms += i64::from(second % 10 == 0);
            machine.pass(SECOND_MS);
            let apart_ms = machine.clocks.wall_ms - machine.now_ms();
            assert!((0..200).contains(&apart_ms), "after {second} s: {apart_ms} ms");
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Pass(i64),
        Watched(i64),
        Set(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let size = || prop_oneof![0..100_i64, 0..10_000_i64, 0..10_000_000_i64];
        prop_oneof![
            3 => size().prop_map(Step::Pass),
            3 => (0..200_i64).prop_map(|seconds| Step::Watched(seconds * SECOND_MS)),
            2 => (size(), any::<bool>()).prop_map(|(ms, back)| Step::Set(if back { -ms } else { ms })),
        ]
    }

    /// What must hold from one look to the next.
    fn look(machine: &mut Machine, change: impl FnOnce(&mut Machine) -> News) -> TestCaseResult {
        let (now_ms, elapsed_ms) = (machine.now_ms(), machine.clocks.elapsed_ms);
        let believed_ms = machine.clocks.elapsed_ms - machine.time_of_day_ms();
        change(machine);
        let (office_ms, real_ms) = (machine.now_ms() - now_ms, machine.clocks.elapsed_ms - elapsed_ms);
        prop_assert!(office_ms >= 0, "it went back by {} ms", -office_ms);
        let erred_ms = (office_ms - real_ms).abs();
        // Time that was too short to be slewed may have added up before.
        prop_assert!(erred_ms <= (real_ms + SLEW) / SLEW && erred_ms <= MOST_SLEW_MS, "{real_ms} took {office_ms}");
        prop_assert!(
            machine.time_of_day_ms() <= machine.clocks.wall_ms.max(machine.clocks.elapsed_ms - believed_ms) + 50
        );
        Ok(())
    }

    #[test]
    fn it_never_goes_back_never_leaps_and_ends_up_at_the_wall_clock() {
        let seed: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_125);
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = proptest::test_runner::TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &bytes);
        let config = ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() };
        let mut runner = proptest::test_runner::TestRunner::new_with_rng(config, rng);
        let result = runner.run(&vec(step(), 1..40), |steps| {
            let mut machine = Machine::at(START);
            for step in steps {
                match step {
                    Step::Pass(ms) => look(&mut machine, |machine| machine.pass(ms))?,
                    Step::Watched(ms) => {
                        for _ in 0..ms / SECOND_MS {
                            look(&mut machine, |machine| machine.pass(SECOND_MS))?;
                        }
                    }
                    Step::Set(ms) => look(&mut machine, |machine| machine.set_wall_by(ms))?,
                }
            }
            let settles_in_ms = (machine.clocks.wall_ms - machine.now_ms()).abs() * (SLEW + 1) + 2 * STANDS_MS;
            // Days of it: looks further apart, but as dense as to count as watched.
            for _ in 0..settles_in_ms / AWAY_MS {
                machine.pass(AWAY_MS);
            }
            let apart_ms = (machine.clocks.wall_ms - machine.now_ms()).abs();
            match apart_ms <= 50 && (machine.clocks.wall_ms - machine.time_of_day_ms()).abs() <= 50 {
                true => Ok(()),
                false => Err(TestCaseError::fail(format!("still {apart_ms} ms apart"))),
            }
        });
        if let Err(error) = result {
            panic!("SEED={seed}: {error}");
        }
    }
}
