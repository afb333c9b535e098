//! How long something takes, counted by a few steps: cheap enough for every request and every commit. Whoever shows figures
//! reads it; nothing is decided by it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The steps, in microseconds: what lasts no longer than one is counted by it.
const STEPS_US: [u64; 15] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    10_000_000,
];

/// Durations by their steps.
#[derive(Debug, Default)]
pub struct Histogram {
    /// One more for what lasts longer than the last step.
    counts: [AtomicU64; STEPS_US.len() + 1],
    sum_us: AtomicU64,
}

/// What a histogram shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// All durations together, in seconds.
    pub sum_seconds: f64,
    /// How many there were.
    pub count: u64,
    /// How many were above the step before and up to this, in seconds.
    pub steps: Vec<(f64, u64)>,
}

impl Histogram {
    /// Something took so long.
    pub fn took(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let step = STEPS_US.iter().position(|step| us <= *step).unwrap_or(STEPS_US.len());
        self.counts[step].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }

    /// What was counted so far.
    pub fn counted(&self) -> Counted {
        let ends = STEPS_US.iter().map(|us| *us as f64 / 1e6).chain([f64::INFINITY]);
        let steps: Vec<_> = ends.zip(&self.counts).map(|(end, count)| (end, count.load(Relaxed))).collect();
        let count = steps.iter().map(|(_, count)| count).sum();
        Counted { sum_seconds: self.sum_us.load(Relaxed) as f64 / 1e6, count, steps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_counted_by_its_step() {
        let histogram = Histogram::default();
        for us in [0, 100, 101, 9_999, 10_000, 99_000_000] {
            histogram.took(Duration::from_micros(us));
        }
        let counted = histogram.counted();
        let steps: Vec<_> = counted.steps.iter().filter(|(_, count)| *count > 0).copied().collect();
        assert_eq!(steps, [(0.0001, 2), (0.00025, 1), (0.01, 2), (f64::INFINITY, 1)]);
        assert_eq!((counted.count, counted.sum_seconds), (6, 99.0202));
    }
}
