//! What memory knows: a [`Line`] per queue and a [`SeatMap`] per performance in use, kept in step with the data file by
//! the events of every commit, and the list of what is due when. It can be thrown away and loaded again at any time;
//! no decision that changes the data file rests on it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::clock::Instant;
use crate::events::Event;
use crate::ids::{ConcertKey, PerformanceKey};
use crate::queue::Line;
use crate::reservation::SeatMap;
use crate::reservation::domain::DueHold;

/// Memory's picture of the box office.
#[derive(Default)]
pub struct Live {
    lines: RwLock<Lines>,
    maps: RwLock<Maps>,
    due: Mutex<Due>,
    wake: Notify,
}

#[derive(Default)]
struct Lines {
    by_id: HashMap<Uuid, Arc<Line>>,
    by_key: HashMap<ConcertKey, Arc<Line>>,
}

#[derive(Default)]
struct Maps {
    of_concert: HashMap<ConcertKey, Arc<Vec<Arc<SeatMap>>>>,
    by_key: HashMap<PerformanceKey, Arc<SeatMap>>,
    by_id: HashMap<Uuid, Arc<SeatMap>>,
}

#[derive(Default)]
struct Due {
    queues: BTreeSet<(Instant, ConcertKey)>,
    queue_at: HashMap<ConcertKey, Instant>,
    holds: BTreeSet<DueHold>,
    /// The latest moment seen here: an earlier one means that the clock was set back.
    latest: Option<Instant>,
}

impl Due {
    fn set(&mut self, concert: ConcertKey, at: Option<Instant>) {
        if let Some(old) = self.queue_at.remove(&concert) {
            self.queues.remove(&(old, concert));
        }
        if let Some(at) = at {
            self.queues.insert((at, concert));
            self.queue_at.insert(concert, at);
        }
    }
}

/// What has come due.
#[derive(Default)]
pub struct DueNow {
    /// Queues with a draw, an expiry, an admission or a silent buyer to look at.
    pub queues: Vec<Arc<Line>>,
    /// Holds whose time is over.
    pub holds: Vec<DueHold>,
}

impl Live {
    /// Puts a queue into memory.
    pub fn add_line(&self, line: Line, now: Instant) {
        let line = Arc::new(line);
        let mut lines = self.lines.write();
        lines.by_id.insert(line.concert_id, line.clone());
        lines.by_key.insert(line.concert, line.clone());
        drop(lines);
        self.schedule(&line, now);
    }

    /// Notes the ends of these holds.
    pub fn add_holds(&self, holds: impl IntoIterator<Item = DueHold>) {
        self.due.lock().holds.extend(holds);
        self.wake.notify_one();
    }

    /// The queue of the concert with this public id.
    pub fn line(&self, concert_id: Uuid) -> Option<Arc<Line>> {
        self.lines.read().by_id.get(&concert_id).cloned()
    }

    /// The queue of this concert.
    pub fn line_of(&self, concert: ConcertKey) -> Option<Arc<Line>> {
        self.lines.read().by_key.get(&concert).cloned()
    }

    /// The seat maps of a concert, if they are loaded.
    pub fn maps_of(&self, concert: ConcertKey) -> Option<Arc<Vec<Arc<SeatMap>>>> {
        self.maps.read().of_concert.get(&concert).cloned()
    }

    /// The seat map of a performance, if it is loaded.
    pub fn map(&self, performance_id: Uuid) -> Option<Arc<SeatMap>> {
        self.maps.read().by_id.get(&performance_id).cloned()
    }

    /// The seat map of a performance, if it is loaded.
    pub fn map_by_key(&self, performance: PerformanceKey) -> Option<Arc<SeatMap>> {
        self.maps.read().by_key.get(&performance).cloned()
    }

    /// Takes over a commit. Runs on the writer thread before the answers of that commit leave.
    pub fn publish(&self, events: &[Event], now: Instant) {
        let mut of_lines: BTreeMap<ConcertKey, Vec<&Event>> = BTreeMap::new();
        let mut holds = Vec::new();
        for event in events {
            match event {
                Event::QueueOpened { concert_id, queue } => {
                    self.add_line(Line::new(*concert_id, queue.clone(), now), now);
                }
                Event::QueueChanged(queue) => of_lines.entry(queue.concert).or_default().push(event),
                Event::EntryJoined(entry) => of_lines.entry(entry.concert).or_default().push(event),
                Event::NumbersDrawn { concert, .. }
                | Event::EntryAdmitted { concert, .. }
                | Event::VisitLasts { concert, .. }
                | Event::EntryEnded { concert, .. } => of_lines.entry(*concert).or_default().push(event),
                Event::PerformanceAdded { concert } => drop(self.maps.write().of_concert.remove(concert)),
                Event::SeatMapsLoaded { concert, maps } => self.add_maps(*concert, maps),
                Event::SeatsChanged { performance, seats } => {
                    if let Some(map) = self.map_by_key(*performance) {
                        map.apply(seats);
                    }
                }
                Event::HoldPlaced(due) => holds.push(*due),
            }
        }
        for (concert, events) in of_lines {
            if let Some(line) = self.line_of(concert) {
                line.apply(&events, now);
                self.schedule(&line, now);
            }
        }
        if !holds.is_empty() {
            self.add_holds(holds);
        }
    }

    /// Loaded maps replace older ones of the same performance only if there are none: a map in use has its listeners.
    fn add_maps(&self, concert: ConcertKey, loaded: &Arc<Vec<Arc<SeatMap>>>) {
        let mut maps = self.maps.write();
        let mut of_concert = Vec::with_capacity(loaded.len());
        for map in loaded.iter() {
            let map = maps.by_key.entry(map.performance.key).or_insert_with(|| map.clone()).clone();
            maps.by_id.insert(map.performance.id, map.clone());
            of_concert.push(map);
        }
        maps.of_concert.insert(concert, Arc::new(of_concert));
    }

    /// Notes when a queue has something to do next.
    ///
    /// The line is asked under the list's lock: between asking and noting, another commit may make something due
    /// sooner, and the older answer must not overwrite that.
    pub fn schedule(&self, line: &Line, now: Instant) {
        self.note(|due| {
            due.latest = due.latest.max(Some(now));
            due.set(line.concert, line.next_due(now));
        });
    }

    /// Notes that a queue has something to do at `at`.
    pub fn schedule_at(&self, concert: ConcertKey, at: Instant) {
        self.note(|due| due.set(concert, Some(at)));
    }

    fn note(&self, change: impl FnOnce(&mut Due)) {
        let mut due = self.due.lock();
        let before = due.queues.first().copied();
        change(&mut due);
        if due.queues.first().copied() != before {
            self.wake.notify_one();
        }
    }

    /// When something is due next; none while everything sleeps.
    pub fn next_due(&self) -> Option<Instant> {
        let due = self.due.lock();
        let queue = due.queues.first().map(|(at, _)| *at);
        let hold = due.holds.first().map(|hold| hold.held_until);
        [queue, hold].into_iter().flatten().min()
    }

    /// Resolves when [`Live::next_due`] may have changed.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Takes what is due at `now`, holds up to `most_holds`.
    pub fn take_due(&self, now: Instant, most_holds: usize) -> DueNow {
        let mut due = self.due.lock();
        let mut taken = DueNow::default();
        if due.latest.replace(now) > Some(now) {
            // What was noted on the faster clock would come too late.
            let lines: Vec<_> = self.lines.read().by_key.values().cloned().collect();
            lines.iter().for_each(|line| due.set(line.concert, line.next_due(now)));
        }
        while let Some(&(at, concert)) = due.queues.first()
            && at <= now
        {
            due.queues.pop_first();
            due.queue_at.remove(&concert);
            taken.queues.extend(self.line_of(concert));
        }
        while let Some(&hold) = due.holds.first()
            && hold.held_until <= now
            && taken.holds.len() < most_holds
        {
            due.holds.pop_first();
            taken.holds.push(hold);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::Live;
    use crate::clock::Instant;
    use crate::ids::{ConcertKey, Ordinal};
    use crate::queue::Line;
    use crate::queue::domain::{Queue, Settings};
    use crate::queue::rules::QueueState;

    const NOW: Instant = Instant(1_000_000);

    fn queue_on_sale_at(on_sale_at: Instant) -> Queue {
        Queue {
            concert: ConcertKey(1),
            settings: Settings {
                state: QueueState::Open,
                max_admitted: None,
                admissions_per_minute: None,
                absence_seconds: 300,
                no_show_seconds: None,
            },
            opens_at: Instant(0),
            on_sale_at,
            draw_seed: [0; 32],
            drawn_at: None,
            drawn_ordinal: Ordinal(0),
            last_ordinal: Ordinal(0),
            last_number: 0,
            now_serving: 0,
            next_admission_at_us: 0,
            waiting_count: 0,
            admitted_count: 0,
            cap_at_last_admission: None,
        }
    }

    #[test]
    fn a_clock_set_back_does_not_let_the_line_oversleep() {
        let live = Live::default();
        let rated = |next_admission_at_us| {
            let mut queue = queue_on_sale_at(Instant(0));
            queue.settings.admissions_per_minute = Some(60);
            Queue { drawn_at: Some(Instant(0)), last_number: 1, waiting_count: 1, next_admission_at_us, ..queue }
        };
        let entry = crate::queue::Entry {
            concert: ConcertKey(1),
            ordinal: Ordinal(1),
            id: Uuid::nil(),
            user: crate::ids::UserKey(1),
            number: Some(1),
            status: crate::queue::rules::EntryStatus::Waiting,
            cause: None,
            joined_at: NOW,
            admitted_at: None,
            admitted_until: None,
            ends_at: NOW.plus_seconds(3600),
        };
        let mut line = Line::new(Uuid::nil(), rated((NOW.0 + 500) * 1000), NOW);
        line.restore(&entry, NOW);
        live.add_line(line, NOW);
        assert_eq!(live.next_due(), Some(NOW.plus_ms(500)));

        let ten_minutes_back = NOW.plus_ms(-600_000);
        let due = live.take_due(ten_minutes_back, 1);

        assert_eq!(due.queues.len(), 1, "looked at anew, not at the moment that the faster clock named");
    }
}
