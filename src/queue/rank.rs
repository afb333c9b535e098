//! Ranks among the waiting numbers: a bit per number and a count per block of 4,096.
//!
//! A rank adds the counts of the blocks before and the bits of one block, so it costs the same few hundred
//! nanoseconds for a hundred or a million waiting; a change touches one bit and one count. The sorted snapshot that
//! the design began with would be copied whole at each publication; this one is published by the change itself.

const WORDS_PER_BLOCK: usize = 64;

/// The set of numbers that wait.
#[derive(Default)]
pub(super) struct RankSet {
    words: Vec<u64>,
    blocks: Vec<u32>,
    len: u32,
}

fn place(number: u32) -> (usize, usize, u64) {
    let word = number as usize / 64;
    (word / WORDS_PER_BLOCK, word, 1 << (number % 64))
}

impl RankSet {
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    pub(super) fn insert(&mut self, number: u32) {
        let (block, word, bit) = place(number);
        if self.blocks.len() <= block {
            self.blocks.resize(block + 1, 0);
            self.words.resize((block + 1) * WORDS_PER_BLOCK, 0);
        }
        if self.words[word] & bit == 0 {
            self.words[word] |= bit;
            self.blocks[block] += 1;
            self.len += 1;
        }
    }

    pub(super) fn remove(&mut self, number: u32) {
        let (block, word, bit) = place(number);
        if self.words.get(word).is_some_and(|bits| bits & bit != 0) {
            self.words[word] &= !bit;
            self.blocks[block] -= 1;
            self.len -= 1;
        }
    }

    /// How many waiting numbers are smaller than `number`.
    pub(super) fn ahead_of(&self, number: u32) -> u32 {
        let (block, word, bit) = place(number);
        if block >= self.blocks.len() {
            return self.len;
        }
        let blocks: u32 = self.blocks[..block].iter().sum();
        let words: u32 = self.words[block * WORDS_PER_BLOCK..word].iter().map(|bits| bits.count_ones()).sum();
        blocks + words + (self.words[word] & (bit - 1)).count_ones()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::RankSet;

    #[test]
    fn ranks_equal_those_of_a_sorted_set() {
        let (mut ranks, mut sorted) = (RankSet::default(), BTreeSet::new());
        for step in 0..20_000_u32 {
            let number = step.wrapping_mul(2_654_435_761) % 9_000;
            if step % 3 == 0 {
                ranks.remove(number);
                sorted.remove(&number);
            } else {
                ranks.insert(number);
                sorted.insert(number);
            }
            if step % 50 == 0 {
                assert_eq!(ranks.ahead_of(number) as usize, sorted.range(..number).count(), "number {number}");
                assert_eq!(ranks.len() as usize, sorted.len());
            }
        }
        assert_eq!(ranks.ahead_of(1_000_000), ranks.len());
    }
}
