//! The alarm of a connection's task: it rings when a deadline has passed. It sleeps until some deadline, perhaps one that was met
//! since: setting it anew for each request would cost more.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Sleep, sleep_until};

use crate::server::pulse::Pulse;

pub(super) struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
    /// When it rings.
    rings: u64,
}

impl Alarm {
    pub(super) fn new() -> Self {
        Self { sleep: None, rings: u64::MAX }
    }

    /// True once it was ever set: from then on its task is polled now and then.
    pub(super) fn is_set(&self) -> bool {
        self.sleep.is_some()
    }

    /// True when at this time it sleeps and need not be set anew for `due`: it wakes the task that polled it last, which is always the
    /// same.
    pub(super) fn sleeps_on(&self, due: u64, now: u64) -> bool {
        self.is_set() && now < self.rings && self.rings <= due
    }

    /// Ready once the deadline `due` has passed, in the time of `pulse`.
    pub(super) fn poll(&mut self, due: u64, pulse: &Pulse, cx: &mut Context<'_>) -> Poll<()> {
        let rings = &mut self.rings;
        let sleep = self.sleep.get_or_insert_with(|| {
            *rings = due;
            Box::pin(sleep_until(pulse.at(due)))
        });
        if due < *rings {
            *rings = due;
            sleep.as_mut().reset(pulse.at(due));
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if pulse.now() >= due {
                return Poll::Ready(());
            }
            *rings = due;
            sleep.as_mut().reset(pulse.at(due));
        }
        Poll::Pending
    }
}
