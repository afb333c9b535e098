//! What the operator reads of whom a running queue let in lately. Kept in memory, of what this process saw and of those who
//! were inside at its start; what became of all is counted in the queue's row.

use std::collections::{BTreeMap, VecDeque};

use crate::clock::Instant;

/// How many were let in lately, and how long they had waited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Buyers let in during the last minute, to the second.
    pub admitted_last_minute: u32,
    /// Half of those let in last waited at most so long.
    pub median_wait_ms: Option<i64>,
    /// Nineteen of twenty of those let in last waited at most so long.
    pub p95_wait_ms: Option<i64>,
}

/// So many waits are kept.
const WAITS: usize = 10_000;
/// So many seconds are counted.
const SECONDS: i64 = 60;

/// Whom a queue let in lately.
#[derive(Clone, Default)]
pub(super) struct Recent {
    waits_ms: VecDeque<i64>,
    in_second: BTreeMap<i64, u32>,
}

impl Recent {
    /// One was let in.
    pub(super) fn admit(&mut self, at: Instant, waited_ms: i64) {
        if self.waits_ms.len() >= WAITS {
            self.waits_ms.pop_front();
        }
        self.waits_ms.push_back(waited_ms);
        *self.in_second.entry(at.0.div_euclid(1000)).or_default() += 1;
        // One more than is asked for, in which a minute's first second may still lie.
        while self.in_second.len() as i64 > SECONDS + 1 {
            self.in_second.pop_first();
        }
    }

    /// The figures as of `now`. Sorts what is kept: for a copy, outside every lock.
    pub(super) fn figures(self, now: Instant) -> Figures {
        let mut waits = Vec::from(self.waits_ms);
        waits.sort_unstable();
        let at = |share: usize| waits.get((waits.len() * share / 100).min(waits.len().saturating_sub(1))).copied();
        let since = now.0.div_euclid(1000) - SECONDS;
        let admitted_last_minute = self.in_second.range(since..).map(|(_, count)| count).sum();
        Figures { admitted_last_minute, median_wait_ms: at(50), p95_wait_ms: at(95) }
    }
}
