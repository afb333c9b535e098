//! Who was heard of at a node that follows: a bit for each entry, set by whoever asks there, taken every few seconds for the
//! leader, which alone drops the silent. On a node that leads nothing is noted: one comparison a request.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use uuid::Uuid;

use crate::ids::Ordinal;
use crate::standing::Standing;

/// How often a node tells the leader who was heard of.
pub const REPORT_EVERY: Duration = Duration::from_secs(5);
/// The leader takes nobody for silent before what other nodes heard must have come: twice, should one report be lost.
pub const LATE_MS: i64 = 2 * REPORT_EVERY.as_millis() as i64;
/// The first bytes of a queue's part of a report: its concert, and how many words follow.
const HEAD_BYTES: usize = 16 + 4;
/// Which word it is, and the word.
const WORD_BYTES: usize = 4 + 8;
/// A report is told in pieces of so many words at most.
const MOST_WORDS: usize = 64 << 10;
/// No piece has more bytes.
pub const MOST_REPORT_BYTES: usize = HEAD_BYTES + MOST_WORDS * WORD_BYTES;

/// Those of one queue who were heard of: words of 64 entries each, by their place, with a bit for each entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The queue's concert.
    pub concert: Uuid,
    /// Only those in which somebody was heard of.
    pub words: Vec<(u32, u64)>,
}

impl Heard {
    /// In pieces, as they are told to the leader.
    pub fn pieces(&self) -> impl Iterator<Item = (Self, Vec<u8>)> + '_ {
        self.words.chunks(MOST_WORDS).map(|words| {
            let piece = Self { concert: self.concert, words: words.to_vec() };
            let bytes = piece.to_bytes();
            (piece, bytes)
        })
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.words.len() * WORD_BYTES);
        bytes.extend_from_slice(self.concert.as_bytes());
        bytes.extend_from_slice(&(self.words.len() as u32).to_be_bytes());
        for (place, word) in &self.words {
            bytes.extend_from_slice(&place.to_be_bytes());
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        bytes
    }

    /// What a piece says; nothing when it is none.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (concert, rest) = bytes.split_first_chunk::<16>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        if rest.len() != (u32::from_be_bytes(*count) as usize).checked_mul(WORD_BYTES)? {
            return None;
        }
        let word = |bytes: &[u8]| {
            let (place, word) = bytes.split_first_chunk::<4>()?;
            Some((u32::from_be_bytes(*place), u64::from_be_bytes(*word.first_chunk::<8>()?)))
        };
        let words = rest.chunks_exact(WORD_BYTES).map(word).collect::<Option<_>>()?;
        Some(Self { concert: Uuid::from_bytes(*concert), words })
    }

    /// The entries.
    pub fn ordinals(&self) -> impl Iterator<Item = Ordinal> + '_ {
        let bits = |(place, word): (u32, u64)| {
            let set = (0..64).filter(move |bit| word >> bit & 1 == 1);
            set.filter_map(move |bit| Some(Ordinal(place.checked_mul(64)?.checked_add(bit)?)))
        };
        self.words.iter().copied().flat_map(bits)
    }
}

fn place(ordinal: Ordinal) -> (usize, u64) {
    (ordinal.0 as usize / 64, 1 << (ordinal.0 % 64))
}

/// The bits of one queue; none while nobody is told.
#[derive(Default)]
pub(super) struct Bits(Vec<AtomicU64>);

impl Bits {
    /// An entry was heard of.
    pub(super) fn note(&self, ordinal: Ordinal) {
        let (at, bit) = place(ordinal);
        // Most were heard of since the last report already: then nothing is written that other cores read.
        if let Some(word) = self.0.get(at)
            && word.load(Relaxed) & bit == 0
        {
            word.fetch_or(bit, Relaxed);
        }
    }

    /// Notes entries from now on, up to this one at least.
    pub(super) fn reach(&mut self, last: Ordinal) {
        let (at, _) = place(last);
        if at >= self.0.len() {
            // Some more, so that a crowd that joins does not move them each time.
            self.0.resize_with(at + 1 + at / 2, AtomicU64::default);
        }
    }

    /// As [`Bits::reach`], if entries are noted at all.
    pub(super) fn follow(&mut self, joined: Ordinal) {
        if !self.0.is_empty() {
            self.reach(joined);
        }
    }

    /// Notes nothing any more.
    pub(super) fn stop(&mut self) {
        self.0 = Vec::new();
    }

    pub(super) fn is_noting(&self) -> bool {
        !self.0.is_empty()
    }

    /// Takes what was noted since the last time.
    pub(super) fn take(&self) -> Vec<(u32, u64)> {
        let taken = self.0.iter().map(|word| if word.load(Relaxed) == 0 { 0 } else { word.swap(0, Relaxed) });
        (0..).zip(taken).filter(|(_, word)| *word != 0).collect()
    }

    /// Puts back what could not be told.
    pub(super) fn put_back(&self, words: &[(u32, u64)]) {
        for (at, bits) in words {
            if let Some(word) = self.0.get(*at as usize) {
                word.fetch_or(*bits, Relaxed);
            }
        }
    }
}

/// How late this node hears of whoever asks at another.
#[derive(Default)]
pub(super) struct Hearing {
    /// None in a picture that belongs to no office.
    standing: OnceLock<Arc<Standing>>,
}

impl Hearing {
    pub(super) fn among(&self, standing: Arc<Standing>) {
        let _ = self.standing.set(standing);
    }

    /// In milliseconds.
    pub(super) fn late_ms(&self) -> i64 {
        if self.standing.get().is_some_and(|standing| standing.has_nodes()) { LATE_MS } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_told_once_and_again_when_it_was_put_back() {
        let mut bits = Bits::default();
        bits.note(Ordinal(5));
        assert!(bits.take().is_empty(), "nobody is told");
        bits.reach(Ordinal(100));
        [1, 63, 64, 100].into_iter().for_each(|ordinal| bits.note(Ordinal(ordinal)));
        bits.note(Ordinal(1_000_000));
        let heard = Heard { concert: Uuid::nil(), words: bits.take() };
        assert_eq!(heard.ordinals().map(|ordinal| ordinal.0).collect::<Vec<_>>(), [1, 63, 64, 100]);
        assert!(bits.take().is_empty());
        bits.put_back(&heard.words);
        bits.follow(Ordinal(1_000_000));
        bits.note(Ordinal(1_000_000));
        assert_eq!(bits.take().len(), heard.words.len() + 1);
        bits.stop();
        bits.note(Ordinal(1));
        bits.follow(Ordinal(2));
        assert!(bits.take().is_empty() && !bits.is_noting());
    }

    #[test]
    fn a_report_is_read_as_it_was_written_and_nothing_else_is() {
        let words: Vec<_> = (0..150_000).map(|place| (place * 3, u64::from(place) | 1)).collect();
        let heard = Heard { concert: Uuid::from_u128(7), words };
        let pieces: Vec<_> = heard.pieces().collect();
        assert!(pieces.len() == 3 && pieces.iter().all(|(_, bytes)| bytes.len() <= MOST_REPORT_BYTES));
        let read = pieces.iter().map(|(piece, bytes)| {
            assert_eq!(Heard::of_bytes(bytes).as_ref(), Some(piece));
            piece.words.clone()
        });
        assert_eq!(read.flatten().collect::<Vec<_>>(), heard.words);
        let whole = &pieces[0].1;
        for broken in [&whole[..0], &whole[..19], &whole[..whole.len() - 1], &[whole.as_slice(), b"x"].concat()] {
            assert_eq!(Heard::of_bytes(broken), None);
        }
    }

    #[test]
    fn an_entry_beyond_all_numbers_is_nobody() {
        let heard = Heard { concert: Uuid::nil(), words: vec![(u32::MAX, u64::MAX)] };
        assert_eq!(heard.ordinals().count(), 0);
    }
}
