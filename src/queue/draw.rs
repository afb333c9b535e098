//! The draw: a secret seed, published as a hash before and in the open afterwards, orders the entries.
//!
//! Every entry's place follows from `HMAC-SHA256(seed, entry id)`: the smallest comes first. Whoever has the seed and
//! the list of entries can recompute the order; whoever has only the hash cannot know it beforehand, nor can anyone
//! change the seed afterwards without the hash telling. Joining early, late or often changes nothing, because entry
//! ids are random. The method proves that the order was not made after the list; it cannot prove that the operator's
//! machine kept the seed to itself before.
//!
//! Who bears a presale code takes part in a tier of its own: the tiers come one after another, each drawn by itself, so
//! that luck decides among equals and the record shows how many came first.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::ids::{ConcertKey, Ordinal};
use crate::queue::tier::Tier;

/// The hash that is published when the queue is made: SHA-256 of the seed.
pub fn commitment(seed: &[u8; 32]) -> [u8; 32] {
    Sha256::digest(seed).into()
}

/// Makes each entry's ticket in the draw, of which the smallest is let in first. What depends on the seed alone is worked out once.
fn lots(seed: &[u8; 32]) -> impl Fn(Uuid) -> [u8; 32] {
    // A key of any length is a key to HMAC (RFC 2104), so this cannot fail; an empty lot would still be an order.
    let keyed = Hmac::<Sha256>::new_from_slice(seed).ok();
    move |entry| {
        let Some(mut mac) = keyed.clone() else { return [0; 32] };
        mac.update(entry.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// What was drawn, in the order that the seed gives it. Ties, which nobody will live to see, go by id.
pub fn order<T>(seed: &[u8; 32], entries: Vec<(T, Uuid)>) -> Vec<T> {
    let lot = lots(seed);
    let mut lots: Vec<_> = entries.into_iter().map(|(what, id)| (lot(id), id, what)).collect();
    lots.sort_unstable_by_key(|(lot, id, _)| (*lot, *id));
    lots.into_iter().map(|(_, _, what)| what).collect()
}

/// The order of a draw in tiers: each is drawn by itself, and a lower one comes first.
pub fn order_in_tiers<T>(seed: &[u8; 32], entries: impl IntoIterator<Item = (T, Tier, Uuid)>) -> Vec<T> {
    let mut tiers: BTreeMap<Tier, Vec<(T, Uuid)>> = BTreeMap::new();
    for (what, tier, id) in entries {
        tiers.entry(tier).or_default().push((what, id));
    }
    tiers.into_values().flat_map(|entries| order(seed, entries)).collect()
}

/// Some of a decided draw's numbers, which are written behind together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Piece {
    /// Whose draw.
    pub concert: ConcertKey,
    /// So many were written before: numbers, and entries in the order of joining.
    pub from: u32,
    /// So many are after.
    pub to: u32,
}

/// Who takes part in a draw: the entry, its tier and its public id.
pub type InDraw = (Ordinal, Tier, Uuid);

/// The numbers that follow from a seed and those who take part, to be written behind piece by piece.
pub struct Order {
    /// In the order of joining.
    numbers: Vec<(Ordinal, u32)>,
    /// In the order of numbers, from 1 on.
    turns: Vec<Ordinal>,
}

impl Order {
    /// Draws: a second's work for a million.
    pub fn of(seed: &[u8; 32], entries: &[InDraw]) -> Self {
        let turns = order_in_tiers(seed, entries.iter().copied());
        let mut numbers: Vec<_> = turns.iter().copied().zip(1..).collect();
        numbers.sort_unstable();
        Self { numbers, turns }
    }

    /// How many take part.
    pub fn count(&self) -> u32 {
        self.turns.len() as u32
    }

    /// The numbers of the entries from the `from`-th to before the `to`-th in the order of joining, counted from 0.
    pub fn numbers(&self, from: u32, to: u32) -> &[(Ordinal, u32)] {
        self.numbers.get(from as usize..to as usize).unwrap_or_default()
    }

    /// The entries with the numbers after `from` up to `to`.
    pub fn turns(&self, from: u32, to: u32) -> &[Ordinal] {
        self.turns.get(from as usize..to as usize).unwrap_or_default()
    }
}

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
