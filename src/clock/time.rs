//! A moment, and what a clock has to say. Nothing here asks any clock.

use std::time::Duration;

use crate::column::column_newtype;

/// A moment, in milliseconds since 1970 UTC. Outside the process it is RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);
column_newtype!(Instant);

/// The latest instant RFC 3339 can write (the end of the year 9999); no duration carries an instant past it.
pub(super) const LATEST_MS: i64 = 253_402_300_799_999;

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

    /// For libraries that speak of it so.
    pub fn to_system(self) -> std::time::SystemTime {
        std::time::UNIX_EPOCH + Duration::from_millis(self.0.max(0).unsigned_abs())
    }

    /// RFC 3339 in UTC with milliseconds.
    pub fn to_rfc3339(self) -> String {
        self.to_string()
    }
}

/// As RFC 3339; between programs alone, its milliseconds.
impl serde::Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_i64(self.0) }
    }
}

/// What its `Serialize` wrote.
impl<'de> serde::Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Self);
        }
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("an instant in RFC 3339 is expected"))
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
