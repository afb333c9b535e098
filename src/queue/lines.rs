//! Memory's picture of all queues: a [`Line`] each, and when each has something to do next.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::ConcertKey;
use crate::picture::{Memory, Schedule};
use crate::queue::domain;
use crate::queue::error::QueueError;
use crate::queue::facts::QueueFact;
use crate::queue::line::Line;
use crate::store::Tx;

/// All queues in memory.
#[derive(Default)]
pub struct Lines {
    all: RwLock<All>,
    due: Schedule<ConcertKey>,
    numbering: Schedule<ConcertKey>,
    /// The latest moment seen here: an earlier one means that the clock was set back.
    latest: Mutex<Option<Instant>>,
    /// Held by whoever does what is due.
    pub doing_due: tokio::sync::Mutex<()>,
    /// Held by whoever writes drawn numbers behind.
    pub doing_draws: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct All {
    by_id: HashMap<Uuid, Arc<Line>>,
    by_key: HashMap<ConcertKey, Arc<Line>>,
}

impl Lines {
    /// Loads every queue with its living entries; `id_of` tells a concert's public id.
    ///
    /// # Errors
    /// Only the store's.
    pub fn load(tx: &Tx, id_of: impl Fn(ConcertKey) -> Result<Uuid, QueueError>) -> Result<Self, QueueError> {
        let (lines, now) = (Self::default(), tx.now());
        for queue in domain::queues(tx)? {
            let concert = queue.concert;
            let mut line = Line::new(id_of(concert)?, queue, now);
            domain::each_living(tx, concert, |entry| line.restore(&entry, now))?;
            lines.add(line, now);
        }
        Ok(lines)
    }

    /// Puts a queue into memory.
    pub fn add(&self, line: Line, now: Instant) {
        let line = Arc::new(line);
        let mut all = self.all.write();
        all.by_id.insert(line.concert_id, line.clone());
        all.by_key.insert(line.concert, line.clone());
        drop(all);
        self.schedule(&line, now);
    }

    /// The queue of the concert with this public id.
    pub fn by_id(&self, concert_id: Uuid) -> Option<Arc<Line>> {
        self.all.read().by_id.get(&concert_id).cloned()
    }

    /// The queue of this concert.
    pub fn by_key(&self, concert: ConcertKey) -> Option<Arc<Line>> {
        self.all.read().by_key.get(&concert).cloned()
    }

    /// The queue of the concert with this public id, for an operation on it.
    ///
    /// # Errors
    /// [`QueueError::NoSuchConcert`].
    pub fn require(&self, concert_id: Uuid) -> Result<Arc<Line>, QueueError> {
        self.by_id(concert_id).ok_or(QueueError::NoSuchConcert)
    }

    /// When each queue has something to do.
    pub fn due(&self) -> &Schedule<ConcertKey> {
        &self.due
    }

    /// The queues with a draw whose numbers are still to be written.
    pub fn numbering(&self) -> &Schedule<ConcertKey> {
        &self.numbering
    }

    /// Notes when a queue has something to do next.
    pub fn schedule(&self, line: &Line, now: Instant) {
        let mut latest = self.latest.lock();
        *latest = latest.max(Some(now));
        drop(latest);
        self.due.set_by(line.concert, || line.next_due(now));
        self.numbering.set_by(line.concert, || line.is_numbering().then_some(now));
    }

    /// Takes the queues with a draw, an expiry, an admission or a silent buyer to look at.
    pub fn take_due(&self, now: Instant) -> Vec<Arc<Line>> {
        if self.latest.lock().replace(now) > Some(now) {
            // What was noted on the faster clock would come too late.
            let lines: Vec<_> = self.all.read().by_key.values().cloned().collect();
            lines.iter().for_each(|line| self.due.set_by(line.concert, || line.next_due(now)));
        }
        self.due.take_due(now, usize::MAX).into_iter().filter_map(|concert| self.by_key(concert)).collect()
    }
}

impl Memory<QueueFact> for Lines {
    fn apply(&self, facts: &[&QueueFact], now: Instant) {
        let mut of_lines: BTreeMap<ConcertKey, Vec<&QueueFact>> = BTreeMap::new();
        for fact in facts {
            if let QueueFact::Opened { concert_id, queue } = fact {
                self.add(Line::new(*concert_id, queue.clone(), now), now);
            } else {
                of_lines.entry(fact.concert()).or_default().push(fact);
            }
        }
        for (concert, facts) in of_lines {
            if let Some(line) = self.by_key(concert) {
                line.apply(&facts, now);
                self.schedule(&line, now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::Lines;
    use crate::clock::Instant;
    use crate::ids::{ConcertKey, Ordinal};
    use crate::queue::line::Line;
    use crate::queue::record::{Entry, Queue, Settings};
    use crate::queue::state::EntryStatus;

    const NOW: Instant = Instant(1_000_000);

    #[test]
    fn a_clock_set_back_does_not_let_the_line_oversleep() {
        let lines = Lines::default();
        let rated = |next_admission_at_us| {
            let settings = Settings { max_admitted: None, admissions_per_minute: Some(60), ..Settings::DEFAULT };
            let queue = Queue::new(ConcertKey(1), settings, Instant(0), Instant(0), [0; 32]);
            Queue { drawn_at: Some(Instant(0)), last_number: 1, waiting_count: 1, next_admission_at_us, ..queue }
        };
        let entry = Entry {
            concert: ConcertKey(1),
            ordinal: Ordinal(1),
            id: Uuid::nil(),
            user: crate::ids::UserKey(1),
            number: Some(1),
            status: EntryStatus::Waiting,
            cause: None,
            joined_at: NOW,
            admitted_at: None,
            admitted_until: None,
            ends_at: NOW.plus_seconds(3600),
        };
        let mut line = Line::new(Uuid::nil(), rated((NOW.0 + 500) * 1000), NOW);
        line.restore(&entry, NOW);
        lines.add(line, NOW);
        assert_eq!(lines.due.next(), Some(NOW.plus_ms(500)));

        let ten_minutes_back = NOW.plus_ms(-600_000);
        let due = lines.take_due(ten_minutes_back);

        assert_eq!(due.len(), 1, "looked at anew, not at the moment that the faster clock named");
    }
}
