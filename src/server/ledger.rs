//! Sums that have a bound: bytes of bodies that are not whole yet, bytes of answers that nobody reads. A bound on each
//! thing is none on all of them together. What is taken from a ledger is a value that gives it back when dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A sum of bytes and its bound.
#[derive(Debug)]
pub(super) struct Ledger {
    taken: AtomicUsize,
    most: usize,
}

impl Ledger {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), most })
    }

    /// The sum.
    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// True while the sum is above its bound.
    pub(super) fn is_over(&self) -> bool {
        self.taken() > self.most
    }

    /// Adds to the sum, whatever the bound says.
    fn take(&self, bytes: usize) {
        self.taken.fetch_add(bytes, Ordering::Relaxed);
    }

    fn give(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one holder has taken from the ledger of all and from that of its client.
#[derive(Debug)]
pub(super) struct Taken {
    all: Arc<Ledger>,
    own: Arc<Ledger>,
    bytes: usize,
}

impl Taken {
    pub(super) fn nothing(all: &Arc<Ledger>, own: &Arc<Ledger>) -> Self {
        Self { all: all.clone(), own: own.clone(), bytes: 0 }
    }

    /// Takes so much in all, more or less than before.
    pub(super) fn become_bytes(&mut self, bytes: usize) {
        if bytes > self.bytes {
            self.all.take(bytes - self.bytes);
            self.own.take(bytes - self.bytes);
        } else if bytes < self.bytes {
            self.all.give(self.bytes - bytes);
            self.own.give(self.bytes - bytes);
        }
        self.bytes = bytes;
    }

    /// True while everybody's sum, or this client's, is above its bound.
    pub(super) fn is_over(&self) -> bool {
        self.all.is_over() || self.own.is_over()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.become_bytes(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_given_back() {
        let (all, own, other) = (Ledger::new(10), Ledger::new(6), Ledger::new(6));
        let mut first = Taken::nothing(&all, &own);
        let mut second = Taken::nothing(&all, &other);
        first.become_bytes(6);
        assert!(!first.is_over());
        first.become_bytes(7);
        assert!(first.is_over() && !second.is_over(), "its own share is used up, not that of others");
        second.become_bytes(4);
        assert!(second.is_over(), "11 of 10");
        first.become_bytes(2);
        assert!(!first.is_over() && !second.is_over());
        drop(second);
        first.become_bytes(6);
        drop(first);
        assert_eq!(all.taken.load(Ordering::Relaxed), 0);
        assert_eq!(own.taken.load(Ordering::Relaxed), 0);
    }
}
