//! What folding reads of an entry, and what it leaves of a queue's. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::Ordinal;
use crate::queue::record::{Ended, Queue};
use crate::queue::state::{Cause, EntryStatus};
use crate::queue::tier::Tier;

/// An entry, as far as folding is about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) ordinal: Ordinal,
    pub(super) id: Uuid,
    pub(super) tier: Tier,
    pub(super) number: Option<u32>,
    pub(super) status: EntryStatus,
    pub(super) cause: Option<Cause>,
    pub(super) joined_at: Instant,
}

impl Row {
    pub(super) fn is_living(&self) -> bool {
        matches!(self.status, EntryStatus::Waiting | EntryStatus::Admitted)
    }

    /// Did it take part in the draw? Then it stands in the draw's list, also while its number is still to be written (0).
    pub(super) fn was_drawn(&self, queue: &Queue) -> bool {
        queue.drawn_at.is_some() && self.ordinal <= queue.drawn_ordinal && self.number.is_some()
    }

    /// Nobody needs it once its token is over: no draw's list names it and no payment.
    pub(super) fn is_needless(&self, queue: &Queue) -> bool {
        !self.is_living() && self.status != EntryStatus::Completed && !self.was_drawn(queue)
    }
}

/// What was folded of a queue so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// How the folded entries ended.
    pub ended: Ended,
    /// How many of them had taken part in the draw.
    pub drawn_count: u32,
    /// What those were: `digest_after` says how.
    pub draw_digest: [u8; 32],
    /// When the last of those was folded.
    pub draw_folded_at: Option<Instant>,
}
