//! Where one entry stands: what a buyer is told, from what memory keeps of the entry, its queue and the queue's speed.

use std::sync::atomic::{AtomicI64, Ordering};

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{Ordinal, UserKey};
use crate::queue::record::{Entry, Queue};
use crate::queue::rules;
use crate::queue::speed::Speed;
use crate::queue::state::{EntryStatus, QueueState};
use crate::queue::tier::Tier;

/// What memory keeps of one living entry.
pub(super) struct Slot {
    /// Tells the entry from another one of the same ordinal, see [`mark`].
    pub(super) mark: u64,
    pub(super) user: UserKey,
    pub(super) tier: Tier,
    pub(super) number: Option<u32>,
    pub(super) admitted_until: Option<Instant>,
    pub(super) ends_at: Instant,
    /// When the buyer was last heard of: a waiting one asking for the position, an admitted one doing anything.
    pub(super) seen_ms: AtomicI64,
    /// Found absent by the commit that is dropping it: no answer may say that it still lives.
    pub(super) given_up: bool,
}

/// The random half of an entry's id (RFC 9562 §5.7): after a restore the same ordinal is given to another entry, and a
/// token is only as good as the entry it was made for. Half of the id suffices, and keeps a long line small in memory.
pub(super) fn mark(entry: Uuid) -> u64 {
    entry.as_u64_pair().1
}

impl Slot {
    pub(super) fn new(entry: &Entry, now: Instant) -> Self {
        Self {
            mark: mark(entry.id),
            user: entry.user,
            tier: entry.tier,
            number: entry.number,
            admitted_until: entry.admitted_until,
            ends_at: entry.ends_at,
            seen_ms: AtomicI64::new(now.0),
            given_up: false,
        }
    }

    pub(super) fn lives_at(&self, now: Instant) -> bool {
        !self.given_up && now < self.ends_at
    }

    /// Never earlier than before: of two requests at once the later may be noted first.
    pub(super) fn heard(&self, now: Instant) {
        if self.seen_ms.load(Ordering::Relaxed) < now.0 {
            self.seen_ms.store(now.0, Ordering::Relaxed);
        }
    }
}

/// Where an entry stands at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Waiting or admitted.
    pub status: EntryStatus,
    /// The buyer.
    pub user: UserKey,
    /// In which part of the draw the entry takes part.
    pub tier: Tier,
    /// The number; none before the draw, and until all of its numbers are known.
    pub number: Option<u32>,
    /// How many are ahead; none before the draw, 0 once admitted.
    pub ahead: Option<u32>,
    /// The highest number let in.
    pub now_serving: u32,
    /// What the queue does.
    pub queue_state: QueueState,
    /// Seconds until this entry's turn at the measured speed; none while unknown.
    pub estimated_wait_seconds: Option<u32>,
    /// When to ask again.
    pub poll_after_ms: u32,
    /// Until when new holds are taken.
    pub admitted_until: Option<Instant>,
    /// When the entry ends.
    pub ends_at: Instant,
}

/// Where an entry stands at this time of day with this number, as far as it is known, and `ahead` others before it.
pub(super) fn stand(
    ordinal: Ordinal,
    slot: &Slot,
    number: Option<u32>,
    ahead: Option<u32>,
    queue: &Queue,
    speed: &Speed,
    wall: Instant,
) -> Standing {
    let admitted = slot.admitted_until.is_some();
    let estimated = if admitted { Some(0) } else { ahead.and_then(|ahead| estimate(queue, speed, ahead)) };
    let poll_after = match ahead {
        Some(ahead) => rules::poll_after(ahead, estimated),
        None => rules::poll_before_draw(queue.on_sale_at.0 - wall.0, ordinal.0, queue.last_ordinal.0),
    };
    Standing {
        status: if admitted { EntryStatus::Admitted } else { EntryStatus::Waiting },
        user: slot.user,
        tier: slot.tier,
        number,
        ahead,
        now_serving: queue.now_serving,
        queue_state: queue.settings.state,
        estimated_wait_seconds: estimated,
        poll_after_ms: u32::try_from(poll_after.as_millis()).unwrap_or(u32::MAX),
        admitted_until: slot.admitted_until,
        ends_at: slot.ends_at,
    }
}

/// Seconds until the turn of one with `ahead` before it. With a place free, the rate alone decides; otherwise the
/// slower of rate and measured departures does.
fn estimate(queue: &Queue, speed: &Speed, ahead: u32) -> Option<u32> {
    if !queue.lets_in() {
        return None;
    }
    let rate = queue.settings.admissions_per_minute.map(|rate| f64::from(rate) / 60_000.0);
    let speed = match (rate, queue.has_room()) {
        (Some(rate), true) => rate,
        (None, true) => return Some(0),
        (Some(rate), false) => speed.per_ms()?.min(rate),
        (None, false) => speed.per_ms()?,
    };
    let seconds = f64::from(ahead + 1) / speed / 1000.0;
    seconds.is_finite().then(|| seconds.ceil().min(f64::from(u32::MAX)) as u32)
}
