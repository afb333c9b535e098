//! The machine's own clocks, watched by the [rule](Steady) that says what of them the box office believes. Must not be asked by
//! anything but the process itself: everybody else has a [`Clock`].

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::clock::steady::{News, Reading, Steady};
use crate::clock::time::{Clock, Instant, LATEST_MS};

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
