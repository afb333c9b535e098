//! Memory's picture of one queue: who lives in it, their ranks, its speed, and who was heard of when.
//!
//! The writer thread brings it up to date after every commit, before the answers of that commit leave; so whoever got
//! an answer finds it here. Readers take a shared lock for some hundred nanoseconds and never touch the data file.
//! It holds the living only: about a hundred bytes each. Of the dead the data file tells how they ended.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::RwLock;
use tokio::sync::watch;
use uuid::Uuid;

use crate::clock::{Clock, Instant};
use crate::ids::{ConcertKey, Ordinal};
use crate::queue::facts::QueueFact;
use crate::queue::figures::{Figures, Recent};
use crate::queue::heard::{Bits, Hearing};
use crate::queue::listener::{Listener, Listeners};
use crate::queue::news::{Concerns, News};
use crate::queue::presence::Wheel;
use crate::queue::rank::RankSet;
use crate::queue::record::{Entry, Queue};
use crate::queue::rules;
use crate::queue::sale_state::SaleState;
use crate::queue::seats_left::SeatsLeft;
use crate::queue::speed::Speed;
use crate::queue::standing::{Slot, Standing, mark, stand};
use crate::queue::state::Phase;

pub(super) struct State {
    pub(super) queue: Queue,
    pub(super) slots: HashMap<Ordinal, Slot>,
    waiting: RankSet,
    undrawn: u32,
    admitted: BTreeSet<(Instant, Ordinal)>,
    speed: Speed,
    recent: Recent,
    pub(super) presence: Wheel,
    /// Who was heard of, for the node that leads.
    pub(super) heard: Bits,
}

/// Whom a commit concerned.
#[derive(Default)]
struct Touched {
    entries: Vec<Ordinal>,
    /// All there are: a draw's numbers are known.
    everyone: bool,
}

/// One queue in memory.
pub struct Line {
    /// The concert.
    pub concert: ConcertKey,
    /// Its public id.
    pub concert_id: Uuid,
    /// How its sale stands, and what is left.
    pub news: News,
    pub(super) clock: Arc<dyn Clock>,
    /// Since when buyers are heard of here.
    pub(super) hears_since_ms: AtomicI64,
    pub(super) hearing: Arc<Hearing>,
    pub(super) state: RwLock<State>,
    changed: watch::Sender<u64>,
    listeners: Arc<Listeners>,
}

impl Line {
    /// The picture of a queue in which nobody lives yet. Of `clock` it asks what the time of day is, and since when
    /// anyone could be heard.
    pub fn new(queue: Queue, clock: Arc<dyn Clock>) -> Self {
        let (concert, concert_id, now) = (queue.concert, queue.concert_id, clock.now());
        let mut state = State {
            slots: HashMap::with_capacity((queue.waiting_count + queue.admitted_count) as usize),
            queue,
            waiting: RankSet::default(),
            undrawn: 0,
            admitted: BTreeSet::new(),
            speed: Speed::default(),
            recent: Recent::default(),
            presence: Wheel::default(),
            heard: Bits::default(),
        };
        state.speed.pass(now.0, false);
        let (state, changed, listeners) = (RwLock::new(state), watch::channel(0).0, Arc::default());
        let (news, hearing, hears_since_ms) = (News::default(), Arc::default(), AtomicI64::new(i64::MIN));
        Self { concert, concert_id, news, clock, hears_since_ms, hearing, state, changed, listeners }
    }

    /// The same, of an office that can have heard of so much.
    #[must_use]
    pub(super) fn hearing(self, hearing: Arc<Hearing>) -> Self {
        Self { hearing, ..self }
    }

    /// Takes a living entry from the data file into the picture. It counts as heard of at `now`.
    pub fn restore(&mut self, entry: &Entry, now: Instant) {
        let state = self.state.get_mut();
        state.join(entry, now);
        if let Some(until) = entry.admitted_until {
            state.admit(entry.ordinal, until, entry.ends_at, now);
        }
        if let Some(at) = entry.admitted_at {
            state.recent.admit(at, at.0 - entry.joined_at.max(state.queue.on_sale_at).0);
        }
    }

    /// Where a living entry stands, or `None` when it has ended or is not the entry with this id. Who waits is heard of by
    /// asking.
    pub fn standing(&self, ordinal: Ordinal, id: Uuid, now: Instant) -> Option<Standing> {
        let state = self.state.read();
        let slot = state.living(ordinal, id, now)?;
        if slot.admitted_until.is_none() {
            slot.heard(now);
            state.heard.note(ordinal);
        }
        Some(state.standing_of(ordinal, slot, self.wall(now)))
    }

    /// Whether this entry lives, for whoever waits until it does: nobody is heard of by it.
    pub fn has(&self, ordinal: Ordinal, id: Uuid, now: Instant) -> bool {
        self.state.read().living(ordinal, id, now).is_some()
    }

    /// As [`Line::standing`], for those who only look on: nobody is heard of by it.
    pub fn look(&self, ordinal: Ordinal, now: Instant) -> Option<Standing> {
        let state = self.state.read();
        let slot = state.slots.get(&ordinal).filter(|slot| slot.lives_at(now))?;
        Some(state.standing_of(ordinal, slot, self.wall(now)))
    }

    /// Where an entry stands that joined last, in a queue whose row says so: inside its own transaction, before memory
    /// knows of it.
    pub fn standing_of_new(&self, entry: &Entry, queue: &Queue, now: Instant) -> Standing {
        let ahead = entry.number.map(|_| if entry.admitted_until.is_some() { 0 } else { queue.waiting_count - 1 });
        let slot = Slot::new(entry, now);
        let state = self.state.read();
        stand(entry.ordinal, &slot, entry.number, ahead, queue, &state.speed, self.wall(now))
    }

    /// Notes that an admitted buyer did something. Gives whether the entry is inside at `now`.
    pub fn heard_inside(&self, ordinal: Ordinal, id: Uuid, now: Instant) -> bool {
        let state = self.state.read();
        match state.living(ordinal, id, now) {
            Some(slot) if slot.admitted_until.is_some() => {
                slot.heard(now);
                state.heard.note(ordinal);
                true
            }
            _ => false,
        }
    }

    /// A copy of the queue's row as of the last commit.
    pub fn queue(&self) -> Queue {
        self.state.read().queue.clone()
    }

    /// How many wait (drawn or not) and how many are inside.
    pub fn counts(&self) -> (u32, u32) {
        let state = self.state.read();
        (state.waiting.len() + state.undrawn, state.queue.admitted_count)
    }

    /// Whom it let in lately.
    pub fn figures(&self, now: Instant) -> Figures {
        let recent = self.state.read().recent.clone();
        recent.figures(now)
    }

    /// Whether a draw is decided whose numbers are still to be written.
    pub fn is_numbering(&self) -> bool {
        self.state.read().queue.is_numbering()
    }

    /// True when nobody lives in it.
    pub fn is_empty(&self) -> bool {
        self.state.read().slots.is_empty()
    }

    /// Departures a minute as measured while others waited; none while unknown.
    pub fn measured_per_minute(&self) -> Option<f64> {
        self.state.read().speed.per_ms().map(|per_ms| per_ms * 60_000.0)
    }

    /// Changes at every publication.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Is told when this entry itself changes: number, admission, end.
    pub fn listen(&self, ordinal: Ordinal) -> Listener {
        Listener::new(self.listeners.clone(), ordinal)
    }

    /// How many listen for an entry of this queue.
    pub fn listeners(&self) -> usize {
        self.listeners.len()
    }

    /// Resolves when the entry that `listener` listens for has ended.
    pub async fn ended(&self, listener: &Listener) {
        while self.state.read().slots.contains_key(&listener.ordinal()) {
            listener.changed().await;
        }
    }

    /// Takes over how the concert's sale stands and what is left. Whoever follows is told at once when they have to know.
    pub fn tell(&self, sale: SaleState, seats: SeatsLeft) {
        let concerns = self.news.take(sale, seats);
        if concerns != Concerns::Nobody {
            self.changed.send_modify(|version| *version += 1);
        }
        if concerns == Concerns::Everybody {
            self.listeners.tell_all();
        }
    }

    /// Takes over what a commit changed in this queue.
    pub fn apply(&self, facts: &[&QueueFact], now: Instant) {
        let mut touched = Touched::default();
        {
            let mut state = self.state.write();
            let moving = state.is_moving();
            state.speed.pass(now.0, moving);
            for fact in facts {
                state.take(fact, now, &mut touched);
            }
        }
        self.changed.send_modify(|version| *version += 1);
        if touched.everyone {
            self.listeners.tell_all();
        } else {
            self.listeners.tell(&touched.entries);
        }
    }

    /// The next moment at which the data file has something to do for this queue: draw, expiry or admission.
    pub fn next_turn(&self, now: Instant) -> Option<Instant> {
        let state = self.state.read();
        // The start is promised for a time of day: this much earlier or later in elapsed time.
        let on_sale_at = state.queue.on_sale_at.plus_ms(-self.clock.wall_ahead_ms());
        let is_awaited = state.queue.drawn_at.is_none() && state.queue.phase == Phase::Running;
        let draw = is_awaited.then_some(on_sale_at);
        let visit_end = state.admitted.first().map(|(ends_at, _)| *ends_at);
        [draw, visit_end, state.next_admission(now, self.wall(now))].into_iter().flatten().min()
    }

    /// The next moment at which anything is due here; none when the queue sleeps.
    pub fn next_due(&self, now: Instant) -> Option<Instant> {
        let presence = self.state.read().presence.next_ms().map(Instant);
        [self.next_turn(now), presence].into_iter().flatten().min()
    }

    /// Gives back the memory of a crowd that is gone. True when there was some.
    pub fn shrink(&self) -> bool {
        let mut state = self.state.write();
        let is_left = state.slots.is_empty() && state.slots.capacity() > 0;
        if is_left {
            (state.slots, state.presence, state.waiting) = Default::default();
        }
        is_left
    }

    fn wall(&self, now: Instant) -> Instant {
        now.plus_ms(self.clock.wall_ahead_ms())
    }
}

impl State {
    /// The slot of the living entry with this id.
    fn living(&self, ordinal: Ordinal, id: Uuid, now: Instant) -> Option<&Slot> {
        self.slots.get(&ordinal).filter(|slot| slot.mark == mark(id) && slot.lives_at(now))
    }

    fn take(&mut self, fact: &QueueFact, now: Instant, touched: &mut Touched) {
        match fact {
            QueueFact::Opened(_) | QueueFact::Closed(_) => {}
            QueueFact::Changed(queue) => {
                let numbered = queue.numbered_count != self.queue.numbered_count;
                touched.everyone |= numbered && !queue.is_numbering();
                self.change(queue, now);
            }
            QueueFact::Joined(entry) => self.join(entry, now),
            QueueFact::Numbered { numbers, .. } => {
                numbers.iter().for_each(|&(ordinal, number)| self.number(ordinal, number));
            }
            QueueFact::Admitted { ordinal, admitted_until, waited_ms, .. } => {
                self.admit(*ordinal, *admitted_until, *admitted_until, now);
                self.recent.admit(now, *waited_ms);
                touched.entries.push(*ordinal);
            }
            QueueFact::VisitLasts { ordinal, ends_at, .. } => self.lengthen(*ordinal, *ends_at),
            QueueFact::Ended { ordinal, .. } => {
                self.end(*ordinal);
                touched.entries.push(*ordinal);
            }
        }
    }

    fn change(&mut self, queue: &Queue, now: Instant) {
        let looked_at = (queue.settings.absence_seconds, queue.settings.no_show_seconds);
        let shorter = looked_at != (self.queue.settings.absence_seconds, self.queue.settings.no_show_seconds);
        self.queue = queue.clone();
        if shorter {
            // Bit by bit, as the silent are: a long line is not walked here. Those inside may not have been looked at so far.
            self.presence.look_at_all(now.0);
            self.admitted.iter().for_each(|&(_, ordinal)| self.presence.look_at(ordinal, now.0));
        }
    }

    fn join(&mut self, entry: &Entry, now: Instant) {
        match entry.number {
            Some(number) if entry.admitted_until.is_none() => self.waiting.insert(number),
            None => self.undrawn += 1,
            Some(_) => {}
        }
        let slot = Slot { admitted_until: None, ..Slot::new(entry, now) };
        self.slots.insert(entry.ordinal, slot);
        self.heard.follow(entry.ordinal);
        if let Some(at) = self.absent_at(entry.ordinal, now) {
            self.presence.look_at(entry.ordinal, at);
        }
    }

    fn number(&mut self, ordinal: Ordinal, number: u32) {
        if let Some(slot) = self.slots.get_mut(&ordinal) {
            slot.number = Some(number);
            self.undrawn -= 1;
            self.waiting.insert(number);
        }
    }

    fn admit(&mut self, ordinal: Ordinal, until: Instant, ends_at: Instant, now: Instant) {
        if let Some(slot) = self.slots.get_mut(&ordinal) {
            slot.admitted_until = Some(until);
            slot.ends_at = ends_at;
            slot.heard(now);
            if let Some(number) = slot.number {
                self.waiting.remove(number);
            }
            self.admitted.insert((ends_at, ordinal));
            if let Some(at) = self.absent_at(ordinal, now) {
                self.presence.look_at(ordinal, at);
            }
        }
    }

    fn lengthen(&mut self, ordinal: Ordinal, ends_at: Instant) {
        if let Some(slot) = self.slots.get_mut(&ordinal) {
            self.admitted.remove(&(slot.ends_at, ordinal));
            slot.ends_at = ends_at;
            self.admitted.insert((ends_at, ordinal));
        }
    }

    fn end(&mut self, ordinal: Ordinal) {
        let Some(slot) = self.slots.remove(&ordinal) else { return };
        if slot.admitted_until.is_some() {
            self.admitted.remove(&(slot.ends_at, ordinal));
            if self.waiting.len() > 0 {
                self.speed.depart();
            }
        } else {
            match slot.number {
                Some(number) => self.waiting.remove(number),
                None => self.undrawn -= 1,
            }
        }
    }

    /// Somebody waits whom the queue would let in if there were room.
    fn is_moving(&self) -> bool {
        self.waiting.len() > 0 && self.queue.lets_in()
    }

    fn next_admission(&self, now: Instant, wall: Instant) -> Option<Instant> {
        if !self.is_moving() || !self.queue.has_room() || self.queue.sale_is_over(wall) {
            return None;
        }
        let Some(rate) = self.queue.settings.admissions_per_minute else { return Some(now) };
        let planned_us = self.queue.next_admission_at_us;
        let allowed_us = rules::next_admission_us(planned_us, rate, now);
        if allowed_us < planned_us {
            // The plan comes from before a restart, on a faster clock: the turn that draws it near is due at once.
            return Some(now);
        }
        // Rounded up: a wake-up before the microsecond would find nothing to do.
        Some(Instant((allowed_us + 999).div_euclid(1000)).max(now))
    }

    fn standing_of(&self, ordinal: Ordinal, slot: &Slot, wall: Instant) -> Standing {
        // A drawn number says nothing before all are known.
        let number = slot.number.filter(|&number| !self.queue.is_numbering() || number > self.queue.drawn_count);
        let ahead = match slot.admitted_until {
            Some(_) => Some(0),
            // Whoever has no number yet comes before those who joined after the draw.
            None => number.map(|number| self.waiting.ahead_of(number) + self.undrawn),
        };
        stand(ordinal, slot, number, ahead, &self.queue, &self.speed, wall)
    }

    /// When the entry will have been silent for too long to those awake since then, or its time in line is over; none when
    /// neither matters.
    fn absent_at(&self, ordinal: Ordinal, awake_since: Instant) -> Option<i64> {
        self.silent_at(ordinal, awake_since, 0)
    }

    /// The same to those who hear of everybody so late.
    pub(super) fn silent_at(&self, ordinal: Ordinal, awake_since: Instant, late_ms: i64) -> Option<i64> {
        let slot = self.slots.get(&ordinal)?;
        let seen_ms = slot.seen_ms.load(Ordering::Relaxed).max(awake_since.0) + late_ms;
        let silent_until = |seconds: u32| seen_ms + i64::from(seconds) * 1000;
        match slot.admitted_until {
            None => Some(silent_until(self.queue.settings.absence_seconds).min(slot.ends_at.0)),
            Some(_) => self.queue.settings.no_show_seconds.map(silent_until),
        }
    }
}
