//! How fast a line moves: measured, decaying, and honest about not knowing.

/// Older departures count for less; after this long for a third. Longer than a visit, so that visits that start
/// together and end together do not swing the estimate.
const MEMORY_MS: f64 = 180_000.0;
/// Fewer departures than this are no measurement.
const ENOUGH: u32 = 3;

/// The measured speed of departures from the hall while others wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Speed {
    departures: f64,
    watched_ms: f64,
    seen: u32,
    at_ms: i64,
}

impl Speed {
    /// Lets time pass until `now_ms`; it counts only while somebody waited and could be let in.
    pub(super) fn pass(&mut self, now_ms: i64, was_moving: bool) {
        let elapsed = (now_ms - self.at_ms).max(0) as f64;
        self.at_ms = now_ms;
        if was_moving {
            let kept = (-elapsed / MEMORY_MS).exp();
            self.departures *= kept;
            self.watched_ms = self.watched_ms * kept + MEMORY_MS * (1.0 - kept);
        }
    }

    /// Somebody left the hall and made room for one who waits.
    pub(super) fn depart(&mut self) {
        self.departures += 1.0;
        self.seen = self.seen.saturating_add(1);
    }

    /// Departures a millisecond, or `None` while unknown.
    pub(super) fn per_ms(&self) -> Option<f64> {
        (self.seen >= ENOUGH && self.watched_ms > 0.0).then(|| self.departures / self.watched_ms)
    }
}
