//! What the waiting room writes down: a queue, an entry, and what they say by themselves. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal, UserKey};
use crate::queue::error::QueueError;
use crate::queue::state::{Cause, EntryStatus, Phase, QueueState};
use crate::queue::tier::Tier;

/// How a queue lets buyers in. The operator may change it while it runs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Settings {
    /// What the queue does at all.
    pub state: QueueState,
    /// How many may be inside at once; `None`: no bound.
    pub max_admitted: Option<u32>,
    /// How many are let in a minute; `None`: no bound.
    pub admissions_per_minute: Option<u32>,
    /// A waiting buyer unheard of for so long drops out.
    pub absence_seconds: u32,
    /// An admitted buyer who does nothing for so long makes room; `None`: never.
    pub no_show_seconds: Option<u32>,
}

/// A queue: the one row that every operation on it reads and writes.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Queue {
    /// Whose queue it is.
    pub concert: ConcertKey,
    /// The concert, outside.
    pub concert_id: Uuid,
    /// How it lets in.
    pub settings: Settings,
    /// Where it is in its concert's life.
    pub phase: Phase,
    /// From when buyers may join.
    pub opens_at: Instant,
    /// From when they are let in; those who joined before are drawn then.
    pub on_sale_at: Instant,
    /// From when nothing is sold any more; none: until each performance starts.
    pub sale_ends_at: Option<Instant>,
    /// The draw's secret, published after it (its hash before).
    pub draw_seed: [u8; 32],
    /// When the draw was made.
    pub drawn_at: Option<Instant>,
    /// Entries up to this one took part in the draw.
    pub drawn_ordinal: Ordinal,
    /// How many took part in the draw; they have the numbers up to this.
    pub drawn_count: u32,
    /// How many of the drawn numbers are written so far: numbers, and entries in the order of joining.
    pub numbered_count: u32,
    /// The last entry that joined.
    pub last_ordinal: Ordinal,
    /// The last number given.
    pub last_number: u32,
    /// The highest number let in.
    pub now_serving: u32,
    /// When the rate allows the next admission, in microseconds.
    pub next_admission_at_us: i64,
    /// How many wait, drawn or not.
    pub waiting_count: u32,
    /// How many are inside.
    pub admitted_count: u32,
    /// The cap under which the last one was let in: from then on those inside only become fewer, so more than this
    /// are never inside, also after the cap was lowered. `verify` checks law 4 against it.
    pub cap_at_last_admission: Option<u32>,
    /// What became of those who ended.
    pub ended: Ended,
}

/// What became of a queue's entries, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ended {
    /// Visits that ended with a payment.
    pub completed: u32,
    /// Entries whose time ended, absent and no-shows included.
    pub expired: u32,
    /// Waiting buyers unheard of.
    pub absent: u32,
    /// Admitted buyers who did nothing.
    pub no_shows: u32,
    /// Buyers who left.
    pub left: u32,
    /// Entries given up for newer ones.
    pub replaced: u32,
}

impl Ended {
    /// Counts one more. There are never more of them than entries, whose number is checked.
    pub fn count(&mut self, status: EntryStatus, cause: Option<Cause>) {
        match status {
            EntryStatus::Completed => self.completed += 1,
            EntryStatus::Expired => self.expired += 1,
            EntryStatus::Left => self.left += 1,
            EntryStatus::Replaced => self.replaced += 1,
            EntryStatus::Waiting | EntryStatus::Admitted => {}
        }
        match cause {
            Some(Cause::Absence) => self.absent += 1,
            Some(Cause::NoShow) => self.no_shows += 1,
            Some(Cause::Time) | None => {}
        }
    }
}

impl Settings {
    /// What a queue is when the operator says nothing: fifty inside at a time.
    pub const DEFAULT: Self = Self {
        state: QueueState::Open,
        max_admitted: Some(50),
        admissions_per_minute: None,
        absence_seconds: 300,
        no_show_seconds: None,
    };

    /// Checks what the operator may set.
    ///
    /// # Errors
    /// [`QueueError::Invalid`].
    pub fn check(&self) -> Result<(), QueueError> {
        const MOST: u32 = 1_000_000;
        let invalid = |rule: String| Err(QueueError::Invalid(rule));
        if self.max_admitted.is_some_and(|cap| !(1..=MOST).contains(&cap)) {
            return invalid(format!("max_admitted must be 1 to {MOST}, or null for no bound"));
        }
        if self.admissions_per_minute.is_some_and(|rate| !(1..=MOST).contains(&rate)) {
            return invalid(format!("admissions_per_minute must be 1 to {MOST}, or null for no bound"));
        }
        // Longer than the longest time between two polls, so that nobody is dropped for polling as told.
        if !(60..=86_400).contains(&self.absence_seconds) {
            return invalid("absence_seconds must be 60 to 86400".into());
        }
        // As long, because whoever is let in may learn it only at the next poll.
        if self.no_show_seconds.is_some_and(|seconds| !(60..=86_400).contains(&seconds)) {
            return invalid("no_show_seconds must be 60 to 86400, or null for never".into());
        }
        Ok(())
    }
}

impl Queue {
    /// A queue in which nothing has happened.
    pub fn new(
        (concert, concert_id): (ConcertKey, Uuid),
        settings: Settings,
        opens_at: Instant,
        on_sale_at: Instant,
        draw_seed: [u8; 32],
    ) -> Self {
        Self {
            concert,
            concert_id,
            settings,
            phase: Phase::Running,
            opens_at,
            on_sale_at,
            sale_ends_at: None,
            draw_seed,
            drawn_at: None,
            drawn_ordinal: Ordinal(0),
            drawn_count: 0,
            numbered_count: 0,
            last_ordinal: Ordinal(0),
            last_number: 0,
            now_serving: 0,
            next_admission_at_us: 0,
            waiting_count: 0,
            admitted_count: 0,
            cap_at_last_admission: None,
            ended: Ended::default(),
        }
    }

    /// The draw is made and its numbers are not all written yet. Nobody is let in meanwhile: their order is decided, but
    /// the data file cannot tell it yet.
    pub fn is_numbering(&self) -> bool {
        self.numbered_count < self.drawn_count
    }

    /// Are buyers let in?
    pub fn lets_in(&self) -> bool {
        self.phase == Phase::Running && self.drawn_at.is_some() && !self.is_numbering() && self.settings.state.admits()
    }

    /// Is nothing sold any more at this time of day?
    pub fn sale_is_over(&self, wall: Instant) -> bool {
        self.sale_ends_at.is_some_and(|ends_at| wall >= ends_at)
    }

    /// Could one more be inside?
    pub fn has_room(&self) -> bool {
        self.settings.max_admitted.is_none_or(|cap| self.admitted_count < cap)
    }
}

/// One user's place in a queue.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    /// The concert.
    pub concert: ConcertKey,
    /// Order of joining.
    pub ordinal: Ordinal,
    /// Public id; the token's `jti`.
    pub id: Uuid,
    /// Whose it is.
    pub user: UserKey,
    /// In which part of the draw it takes part.
    pub tier: Tier,
    /// Its number, once given.
    pub number: Option<u32>,
    /// What it is.
    pub status: EntryStatus,
    /// Why it expired.
    pub cause: Option<Cause>,
    /// When it joined.
    pub joined_at: Instant,
    /// When it was let in.
    pub admitted_at: Option<Instant>,
    /// Until when it may take new holds.
    pub admitted_until: Option<Instant>,
    /// When it ends: live while now < ends_at. Of one that has ended, when that was noted.
    pub ends_at: Instant,
}

/// An admitted entry, as far as the subjects above the queue need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The concert.
    pub concert: ConcertKey,
    /// The entry.
    pub ordinal: Ordinal,
    /// The buyer.
    pub user: UserKey,
    /// No new holds from here on.
    pub admitted_until: Instant,
}

impl Entry {
    /// Checks that the entry lives at `now`.
    ///
    /// # Errors
    /// [`QueueError::Ended`] says how it ended; past its end it is expired even if no sweeper has come by yet (law 8).
    pub fn require_live(&self, now: Instant) -> Result<(), QueueError> {
        match self.status {
            EntryStatus::Waiting | EntryStatus::Admitted if now < self.ends_at => Ok(()),
            EntryStatus::Waiting | EntryStatus::Admitted => {
                Err(QueueError::Ended(EntryStatus::Expired, Some(Cause::Time)))
            }
            ended => Err(QueueError::Ended(ended, self.cause)),
        }
    }

    /// Checks that the entry is inside at `now`.
    ///
    /// # Errors
    /// As [`Entry::require_live`], then [`QueueError::NotAdmitted`].
    pub fn require_admitted(&self, now: Instant) -> Result<Visit, QueueError> {
        self.require_live(now)?;
        let admitted_until = self.admitted_until.ok_or(QueueError::NotAdmitted)?;
        Ok(Visit { concert: self.concert, ordinal: self.ordinal, user: self.user, admitted_until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_queue_that_runs_and_is_drawn_lets_in() {
        let mut queue = Queue::new((ConcertKey(1), Uuid::nil()), Settings::DEFAULT, Instant(0), Instant(0), [0; 32]);
        assert!(!queue.lets_in(), "nothing is drawn");
        queue.drawn_at = Some(Instant(0));
        assert!(queue.lets_in());
        for phase in [Phase::Withheld, Phase::Cancelled, Phase::Over] {
            assert!(!Queue { phase, ..queue.clone() }.lets_in(), "{phase:?}");
        }
        queue.drawn_count = 1;
        assert!(!queue.lets_in(), "a number is not written");
    }
}
