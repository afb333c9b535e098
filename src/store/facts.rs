//! What operations say for after their commit.

use crate::store::book::Done;
use crate::store::types::Fact;

/// The facts of an operation or a group, and what other nodes do again.
#[derive(Default)]
pub(super) struct Facts {
    /// Those told by the parts that every node does alike: other nodes tell them themselves.
    pub(super) of_parts: Vec<Fact>,
    pub(super) own: Vec<Fact>,
    pub(super) parts: Vec<Done>,
}

impl Facts {
    /// Takes in what the next operation said.
    pub(super) fn append(&mut self, mut next: Self) {
        self.of_parts.append(&mut next.of_parts);
        self.own.append(&mut next.own);
        self.parts.append(&mut next.parts);
    }

    /// All facts, in the order in which other nodes learn them: what is done alike comes first there, so it comes first here too.
    pub(super) fn into_all(mut self) -> Vec<Fact> {
        self.of_parts.append(&mut self.own);
        self.of_parts
    }
}
