//! What memory knows of the data file, as a mechanism: each subject keeps a [`Memory`] of its own, and the facts of
//! every commit bring it up to date before any answer of that commit leaves. It can be thrown away and loaded again at any time.
//! Knows no subject: what a fact means is the subject's, when something is due is a [`Schedule`]'s.

mod schedule;

use std::any::{Any, TypeId};
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

/// Tells one memory the facts of its kind.
type Tell = Box<dyn Fn(&[&Fact], Instant) + Send>;

/// All memories, told of every commit.
#[derive(Default)]
pub struct Picture {
    memories: Vec<(TypeId, Tell)>,
}

impl Picture {
    /// Tells this memory such facts of every commit from now on, after those that were added before it.
    #[must_use]
    pub fn with<F: Any, M: Memory<F>>(mut self, memory: Arc<M>) -> Self {
        let tell = move |facts: &[&Fact], now| {
            let known: Vec<&F> = facts.iter().filter_map(|fact| fact.downcast_ref()).collect();
            memory.apply(&known, now);
        };
        self.memories.push((TypeId::of::<F>(), Box::new(tell)));
        self
    }

    /// Takes over a commit.
    pub fn publish(&self, facts: &[Fact], now: Instant) {
        // A commit has facts of few kinds, but many of them: each is looked at once, not once for each memory.
        let mut kinds: Vec<(TypeId, Vec<&Fact>)> = Vec::new();
        for fact in facts {
            let kind = (**fact).type_id();
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, of_kind)) => of_kind.push(fact),
                None => kinds.push((kind, vec![fact])),
            }
        }
        for (kind, tell) in &self.memories {
            if let Some((_, of_kind)) = kinds.iter().find(|(known, _)| known == kind) {
                tell(of_kind, now);
            }
        }
    }
}
