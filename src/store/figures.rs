//! What the writer has done, for whoever shows it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::histogram::Histogram;

/// Figures of the writer since the start.
#[derive(Debug, Default)]
pub struct Figures {
    /// Operations in committed groups.
    operations: AtomicU64,
    run_again: AtomicU64,
    /// How long the operations of a group ran.
    pub run: Histogram,
    /// How long a commit took, with its sync.
    pub commit: Histogram,
}

impl Figures {
    pub(super) fn committed(&self, operations: usize, run: Duration, commit: Duration) {
        self.operations.fetch_add(operations as u64, Relaxed);
        self.run.took(run);
        self.commit.took(commit);
    }

    pub(super) fn ran_again(&self) {
        self.run_again.fetch_add(1, Relaxed);
    }

    /// How many operations committed groups had.
    pub fn operations(&self) -> u64 {
        self.operations.load(Relaxed)
    }

    /// How many groups ran a second time because an operation failed after it had changed something. An ordinary refusal
    /// never does that.
    pub fn groups_run_again(&self) -> u64 {
        self.run_again.load(Relaxed)
    }
}
