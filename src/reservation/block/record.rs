//! What a block is. No store, no clock.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{BlockKey, PerformanceKey, section_of};
use crate::reservation::seat::Stand;

/// Seats of one block at most.
pub const MOST_BLOCKED: usize = 1_000;

/// What is to be blocked.
#[derive(Clone, Debug)]
pub struct NewBlock {
    /// Why.
    pub reason: String,
    /// These.
    pub places: Places,
    /// Whether those of them that are held or sold are passed over; else nothing is blocked.
    pub skip_taken: bool,
}

/// Seats, or standing places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Places {
    /// These seats.
    Seats(Vec<u32>),
    /// So many places.
    Standing(Stand),
}

/// What of a block is to be freed.
#[derive(Clone, Debug)]
pub enum Freed {
    /// All of it.
    All,
    /// These seats.
    Seats(Vec<u32>),
    /// So many standing places.
    Standing(u32),
}

impl Freed {
    /// These seats, or standing places of one section.
    pub fn named(seat_numbers: &[u32]) -> Self {
        let sections: BTreeSet<_> = seat_numbers.iter().map(|seat_no| section_of(*seat_no)).collect();
        match (sections.len(), sections.first()) {
            (1, Some(Some(_))) => Self::Standing(seat_numbers.len() as u32),
            _ => Self::Seats(seat_numbers.to_vec()),
        }
    }
}

/// Places that are kept from sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Inside.
    pub key: BlockKey,
    /// Outside.
    pub id: Uuid,
    /// The performance.
    pub performance: PerformanceKey,
    /// Why.
    pub reason: String,
    /// The places that are still blocked.
    pub places: Places,
    /// When it was made.
    pub made_at: Instant,
}

impl Places {
    /// Nothing at all.
    pub fn is_none(&self) -> bool {
        match self {
            Self::Seats(seats) => seats.is_empty(),
            Self::Standing(stand) => stand.quantity == 0,
        }
    }
}

impl Stand {
    /// So many of them, and the others.
    pub(super) fn split(self, quantity: u32) -> (Places, Places) {
        let of = |quantity| Places::Standing(Self { quantity, ..self });
        (of(quantity), of(self.quantity - quantity))
    }
}
