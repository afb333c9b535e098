//! Time: one of the two things the product takes from outside (the other is `entropy`).
//!
//! Nothing else may ask the operating system for the time of day: tests run on a scripted clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

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
    /// The present moment.
    fn now(&self) -> Instant;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant(i64::try_from(since_epoch.as_millis()).unwrap_or(LATEST_MS))
    }
}

/// A clock that stands still until a test moves it, forwards or backwards.
#[derive(Clone)]
pub struct ScriptedClock(Arc<AtomicI64>);

impl ScriptedClock {
    /// A clock that shows `start`.
    pub fn at(start: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(start.0)))
    }

    /// Moves the clock to `instant`.
    pub fn set(&self, instant: Instant) {
        self.0.store(instant.0, Ordering::SeqCst);
    }

    /// Moves the clock by `ms`.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ScriptedClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}
