//! What a group is called in the book.

use crate::entropy::{Entropy, SystemEntropy};

/// One group's entry in the book: its number, and a mark that no other has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) seq: i64,
    pub(super) mark: Vec<u8>,
}

impl Record {
    /// Ends its transaction: commits it only if it is this record's, under this epoch. In one text, so that no COMMIT is carried
    /// out where the fence was, for whatever reason, not.
    pub(super) fn commit(&self, epoch: i64) -> String {
        let mark: String = self.mark.iter().map(|byte| format!("{byte:02x}")).collect();
        let seq = self.seq;
        format!(
            "SELECT 1 / count(*)::int FROM office WHERE epoch = {epoch} AND seq = {seq} AND mark = '\\x{mark}'; COMMIT"
        )
    }
}

/// Sixteen bytes that nobody has had.
pub(super) fn unlike_any_other() -> Vec<u8> {
    let mut bytes = vec![0; 16];
    SystemEntropy.fill(&mut bytes);
    bytes
}
