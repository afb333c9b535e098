//! What was sold since the start, counted from what was committed, for whoever shows figures.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use crate::clock::Instant;
use crate::money::Amount;
use crate::picture::Memory;

/// A payment was made.
#[derive(Clone, Copy, Debug)]
pub struct Paid {
    /// Its tickets.
    pub tickets: u64,
    /// What was paid.
    pub amount: Amount,
}

/// What was sold since the start.
#[derive(Debug, Default)]
pub struct Sales {
    payments: AtomicU64,
    tickets: AtomicU64,
    takings: AtomicI64,
}

impl Sales {
    /// Payments, tickets, and what was paid in minor units.
    pub fn so_far(&self) -> (u64, u64, i64) {
        (self.payments.load(Relaxed), self.tickets.load(Relaxed), self.takings.load(Relaxed))
    }
}

impl Memory<Paid> for Sales {
    fn apply(&self, facts: &[&Paid], _: Instant) {
        self.payments.fetch_add(facts.len() as u64, Relaxed);
        self.tickets.fetch_add(facts.iter().map(|paid| paid.tickets).sum(), Relaxed);
        self.takings.fetch_add(facts.iter().map(|paid| paid.amount.0).sum(), Relaxed);
    }
}
