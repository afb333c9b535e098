//! What was answered, counted: by operation, status and duration, and refusals by their code. A request costs a look-up and
//! three additions.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::RwLock;

use crate::histogram::{Counted, Histogram};
use crate::http::Code;
use crate::server::shortcut;

/// Statuses are 100 to 599.
const STATUSES: usize = 500;

/// An operation, its answers by status, its durations.
pub(super) type Shown = (&'static str, Vec<(u16, u64)>, Counted);

/// Figures of all requests.
#[derive(Default)]
pub(super) struct Figures {
    of: RwLock<HashMap<&'static str, Arc<OfOperation>>>,
    /// What a whole line asks again and again needs no look-up.
    polls: Arc<OfOperation>,
    refusals: Refusals,
}

struct OfOperation {
    statuses: Box<[AtomicU64]>,
    took: Histogram,
}

struct Refusals([AtomicU64; Code::ALL.len()]);

impl Default for Refusals {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; Code::ALL.len()])
    }
}

impl Figures {
    /// A request was answered; `operation` is `-` where none did it.
    pub(super) fn answered(&self, operation: &'static str, status: u16, code: Option<Code>, took: Duration) {
        if operation == shortcut::OPERATION {
            self.polls.answered(status, took);
        } else if let Some(of) = self.of.read().get(operation) {
            of.answered(status, took);
        } else {
            self.of.write().entry(operation).or_default().answered(status, took);
        }
        if let Some(count) = code.and_then(|code| self.refusals.0.get(code as usize)) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Each operation with its answers by status and its durations, in the order of their names.
    pub(super) fn by_operation(&self) -> Vec<Shown> {
        let mut of: Vec<_> = self.of.read().iter().map(|(name, of)| (*name, of.clone())).collect();
        of.push((shortcut::OPERATION, self.polls.clone()));
        let shown = of.into_iter().map(|(name, of)| {
            let statuses = (100..).zip(&of.statuses).map(|(status, count)| (status, count.load(Relaxed)));
            (name, statuses.filter(|(_, count)| *count > 0).collect(), of.took.counted())
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort_by_key(|(name, ..)| *name);
        shown
    }

    /// How often each refusal came, of those that did.
    pub(super) fn refusals(&self) -> impl Iterator<Item = (Code, u64)> {
        let counts = self.refusals.0.iter().map(|count| count.load(Relaxed));
        Code::ALL.iter().copied().zip(counts).filter(|(_, count)| *count > 0)
    }
}

impl OfOperation {
    fn answered(&self, status: u16, took: Duration) {
        if let Some(count) = self.statuses.get(usize::from(status).saturating_sub(100)) {
            count.fetch_add(1, Relaxed);
        }
        self.took.took(took);
    }
}

impl Default for OfOperation {
    fn default() -> Self {
        let statuses = (0..STATUSES).map(|_| AtomicU64::new(0)).collect();
        Self { statuses, took: Histogram::default() }
    }
}
