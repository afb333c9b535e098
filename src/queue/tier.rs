//! Tiers: in which part of a draw an entry takes part. Pure: no store, no clock.

use std::ops::RangeInclusive;

use crate::clock::Instant;
use crate::column::column_newtype;

/// A part of the draw. All numbers of a lower tier come before those of a higher one; within a tier they are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Tier(pub u8);
column_newtype!(Tier);

/// The tiers that a presale may give.
pub const PRESALE_TIERS: RangeInclusive<u8> = 1..=9;

impl Tier {
    /// Everybody's, after all of a presale.
    pub const STANDARD: Self = Self(10);

    /// The tier's number, unless it is everybody's.
    pub fn presale(self) -> Option<u8> {
        (self < Self::STANDARD).then_some(self.0)
    }
}

/// What lets its bearer join a queue before its draw, ahead of the others or earlier than they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The tier in which its bearer is drawn.
    pub tier: Tier,
    /// From when its bearer may join, where that is earlier than everybody may.
    pub opens_at: Option<Instant>,
}
