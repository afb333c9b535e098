//! What is known of whoever asks on a connection, from what was asked there before: how often that was too much, and
//! whether it comes from outside. All requests on one connection share it. It decides how soon an answer leaves and in
//! which order connections are carried on; never what the answer is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// The second refusal in a row waits so long, each further one twice as long as the one before.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// More are not counted.
const MOST_REFUSED: u32 = 16;

/// Whoever asks on a connection.
pub(super) struct Asker {
    /// Requests that were refused because they were too many; half of them are forgotten with each that was not.
    refused: AtomicU32,
    /// Nobody inside has asked at the door.
    outside: AtomicBool,
}

impl Asker {
    /// Of whom nothing is known: who comes is outside, but for where many ask on one connection.
    pub(super) fn new(is_outside: bool) -> Arc<Self> {
        Arc::new(Self { refused: AtomicU32::new(0), outside: AtomicBool::new(is_outside) })
    }

    /// How long an answer waits before it leaves, `longest` at most. The first that says "too much" leaves at once; whoever
    /// asks on as if it had not been said hears each further one later, so that a crowd that cannot be served does not keep the
    /// cores from those who can.
    pub(super) fn waits(&self, is_too_much: bool, longest: Duration) -> Option<Duration> {
        let before = self.refused.load(Relaxed);
        // Only the connection's own task changes it. What is served now and then among refusals does not make them good.
        let after = if is_too_much { before.saturating_add(1).min(MOST_REFUSED) } else { before / 2 };
        self.refused.store(after, Relaxed);
        (is_too_much && before > 0).then(|| FIRST_WAIT.saturating_mul(1 << (before - 1).min(20)).min(longest))
    }

    /// Notes from where it asks.
    pub(super) fn set_outside(&self, is_outside: bool) {
        self.outside.store(is_outside, Relaxed);
    }

    pub(super) fn is_outside(&self) -> bool {
        self.outside.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_on_hears_each_refusal_later() {
        let asker = Asker::new(true);
        let longest = Duration::from_millis(300);
        let waits: Vec<_> = [false, true, true, true, true, true, false, true, false, false, true]
            .map(|is_too_much| asker.waits(is_too_much, longest).map_or(0, |wait| wait.as_millis()))
            .into();
        assert_eq!(waits, [0, 0, 50, 100, 200, 300, 0, 100, 0, 0, 0]);
    }
}
