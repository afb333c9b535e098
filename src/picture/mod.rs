//! What memory knows of the data file, as a mechanism: each subject keeps a [`Memory`] of its own, and the facts of
//! every commit bring it up to date before any answer of that commit leaves. It can be thrown away and loaded again at any time.
//! Knows no subject: what a fact means is the subject's, when something is due is a [`Schedule`]'s.

mod schedule;

use std::any::Any;
use std::sync::Arc;

pub use schedule::Schedule;

use crate::clock::Instant;
use crate::store::Fact;

/// A subject's memory, as far as it wants to be told facts of this kind.
pub trait Memory<F>: Send + Sync + 'static {
    /// Takes over what a commit changed, in the order in which it happened. Runs on the writer thread: it must not wait, and
    /// costs every buyer of the commit what it takes.
    fn apply(&self, facts: &[&F], now: Instant);
}

/// Tells one memory what it wants to know of a commit.
type Tell = Box<dyn Fn(&[Fact], Instant) + Send>;

/// All memories, told of every commit.
#[derive(Default)]
pub struct Picture {
    memories: Vec<Tell>,
}

impl Picture {
    /// Tells this memory such facts of every commit from now on, after those that were added before it.
    #[must_use]
    pub fn with<F: Any, M: Memory<F>>(mut self, memory: Arc<M>) -> Self {
        self.memories.push(Box::new(move |facts, now| {
            let known: Vec<&F> = facts.iter().filter_map(|fact| fact.downcast_ref()).collect();
            if !known.is_empty() {
                memory.apply(&known, now);
            }
        }));
        self
    }

    /// Takes over a commit.
    pub fn publish(&self, facts: &[Fact], now: Instant) {
        self.memories.iter().for_each(|tell| tell(facts, now));
    }
}
