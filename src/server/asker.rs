//! What is known of whoever asks on a connection, from what was asked there before: how often that was too much, and
//! from where it came. All requests on one connection share it. It decides how soon an answer leaves and in
//! which order connections are carried on; never what the answer is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// The second refusal in a row waits so long at most, each further one twice as long as the one before.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// More are not counted.
const MOST_REFUSED: u32 = 16;

/// Steps of so much of the whole range, over its end and on from its beginning, each fall into the largest gap that those before
/// left: the golden ratio's part of 2³².
const GOLDEN: u32 = 0x9e37_79b9;

/// So many answers without a credential may a connection have on which nothing is known yet: a buyer who comes back looks at a
/// page or two before.
const MOST_UNKNOWN: u8 = 4;

/// Where in its range the last wait of all fell: each falls elsewhere, so that those who were refused in one moment do not all
/// ask again in one moment.
static PART: AtomicU32 = AtomicU32::new(0);

/// From where somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Side {
    /// Nobody has asked yet with anything that tells, and not often without.
    Unknown,
    /// Whoever asks was not let in, or asks on without saying who it is.
    Outside,
    /// A buyer who was let in, the staff, or somebody who speaks for many.
    Inside,
}

/// Whoever asks on a connection.
pub(super) struct Asker {
    /// Requests that were refused because they were too many; half of them are forgotten with each that was not.
    refused: AtomicU32,
    side: AtomicU8,
    /// Answers while nothing was known.
    unknown: AtomicU8,
}

impl Asker {
    pub(super) fn new(side: Side) -> Arc<Self> {
        Arc::new(Self { refused: AtomicU32::new(0), side: AtomicU8::new(side as u8), unknown: AtomicU8::new(0) })
    }

    /// How long an answer waits before it leaves, `longest` at most and no less than half of what that comes to. The first that
    /// says "too much" leaves at once; whoever asks on as if it had not been said hears each further one later, so that a crowd
    /// that cannot be served does not keep the cores from those who can.
    pub(super) fn waits(&self, is_too_much: bool, longest: Duration) -> Option<Duration> {
        let before = self.refused.load(Relaxed);
        // Only the connection's own task changes it. What is served now and then among refusals does not make them good.
        let after = if is_too_much { before.saturating_add(1).min(MOST_REFUSED) } else { before / 2 };
        self.refused.store(after, Relaxed);
        (is_too_much && before > 0).then(|| {
            let part = f64::from(PART.fetch_add(GOLDEN, Relaxed)) / f64::from(u32::MAX);
            FIRST_WAIT.saturating_mul(1 << (before - 1).min(20)).min(longest).mul_f64(0.5 + part / 2.0)
        })
    }

    /// An answer goes out: of whom nothing is known after some of them comes from outside.
    pub(super) fn answered(&self) {
        if self.side() == Side::Unknown {
            let before = self.unknown.fetch_add(1, Relaxed);
            if before + 1 >= MOST_UNKNOWN {
                self.set_side(Side::Outside);
                self.unknown.store(0, Relaxed);
            }
        }
    }

    /// Notes from where it asks.
    pub(super) fn set_side(&self, side: Side) {
        self.side.store(side as u8, Relaxed);
    }

    pub(super) fn side(&self) -> Side {
        match self.side.load(Relaxed) {
            0 => Side::Unknown,
            1 => Side::Outside,
            _ => Side::Inside,
        }
    }
}

impl Side {
    /// Of whom it is known whether they were let in.
    pub(super) fn of(is_inside: bool) -> Self {
        if is_inside { Self::Inside } else { Self::Outside }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const LONGEST: Duration = Duration::from_millis(300);

    #[test]
    fn who_asks_on_hears_each_refusal_later() {
        let asker = Asker::new(Side::Unknown);
        let asked = [false, true, true, true, true, true, false, true, false, false, true];
        let most = [0, 0, 50, 100, 200, 300, 0, 100, 0, 0, 0];
        for (is_too_much, most) in asked.into_iter().zip(most) {
            let wait = asker.waits(is_too_much, LONGEST).map_or(0, |wait| wait.as_millis());
            assert!((most / 2..=most).contains(&wait), "{wait} of {most}");
        }
    }

    #[test]
    fn who_was_refused_in_one_moment_does_not_come_back_in_one() {
        let crowd: Vec<_> = (0..1000).map(|_| Asker::new(Side::Outside)).collect();
        let last_wait = |asker: &Arc<Asker>| (0..6).fold(None, |_, _| asker.waits(true, LONGEST));
        let moments: BTreeSet<_> = crowd.iter().filter_map(last_wait).map(|wait| wait.as_millis()).collect();
        assert!(moments.len() > 140, "of 150 to 300 ms only {}", moments.len());
    }

    #[test]
    fn who_never_says_who_it_is_comes_from_outside_after_some_answers() {
        let asker = Asker::new(Side::Unknown);
        let sides: Vec<_> = (0..MOST_UNKNOWN).map(|_| (asker.answered(), asker.side()).1).collect();
        assert_eq!(sides, [Side::Unknown, Side::Unknown, Side::Unknown, Side::Outside]);
        asker.set_side(Side::Inside);
        (0..100).for_each(|_| asker.answered());
        assert_eq!(asker.side(), Side::Inside);
    }
}
