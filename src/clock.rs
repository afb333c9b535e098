//! Time: one of the two things the product takes from outside (the other is `entropy`). Nothing else may ask the
//! operating system for the time of day: tests run on a scripted clock.
//!
//! There are two kinds of time. What **lasts** (a hold, a visit, a session, a silence) is counted on `Clock::now`, which
//! runs with elapsed time and never leaps. What is **promised for a time of day** (a sale's start, a show's) is measured by
//! `Clock::wall`, which follows the machine's clock with care. `Steady` has the rule and its reasons. On an
//! ordinary day both show the same.
//!
//! Across a restart there is no elapsed time to go by: the new process begins at the machine's clock, and every instant
//! in the data file is believed. If that clock was set back while the process was down, what was alive lasts longer by as
//! much; the rate of admissions alone is drawn near. If it was set forward, what it passed has ended.

mod scripted;
mod steady;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

pub use scripted::ScriptedClock;
pub use steady::{News, Reading, STANDS_MS, Steady};

use crate::column::column_newtype;

/// A moment, in milliseconds since 1970 UTC. Outside the process it is RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);
column_newtype!(Instant);

/// The latest instant RFC 3339 can write (the end of the year 9999); no duration carries an instant past it.
const LATEST_MS: i64 = 253_402_300_799_999;

impl Instant {
    /// This moment plus `ms` milliseconds, at most the end of the year 9999.
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms).min(LATEST_MS))
    }

    /// This moment plus `seconds`.
    pub fn plus_seconds(self, seconds: u32) -> Self {
        self.plus_ms(i64::from(seconds) * 1000)
    }

    /// This moment and so much longer.
    pub fn after(self, wait: Duration) -> Self {
        self.plus_ms(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
    }

    /// How long it is until then; nothing once it is past.
    pub fn until(self, then: Self) -> Duration {
        Duration::from_millis(u64::try_from(then.0 - self.0).unwrap_or(0))
    }

    /// Parses RFC 3339; an offset or `Z` is required. Fractions finer than a millisecond are cut.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let timestamp: jiff::Timestamp = text.parse().ok()?;
        let ms = timestamp.as_millisecond();
        (0..=LATEST_MS).contains(&ms).then_some(Self(ms))
    }

    /// RFC 3339 in UTC with milliseconds.
    pub fn to_rfc3339(self) -> String {
        self.to_string()
    }
}

/// As RFC 3339.
impl serde::Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// RFC 3339 in UTC with milliseconds.
impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(timestamp) => write!(f, "{timestamp:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present moment, in elapsed time: it never goes back and never leaps, whatever the machine's clock does.
    /// Counts a suspended machine's time too.
    fn now(&self) -> Instant;

    /// How much the time of day is ahead of [`Clock::now`], in milliseconds; negative when it is behind, 0 unless the
    /// machine's clock was set while the process lived. As of the last [`Clock::look`].
    fn wall_ahead_ms(&self) -> i64;

    /// Since when the process has been there to listen without a break. Whoever is silent has been so since then at most:
    /// before, nobody could be heard.
    fn awake_since(&self) -> Instant;

    /// Looks at the machine's clock and notes whether it was set and whether the process was away. Called once a second by
    /// a job, and before anything is done for which it matters.
    fn look(&self);

    /// The time of day, for what is promised for one. A leap forward counts only once it has stood.
    fn wall(&self) -> Instant {
        self.moment().wall
    }

    /// Both kinds of time at once.
    fn moment(&self) -> Moment {
        let now = self.now();
        Moment { now, wall: now.plus_ms(self.wall_ahead_ms()) }
    }
}

/// One moment on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// In elapsed time, for what lasts.
    pub now: Instant,
    /// The time of day, for what is promised for one.
    pub wall: Instant,
}

impl Moment {
    /// Both clocks show the same.
    pub fn on_time(now: Instant) -> Self {
        Self { now, wall: now }
    }
}

/// The machine's clocks. Reading it costs one call into the vDSO and three loads.
pub struct SystemClock {
    steady: Mutex<Steady>,
    /// What [`Steady`] said last, for those who only read.
    offset_ms: AtomicI64,
    wall_ahead_ms: AtomicI64,
    awake_since_ms: AtomicI64,
    /// The latest moment anyone was told.
    latest_ms: AtomicI64,
}

impl SystemClock {
    /// A clock that shows the machine's time of day now, and runs with elapsed time from here on.
    pub fn start() -> Self {
        let steady = Steady::start(read_machine());
        Self {
            offset_ms: AtomicI64::new(steady.offset_ms()),
            wall_ahead_ms: AtomicI64::new(0),
            awake_since_ms: AtomicI64::new(steady.awake_since().0),
            latest_ms: AtomicI64::new(i64::MIN),
            steady: Mutex::new(steady),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let read_ms = elapsed_ms() + self.offset_ms.load(Ordering::Acquire);
        // While the clock is held back, or between two threads, the reading may be a little behind what was told.
        let latest_ms = self.latest_ms.load(Ordering::Acquire);
        if read_ms <= latest_ms {
            return Instant(latest_ms);
        }
        Instant(read_ms.max(self.latest_ms.fetch_max(read_ms, Ordering::AcqRel)))
    }

    fn wall_ahead_ms(&self) -> i64 {
        self.wall_ahead_ms.load(Ordering::Acquire)
    }

    fn awake_since(&self) -> Instant {
        Instant(self.awake_since_ms.load(Ordering::Acquire))
    }

    fn look(&self) {
        let news = {
            let mut steady = self.steady.lock();
            // Read under the lock: an older reading must not follow a newer one.
            let news = steady.look(read_machine());
            self.awake_since_ms.store(steady.awake_since().0, Ordering::Release);
            self.offset_ms.store(steady.offset_ms(), Ordering::Release);
            self.wall_ahead_ms.store(steady.wall_ahead_ms(), Ordering::Release);
            news
        };
        tell(&news);
    }
}

fn tell(news: &News) {
    if let Some(away_ms) = news.away_ms {
        tracing::warn!(
            away_ms,
            "the process was away (asleep, stopped or stalled): nobody is dropped for that silence"
        );
    }
    if let Some(leap_ms) = news.leapt_ms {
        tracing::warn!(
            leap_ms,
            "the machine's clock was set: holds and visits go on in elapsed time, no sale starts by a leap forward \
             before it has stood for a minute"
        );
    }
    if let Some(ahead_ms) = news.followed_ms {
        tracing::warn!(
            ahead_ms,
            "the machine's clock stays as it was set: sales and shows start by it from now on; the box office's own \
             clock draws near by a hundredth of the time that passes, or at once by a restart"
        );
    }
    if let Some(by_ms) = news.set_ms {
        tracing::warn!(by_ms, "the machine's clock was set for the first time: the box office took it over");
    }
}

/// Both clocks at one moment. A thread that was put aside between them would see a leap where there is none, so it
/// reads again unless they were read within a millisecond.
fn read_machine() -> Reading {
    let mut before_ms = elapsed_ms();
    let mut reading = Reading { wall_ms: wall_ms(), elapsed_ms: elapsed_ms() };
    for _ in 0..10 {
        if reading.elapsed_ms - before_ms <= 1 {
            break;
        }
        before_ms = elapsed_ms();
        reading = Reading { wall_ms: wall_ms(), elapsed_ms: elapsed_ms() };
    }
    reading
}

fn wall_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(LATEST_MS).min(LATEST_MS)
}

/// Milliseconds that really passed since the machine started, asleep or awake.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn elapsed_ms() -> i64 {
    let at = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    at.tv_sec * 1000 + at.tv_nsec / 1_000_000
}

/// Milliseconds that passed since the first call. Where it stands still while the machine sleeps, the time of day seems
/// to leap forward afterwards, and is treated so.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn elapsed_ms() -> i64 {
    static FIRST: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    let now = std::time::Instant::now();
    let elapsed = now.duration_since(*FIRST.get_or_init(|| now));
    i64::try_from(elapsed.as_millis()).unwrap_or(LATEST_MS)
}

#[cfg(test)]
mod tests {
    use super::{Clock, SystemClock};

    #[test]
    fn nobody_is_told_an_earlier_moment_than_anyone_was_told_before() {
        let clock = SystemClock::start();
        let latest = parking_lot::Mutex::new(clock.now());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for turn in 0..2_000 {
                        let before = *latest.lock();
                        let now = clock.now();
                        assert!(now >= before, "{now:?} after {before:?}");
                        let mut latest = latest.lock();
                        *latest = now.max(*latest);
                        if turn % 100 == 0 {
                            // As if it had been held back.
                            clock.offset_ms.fetch_sub(1, std::sync::atomic::Ordering::AcqRel);
                        }
                    }
                });
            }
        });
    }
}
