//! What was acknowledged: the drill's own books, which the venue's must agree with.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use uuid::Uuid;

/// What one buyer was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buyer {
    /// Top-ups that were acknowledged: how many, and how much.
    pub top_ups: (i64, i64),
    /// Payments by their ids: amount and seats.
    pub payments: BTreeMap<Uuid, (i64, i64)>,
}

impl Buyer {
    /// What must be left.
    pub fn balance(&self) -> i64 {
        self.top_ups.1 - self.payments.values().map(|(amount, _)| amount).sum::<i64>()
    }
}

/// All buyers of a drill, from its first round on.
#[derive(Clone)]
pub struct Ledger(Arc<Mutex<Told>>);

struct Told {
    buyers: BTreeMap<Uuid, Buyer>,
    changes: usize,
}

impl Ledger {
    /// With what stands already.
    pub fn after(stands: BTreeMap<Uuid, Buyer>) -> Self {
        Self(Arc::new(Mutex::new(Told { buyers: stands, changes: 0 })))
    }

    pub fn change(&self, buyer: Uuid, told: impl FnOnce(&mut Buyer)) {
        told(self.0.lock().buyers.entry(buyer).or_default());
    }

    pub fn count(&self) {
        self.0.lock().changes += 1;
    }

    pub fn buyers(&self) -> BTreeMap<Uuid, Buyer> {
        self.0.lock().buyers.clone()
    }

    pub fn payments(&self) -> usize {
        self.0.lock().buyers.values().map(|buyer| buyer.payments.len()).sum()
    }

    pub fn changes(&self) -> usize {
        self.0.lock().changes
    }
}
