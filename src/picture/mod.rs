//! What memory knows of the data file, as a mechanism: each subject keeps a [`Memory`] of its own, and the facts of
//! every commit bring it up to date before any answer of that commit leaves. It can be thrown away and loaded again at any time.
//! Knows no subject: what a fact means is the subject's, when something is due is a [`Schedule`]'s. Where other nodes follow,
//! the same facts go to the same memories there ([`Told`]).

mod schedule;
mod told;

use std::any::TypeId;
use std::sync::Arc;

pub use schedule::Schedule;
pub use told::{Plain, Told, read_words, words};

use crate::clock::Instant;
use crate::picture::told::Words;
use crate::store::{Fact, Hearer, Tx};

/// A subject's memory, as far as it wants to be told facts of this kind.
pub trait Memory<F>: Send + Sync + 'static {
    /// Takes over what a commit changed, in the order in which it happened. Runs on the writer thread: it must not wait, and
    /// costs every buyer of the commit what it takes.
    fn apply(&self, facts: &[&F], now: Instant);
}

/// What knows how to do a part of an operation again that every node does alike ([`Tx::alike`]).
pub trait Alike: Send + Sync + 'static {
    /// What such parts are called. Never changed, never another's.
    const NAME: &'static str;

    /// Does one again, with the rows as they were before its commit. Runs on the writer thread.
    ///
    /// # Errors
    /// Why it cannot be done.
    fn again(&self, tx: &Tx, words: &[u8]) -> Result<(), String>;
}

/// Does a part of one name again.
type Again = Box<dyn Fn(&Tx, &[u8]) -> Result<(), String> + Send>;

/// Tells one memory the facts of its kind.
type Tell = Box<dyn Fn(&[&Fact], Instant) + Send>;

/// All memories, told of every commit.
#[derive(Default)]
pub struct Picture {
    memories: Vec<(TypeId, Tell)>,
    words: Vec<Words>,
    alike: Vec<(&'static str, Again)>,
    leads: Vec<Box<dyn Fn(Instant) + Send>>,
}

impl Picture {
    /// Tells this memory such facts of every commit from now on, after those that were added before it.
    #[must_use]
    pub fn with<F: Told, M: Memory<F>>(mut self, memory: Arc<M>) -> Self {
        if !self.words.iter().any(|words| words.kind == TypeId::of::<F>()) {
            self.words.push(Words::of::<F>());
        }
        let tell = move |facts: &[&Fact], now| {
            let known: Vec<&F> = facts.iter().filter_map(|fact| fact.downcast_ref()).collect();
            memory.apply(&known, now);
        };
        self.memories.push((TypeId::of::<F>(), Box::new(tell)));
        self
    }

    /// Has parts of this name done by it where another node did them first.
    #[must_use]
    pub fn doing<A: Alike>(mut self, what: Arc<A>) -> Self {
        self.alike.push((A::NAME, Box::new(move |tx, words| what.again(tx, words))));
        self
    }

    /// Does this when a node that followed leads, before anything is changed there.
    #[must_use]
    pub fn when_it_leads(mut self, what: impl Fn(Instant) + Send + 'static) -> Self {
        self.leads.push(Box::new(what));
        self
    }

    /// Takes over a commit.
    pub fn publish(&self, facts: &[Fact], now: Instant) {
        let kinds = by_kind(facts);
        for (kind, tell) in &self.memories {
            if let Some((_, of_kind)) = kinds.iter().find(|(known, _)| known == kind) {
                tell(of_kind, now);
            }
        }
    }
}

/// A commit has facts of few kinds, but many of them: each is looked at once, not once for each memory.
fn by_kind(facts: &[Fact]) -> Vec<(TypeId, Vec<&Fact>)> {
    let mut kinds: Vec<(TypeId, Vec<&Fact>)> = Vec::new();
    for fact in facts {
        let kind = (**fact).type_id();
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, of_kind)) => of_kind.push(fact),
            None => kinds.push((kind, vec![fact])),
        }
    }
    kinds
}

impl Hearer for Picture {
    fn publish(&mut self, facts: Vec<Fact>, now: Instant) {
        Self::publish(self, &facts, now);
    }

    /// Facts that no memory learns are not told: nobody would learn them there either.
    fn write(&self, facts: &[Fact]) -> Result<Vec<u8>, String> {
        let mut told: Vec<(&str, Vec<u8>)> = Vec::new();
        for (kind, facts) in by_kind(facts) {
            if let Some(known) = self.words.iter().find(|words| words.kind == kind) {
                told.push((known.name, (known.write)(&facts)?));
            }
        }
        words(&told)
    }

    fn read(&self, tx: &Tx, told: &[u8]) -> Result<Vec<Fact>, String> {
        let told: Vec<(String, Vec<u8>)> = read_words(told)?;
        let mut facts = Vec::new();
        for (name, words) in &told {
            let known = self.words.iter().find(|known| known.name == name);
            let known = known.ok_or_else(|| format!("facts of {name} are not known to this version"))?;
            let read = (known.read)(tx, words);
            facts.append(&mut read.map_err(|error| format!("facts of {name}: {error}"))?);
        }
        Ok(facts)
    }

    fn again(&self, tx: &Tx, name: &str, words: &[u8]) -> Result<(), String> {
        let known = self.alike.iter().find(|(known, _)| *known == name);
        let (_, again) = known.ok_or("it is not known to this version")?;
        again(tx, words)
    }

    fn lead(&mut self, now: Instant) {
        self.leads.iter().for_each(|what| what(now));
    }
}
