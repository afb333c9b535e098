//! Memory's picture of all queues: a [`Line`] each, and when each has something to do next.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

use crate::clock::{Clock, Instant};
use crate::ids::ConcertKey;
use crate::picture::{Memory, Schedule};
use crate::queue::domain;
use crate::queue::error::QueueError;
use crate::queue::facts::QueueFact;
use crate::queue::heard::{Heard, Hearing};
use crate::queue::line::Line;
use crate::queue::orders::Orders;
use crate::standing::Standing;
use crate::store::Tx;

/// The draws are due anew when the time of day has moved by so much against elapsed time.
const NOTED_MS: u64 = 100;

/// All queues in memory.
pub struct Lines {
    clock: Arc<dyn Clock>,
    hearing: Arc<Hearing>,
    all: RwLock<All>,
    due: Schedule<ConcertKey>,
    /// How far the time of day was ahead when the draws were noted as due.
    noted_ahead_ms: Mutex<i64>,
    numbering: Schedule<ConcertKey>,
    orders: Arc<Orders>,
    admissions: AtomicU64,
    folded: AtomicU64,
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
    /// Without any queue.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let noted_ahead_ms = Mutex::new(clock.wall_ahead_ms());
        Self {
            clock,
            hearing: Arc::default(),
            all: RwLock::default(),
            due: Schedule::default(),
            numbering: Schedule::default(),
            orders: Arc::default(),
            noted_ahead_ms,
            admissions: AtomicU64::default(),
            folded: AtomicU64::default(),
            doing_due: tokio::sync::Mutex::default(),
            doing_draws: tokio::sync::Mutex::default(),
        }
    }

    /// Loads every running or cancelled queue with its living entries.
    ///
    /// # Errors
    /// Only the store's.
    pub fn load(tx: &Tx, clock: Arc<dyn Clock>) -> Result<Self, QueueError> {
        let (lines, now) = (Self::new(clock), tx.now());
        for queue in domain::queues(tx)? {
            let concert = queue.concert;
            let mut line = Line::new(queue, lines.clock.clone());
            domain::each_living(tx, concert, |entry| line.restore(&entry, now))?;
            lines.add(line, now);
        }
        Ok(lines)
    }

    /// These are the queues of a node that stands so among its venue's. Said once.
    pub fn among(&self, standing: Arc<Standing>) {
        self.hearing.among(standing);
    }

    /// Takes who was heard of in each queue since the last time, and notes it from now on: for the leader, on a node that
    /// follows.
    pub fn take_heard(&self, now: Instant) -> Vec<Heard> {
        let heard = self.all().into_iter().map(|line| line.take_heard(now));
        heard.filter(|heard| !heard.words.is_empty()).collect()
    }

    /// Puts back what could not be told.
    pub fn put_back(&self, heard: &Heard) {
        if let Some(line) = self.by_id(heard.concert) {
            line.put_back(heard);
        }
    }

    /// Notes no more who is heard of.
    pub fn stop_noting(&self) {
        self.all().iter().for_each(|line| line.stop_noting());
    }

    /// From now on it is here that buyers are heard of: until now another node was asked, and nobody's silence here means anything.
    pub fn hear_from(&self, now: Instant) {
        for line in self.all() {
            line.hear_from(now);
            self.schedule(&line, now);
        }
    }

    /// Puts a queue into memory.
    pub fn add(&self, line: Line, now: Instant) {
        let line = Arc::new(line.hearing(self.hearing.clone()));
        let mut all = self.all.write();
        all.by_id.insert(line.concert_id, line.clone());
        all.by_key.insert(line.concert, line.clone());
        drop(all);
        self.schedule(&line, now);
    }

    fn remove(&self, concert: ConcertKey) {
        let mut all = self.all.write();
        if let Some(line) = all.by_key.remove(&concert) {
            all.by_id.remove(&line.concert_id);
        }
        drop(all);
        self.due.set(concert, None);
        self.numbering.set(concert, None);
        self.orders.forget(concert);
    }

    /// The concerts in whose queue nobody lives.
    pub fn empty(&self) -> Vec<ConcertKey> {
        self.all.read().by_key.values().filter(|line| line.is_empty()).map(|line| line.concert).collect()
    }

    /// The queues in which somebody lives.
    pub fn lively(&self) -> Vec<Arc<Line>> {
        self.all.read().by_key.values().filter(|line| !line.is_empty()).cloned().collect()
    }

    /// How many queues are in memory.
    pub fn len(&self) -> usize {
        self.all.read().by_key.len()
    }

    /// True when none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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

    /// All of them.
    pub fn all(&self) -> Vec<Arc<Line>> {
        self.all.read().by_key.values().cloned().collect()
    }

    /// How many were let in since the start.
    pub fn admissions(&self) -> u64 {
        self.admissions.load(Ordering::Relaxed)
    }

    /// So many dead entries were folded.
    pub fn note_folded(&self, entries: u32) {
        self.folded.fetch_add(entries.into(), Ordering::Relaxed);
    }

    /// How many dead entries were folded since the start.
    pub fn folded(&self) -> u64 {
        self.folded.load(Ordering::Relaxed)
    }

    /// Gives back the memory of crowds that are gone. Gives of how many queues.
    pub fn shrink(&self) -> usize {
        self.all().iter().filter(|line| line.shrink()).count()
    }

    /// When each queue has something to do.
    pub fn due(&self) -> &Schedule<ConcertKey> {
        &self.due
    }

    /// The queues with a draw whose numbers are still to be written.
    pub fn numbering(&self) -> &Schedule<ConcertKey> {
        &self.numbering
    }

    /// What follows from those draws.
    pub fn orders(&self) -> &Arc<Orders> {
        &self.orders
    }

    /// Notes when a queue has something to do next.
    pub fn schedule(&self, line: &Line, now: Instant) {
        self.due.set_by(line.concert, || line.next_due(now));
        self.numbering.set_by(line.concert, || line.is_numbering().then_some(now));
    }

    /// Takes the queues with a draw, an expiry, an admission or a silent buyer to look at.
    pub fn take_due(&self, now: Instant) -> Vec<Arc<Line>> {
        self.clock.look();
        if self.wall_has_moved() {
            // A draw that was noted by another time of day could come too late.
            self.all().iter().for_each(|line| self.schedule(line, now));
        }
        self.due.take_due(now, usize::MAX).into_iter().filter_map(|concert| self.by_key(concert)).collect()
    }

    fn wall_has_moved(&self) -> bool {
        let ahead_ms = self.clock.wall_ahead_ms();
        let mut noted_ms = self.noted_ahead_ms.lock();
        let moved = noted_ms.abs_diff(ahead_ms) >= NOTED_MS;
        if moved {
            *noted_ms = ahead_ms;
        }
        moved
    }
}

impl Memory<QueueFact> for Lines {
    fn apply(&self, facts: &[&QueueFact], now: Instant) {
        let mut of_lines: BTreeMap<ConcertKey, Vec<&QueueFact>> = BTreeMap::new();
        let admissions = facts.iter().filter(|fact| matches!(fact, QueueFact::Admitted { .. })).count();
        self.admissions.fetch_add(admissions as u64, Ordering::Relaxed);
        for fact in facts {
            if let QueueFact::Opened(queue) = fact {
                self.add(Line::new(queue.clone(), self.clock.clone()), now);
            } else if let QueueFact::Closed(concert) = fact {
                self.remove(*concert);
            } else {
                of_lines.entry(fact.concert()).or_default().push(fact);
            }
        }
        for (concert, facts) in of_lines {
            if let Some(line) = self.by_key(concert) {
                line.apply(&facts, now);
                self.schedule(&line, now);
                let is_numbered = facts.iter().any(|fact| matches!(fact, QueueFact::Numbered { .. }));
                if is_numbered && !line.is_numbering() {
                    self.orders.forget(concert);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::Lines;
    use crate::clock::{Clock, Instant, STANDS_MS, ScriptedClock};
    use crate::ids::{ConcertKey, Ordinal, UserKey};
    use crate::picture::Memory;
    use crate::queue::facts::QueueFact;
    use crate::queue::line::Line;
    use crate::queue::record::{Entry, Queue, Settings};
    use crate::queue::state::EntryStatus;
    use crate::queue::tier::Tier;

    const NOW: Instant = Instant(1_800_000_000_000);

    #[test]
    fn a_crowd_that_is_gone_leaves_memory() {
        let clock = ScriptedClock::at(NOW);
        let lines = Lines::new(Arc::new(clock.clone()));
        let queue = Queue::new((ConcertKey(1), Uuid::nil()), Settings::DEFAULT, Instant(0), Instant(0), [0; 32]);
        let mut line = Line::new(Queue { drawn_at: Some(Instant(0)), ..queue }, Arc::new(clock));
        line.restore(&waiting(), NOW);
        lines.add(line, NOW);
        assert_eq!(lines.shrink(), 0, "somebody waits");

        lines.apply(
            &[&QueueFact::Ended { concert: ConcertKey(1), ordinal: Ordinal(1), status: EntryStatus::Expired }],
            NOW,
        );
        assert_eq!(lines.shrink(), 1);
        assert_eq!(lines.shrink(), 0, "once");
    }

    fn waiting() -> Entry {
        Entry {
            concert: ConcertKey(1),
            ordinal: Ordinal(1),
            id: Uuid::nil(),
            user: UserKey(1),
            tier: Tier::STANDARD,
            number: Some(1),
            status: EntryStatus::Waiting,
            cause: None,
            joined_at: NOW,
            admitted_at: None,
            admitted_until: None,
            ends_at: NOW.plus_seconds(3600),
        }
    }

    #[test]
    fn a_draw_is_due_by_the_time_of_day_wherever_that_is_set() {
        let clock = ScriptedClock::at(NOW);
        let lines = Lines::new(Arc::new(clock.clone()));
        let hour_ms = 3_600_000;
        let on_sale_at = NOW.plus_ms(hour_ms);
        let queue = Queue::new((ConcertKey(1), Uuid::nil()), Settings::DEFAULT, Instant(0), on_sale_at, [0; 32]);
        lines.add(Line::new(queue, Arc::new(clock.clone())), NOW);
        assert_eq!(lines.due.next(), Some(on_sale_at));

        // An hour back: the sale is two hours of elapsed time away.
        clock.step_wall_ms(-hour_ms);
        assert_eq!(lines.take_due(clock.now()).len(), 0);
        assert_eq!(lines.due.next(), Some(NOW.plus_ms(2 * hour_ms)));

        // And on again, three quarters of an hour further: once that has stood, the sale is a quarter of an hour away.
        clock.step_wall_ms(hour_ms + hour_ms * 3 / 4);
        assert_eq!(lines.take_due(clock.now()).len(), 0);
        assert_eq!(lines.due.next(), Some(NOW.plus_ms(hour_ms)), "not by a leap of this moment");
        clock.advance_ms(STANDS_MS);
        assert_eq!(lines.take_due(clock.now()).len(), 0);
        let Some(due) = lines.due.next() else { panic!("no draw is due") };
        assert!((due.0 - NOW.0 - hour_ms / 4).abs() < 1_000, "{due}");
    }
}
