//! Who learns what commits said, and in which words other nodes are told of it.

use crate::clock::Instant;
use crate::store::Tx;
use crate::store::types::{Fact, Publish};

/// Learns the facts of every commit. The store only hands them on; what they mean is for whoever hears them.
pub trait Hearer: Send {
    /// Takes over the facts of a commit, after it and before any of its answers leave.
    fn publish(&mut self, facts: Vec<Fact>, now: Instant);

    /// The facts of a commit in words for the nodes that follow.
    ///
    /// # Errors
    /// Why they cannot be written; the commit is refused then.
    fn write(&self, facts: &[Fact]) -> Result<Vec<u8>, String>;

    /// The facts that another node wrote down. `tx` sees the rows as that commit left them.
    ///
    /// # Errors
    /// Why they cannot be read: another version wrote them.
    fn read(&self, tx: &Tx, words: &[u8]) -> Result<Vec<Fact>, String>;

    /// Does a part again that another node did alike ([`Tx::alike`]), with the rows as they were before that commit.
    ///
    /// # Errors
    /// Why it cannot be done; the copy is given up then.
    fn again(&self, tx: &Tx, name: &str, words: &[u8]) -> Result<(), String>;

    /// This node followed and leads from now on; no change was asked for yet.
    fn lead(&mut self, now: Instant);
}

/// One that other nodes are told nothing by: of a data file, or of a book's rows alone.
impl Hearer for Publish {
    fn publish(&mut self, facts: Vec<Fact>, now: Instant) {
        self(facts, now);
    }

    fn write(&self, _: &[Fact]) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }

    fn read(&self, _: &Tx, _: &[u8]) -> Result<Vec<Fact>, String> {
        Ok(Vec::new())
    }

    fn again(&self, _: &Tx, name: &str, _: &[u8]) -> Result<(), String> {
        Err(format!("nobody here knows how to do {name}"))
    }

    fn lead(&mut self, _: Instant) {}
}
