//! Memory's picture of one performance's seats.
//!
//! The writer thread brings it up to date after every commit, so nothing here may hold the lock for long: readers copy
//! what they need (a byte a seat at most) and make their answer of the copy. What the answers look like is
//! [`rendering`](super::rendering)'s.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::catalog::{Performance, PlanSeat};
use crate::clock::Instant;
use crate::ids::{SeatId, Seq};
use crate::reservation::best::{self, Best, Hint, Proposals};
use crate::reservation::free::{Look, SEEN_LASTS_MS, Seen};
use crate::reservation::lone::{self, Elsewhere};
use crate::reservation::seat::{HoldKey, Seat, SeatChange, SeatState, StandingChange, StandingHold};
use crate::reservation::standing::{Count, Places, Standing};
use crate::reservation::stock::{Stock, Tally};

/// Versions of a map are this far apart from commit to commit. Between them count the ends of holds, which come at their
/// instant, without a commit, a version for each instant: more seats than a hall has cannot end between two commits.
///
/// That makes a version mean the same seats again after a restart or an eviction: what was loaded anew counts the ends
/// that nobody wrote down yet in the same order. JavaScript can count so for 2^36 commits.
const VERSIONS_PER_COMMIT: u64 = 1 << 17;

fn version_of(seq: Seq) -> u64 {
    seq.0.unsigned_abs().saturating_mul(VERSIONS_PER_COMMIT)
}

/// So many of the last changes are kept as a list; who asks for older ones has all seats looked through.
const RECENT_CHANGES: usize = 4096;

/// Before all holds.
const NOT_HELD: Instant = Instant(i64::MIN);

struct State {
    version: u64,
    /// The last commit that is in here.
    seq: Seq,
    states: Vec<SeatState>,
    /// The version in which each seat changed last.
    changed_in: Vec<u64>,
    /// When each seat is free again, if it is held, else [`NOT_HELD`].
    held_until: Vec<Instant>,
    /// What ends when.
    ends: BTreeSet<(Instant, End)>,
    standing: Standing,
    /// How many seats of each grade are free.
    available: BTreeMap<String, u32>,
    /// How many are kept for buyers.
    held: BTreeMap<String, u32>,
    /// The last changes, oldest first.
    recent: VecDeque<(u64, u32)>,
    /// All changes after this version are in `recent`.
    recent_after: u64,
}

/// What ends by itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// A seat's hold.
    Seat(u32),
    /// A hold of standing places, in this section.
    Standing(u32, HoldKey),
}

/// One performance's seats in memory.
pub struct SeatMap {
    /// The performance.
    pub performance: Arc<Performance>,
    places: Arc<BTreeMap<String, u32>>,
    proposals: Arc<Proposals>,
    state: Arc<Mutex<State>>,
    changed: Arc<watch::Sender<u64>>,
    is_over: Arc<AtomicBool>,
}

/// The states of all seats at one version, in the plan's order.
pub(super) struct Snapshot {
    pub(super) version: u64,
    pub(super) states: Vec<SeatState>,
    /// Of all standing sections.
    pub(super) standing: Vec<Places>,
}

/// The seats that changed after one version, up to another.
pub(super) struct Changes {
    pub(super) version: u64,
    /// `seat_no` and what the seat is now, in the plan's order.
    pub(super) seats: Vec<(u32, SeatState)>,
    /// The standing sections that changed, as they are now.
    pub(super) standing: Vec<Places>,
}

impl SeatMap {
    /// The picture of a performance of which these seats and standing sections were touched, as of the commit `seq`.
    pub fn new(performance: Performance, touched: &[Seat], standing: &[(Count, Vec<StandingHold>)], seq: Seq) -> Self {
        let seats = performance.plan.seat_count() as usize;
        let none: BTreeMap<_, _> = performance.prices.grades().map(|grade| (grade.to_owned(), 0)).collect();
        let mut available = none.clone();
        for seat in performance.plan.seats() {
            if let Some(available) = available.get_mut(seat.grade()) {
                *available += 1;
            }
        }
        let mut places = available.clone();
        for section in performance.plan.standing() {
            if let Some(places) = section.grade.as_deref().and_then(|grade| places.get_mut(grade)) {
                *places += section.capacity;
            }
        }
        let version = version_of(seq);
        let mut state = State {
            version,
            seq,
            states: vec![SeatState::Available; seats],
            changed_in: vec![0; seats],
            held_until: vec![NOT_HELD; seats],
            ends: BTreeSet::new(),
            standing: Standing::of(&performance.plan, standing, version_of),
            available,
            held: none,
            recent: VecDeque::new(),
            recent_after: version,
        };
        for seat in touched {
            let change = SeatChange { seat_no: seat.seat_no, state: seat.state, held_until: seat.held_until };
            state.set(&performance, &change, version_of(seat.changed_in));
        }
        state.ends.extend(state.standing.ends().map(|(until, of, hold)| (until, End::Standing(of, hold))));
        let (state, changed) = (Arc::new(Mutex::new(state)), Arc::new(watch::channel(version).0));
        let (performance, places) = (Arc::new(performance), Arc::new(places));
        Self { performance, places, proposals: Arc::default(), state, changed, is_over: Arc::default() }
    }

    /// The same seats, of which something else than their plan has changed. Whoever follows either sees what happens to both.
    pub fn with(&self, performance: Performance) -> Self {
        let (places, proposals, state) = (self.places.clone(), self.proposals.clone(), self.state.clone());
        let (changed, is_over) = (self.changed.clone(), self.is_over.clone());
        Self { performance: Arc::new(performance), places, proposals, state, changed, is_over }
    }

    /// Another map takes its place, or none: whoever follows it looks again.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.changed.send_modify(|_| {});
    }

    /// True when it has ended.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// How many seats and standing places there are in all, by grade.
    pub fn places(&self) -> &BTreeMap<String, u32> {
        &self.places
    }

    /// What is left at `now`.
    pub fn stock(&self, now: Instant) -> Stock {
        let (free, held) = self.left(now);
        Stock::new(&self.performance, &self.places, &free, &held)
    }

    /// How many places of each grade are what at `now`. Looks at every seat, outside the lock.
    pub fn tally(&self, now: Instant) -> BTreeMap<String, Tally> {
        let plan = &self.performance.plan;
        let (states, standing) = self.at(now, |state| (state.states.clone(), state.standing.tally()));
        let mut of_grade: BTreeMap<&str, Tally> =
            self.performance.prices.grades().map(|grade| (grade, Tally::default())).collect();
        for (seat, state) in plan.seats().zip(states) {
            of_grade.entry(seat.grade()).or_default().count(state);
        }
        for (section_no, tally) in standing {
            if let Some(grade) = plan.section(section_no).and_then(|of| of.grade.as_deref()) {
                of_grade.entry(grade).or_default().add(tally);
            }
        }
        of_grade.into_iter().map(|(grade, tally)| (grade.to_owned(), tally)).collect()
    }

    /// Takes over all that the commit `seq` changed here: in one step, so that nobody sees a part of it under its version.
    /// A commit that is in here already changes nothing.
    pub fn apply<'c>(
        &self,
        seq: Seq,
        changes: impl IntoIterator<Item = &'c SeatChange>,
        standing: impl IntoIterator<Item = &'c StandingChange>,
    ) {
        let mut state = self.state.lock();
        if seq <= state.seq {
            return;
        }
        state.seq = seq;
        let mut version = None;
        for change in changes {
            // What readers see already, such as the end of a hold at its instant, is no new version.
            if !state.shows(change) {
                let version = *version.get_or_insert_with(|| state.next_version(version_of(seq)));
                state.change(&self.performance, change, version);
            }
        }
        for change in standing {
            if !state.standing.shows(change) {
                let version = *version.get_or_insert_with(|| state.next_version(version_of(seq)));
                state.change_standing(change, version);
            }
        }
        if let Some(version) = version {
            self.changed.send_replace(version);
        }
    }

    /// How many seats and standing places of each grade are free at `now`.
    pub fn available(&self, now: Instant) -> BTreeMap<String, u32> {
        self.left(now).0
    }

    /// How many of each grade are free at `now`, and how many kept for buyers.
    fn left(&self, now: Instant) -> (BTreeMap<String, u32>, BTreeMap<String, u32>) {
        let look = |state: &State| (state.available.clone(), state.held.clone(), state.standing.free());
        let (mut free, mut held, standing) = self.at(now, look);
        for places in standing {
            let Some(grade) = self.performance.plan.section(places.section_no).and_then(|of| of.grade.as_deref())
            else {
                continue;
            };
            for (of, count) in [(&mut free, places.free), (&mut held, places.held)] {
                if let Some(of_grade) = of.get_mut(grade) {
                    *of_grade += count;
                }
            }
        }
        (free, held)
    }

    /// The version at `now`.
    pub fn version(&self, now: Instant) -> u64 {
        self.at(now, |state| state.version)
    }

    /// What every seat is at `now`.
    pub(super) fn snapshot(&self, now: Instant) -> Snapshot {
        self.at(now, |state| Snapshot {
            version: state.version,
            states: state.states.clone(),
            standing: state.standing.free(),
        })
    }

    /// The seats that changed after version `since`; `None` when `since` is a version that this performance has not
    /// reached, or one from before it became another map: then only the whole map helps.
    pub(super) fn changes_since(&self, since: u64, now: Instant) -> Option<Changes> {
        enum Look {
            Recent(Changes),
            All(u64, Vec<SeatState>, Vec<u64>, Vec<Places>),
        }
        let look = self.at(now, |state| match since {
            since if since > state.version || since < version_of(self.performance.redrawn_in) => None,
            since if since >= state.recent_after => Some(Look::Recent(state.recent_since(since))),
            _ => {
                let standing = state.standing.changed_since(since);
                Some(Look::All(state.version, state.states.clone(), state.changed_in.clone(), standing))
            }
        })?;
        Some(match look {
            Look::Recent(changes) => changes,
            Look::All(version, states, changed_in, standing) => {
                let all = (1_u32..).zip(states).zip(changed_in);
                let seats = all.filter(|(_, changed_in)| *changed_in > since).map(|(seat, _)| seat).collect();
                Changes { version, seats, standing }
            }
        })
    }

    /// How many changes came after version `since`, where memory has them as a list.
    pub(super) fn changed_lately(&self, since: u64, now: Instant) -> Option<usize> {
        let later = |state: &State| state.recent.len() - state.recent.partition_point(|(version, _)| *version <= since);
        self.at(now, |state| (since >= state.recent_after).then(|| later(state)))
    }

    /// What the best seats are now, of those that are proposed to nobody else. Milliseconds for a large map: for a thread
    /// that may block.
    pub fn propose(&self, best: &Best, now: Instant) -> Hint {
        let room = &self.performance.room;
        if best::check(room, best).is_err() {
            return Hint::Unknown;
        }
        match self.proposals.propose(room, &best::wish(room, best), || self.free(now)) {
            Ok(proposal) => Hint::Seats(proposal),
            Err(left) => Hint::TooFew(left),
        }
    }

    /// Which seats are free now, for an operation that puts it right by the data file.
    pub fn seen(&self, now: Instant) -> Seen {
        let until = now.plus_ms(SEEN_LASTS_MS);
        let (states, mut look) = self.at(now, |state| {
            let soon = state.ends.iter().take_while(|(at, _)| *at < until);
            let seats = soon.filter_map(|(at, end)| match end {
                End::Seat(seat_no) => Some((*at, *seat_no)),
                End::Standing(..) => None,
            });
            let (ending, standing) = (seats.collect(), state.standing.free());
            (state.states.clone(), Look { seq: state.seq, spots: Vec::new(), ending, standing })
        });
        look.spots = states.into_iter().map(|state| state == SeatState::Available).collect();
        Seen::new(self.performance.clone(), now, look)
    }

    /// Which seats a buyer could have instead of these, where the performance lets nobody leave a seat alone. Milliseconds
    /// for a large map: for a thread that may block.
    pub fn elsewhere(&self, seats: &[SeatId], now: Instant) -> Elsewhere {
        let performance = &self.performance;
        if !performance.refuse_lone_seats {
            return Elsewhere::NotNeeded;
        }
        let free = self.free(now);
        let own = seats.iter().filter(|id| id.performance == performance.key).map(|id| id.seat_no);
        let is_free = |seat_no: &u32| free.get((*seat_no as usize).wrapping_sub(1)) == Some(&true);
        lone::elsewhere(&performance.room, &free, &lone::spots(&own.filter(is_free).collect::<Vec<_>>()))
    }

    fn free(&self, now: Instant) -> Vec<bool> {
        let states = self.at(now, |state| state.states.clone());
        states.into_iter().map(|state| state == SeatState::Available).collect()
    }

    /// Changes with every version.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Looks at the state as it is at `now`: a held seat is free at its instant (law 8), whether or not the job that
    /// writes it down has come by.
    fn at<T>(&self, now: Instant, look: impl FnOnce(&State) -> T) -> T {
        let mut state = self.state.lock();
        let (mut ended, mut version) = (None, state.version);
        while let Some(&(until, end)) = state.ends.first()
            && until <= now
        {
            if ended.replace(until) != Some(until) {
                version = state.next_version(0);
            }
            match end {
                End::Seat(seat_no) => {
                    let free = SeatChange { seat_no, state: SeatState::Available, held_until: None };
                    state.change(&self.performance, &free, version);
                }
                End::Standing(section_no, hold) => {
                    state.ends.remove(&(until, end));
                    state.standing.end(section_no, &hold, version);
                }
            }
        }
        if ended.is_some() {
            self.changed.send_replace(version);
        }
        look(&state)
    }
}

impl State {
    /// Goes on to the next version, at least this one.
    fn next_version(&mut self, at_least: u64) -> u64 {
        self.version = at_least.max(self.version.saturating_add(1));
        self.version
    }

    fn shows(&self, change: &SeatChange) -> bool {
        let index = (change.seat_no as usize).wrapping_sub(1);
        let held_until = change.held_until.unwrap_or(NOT_HELD);
        self.states.get(index) == Some(&change.state) && self.held_until[index] == held_until
    }

    fn change(&mut self, performance: &Performance, change: &SeatChange, version: u64) {
        self.set(performance, change, version);
        self.recent.push_back((version, change.seat_no));
        if self.recent.len() > RECENT_CHANGES
            && let Some((version, _)) = self.recent.pop_front()
        {
            self.recent_after = version;
        }
    }

    fn set(&mut self, performance: &Performance, change: &SeatChange, version: u64) {
        let index = (change.seat_no as usize).wrapping_sub(1);
        let Some(state) = self.states.get_mut(index) else { return };
        let was = std::mem::replace(state, change.state);
        self.changed_in[index] = version;
        let held_until = change.held_until.unwrap_or(NOT_HELD);
        let was_held_until = std::mem::replace(&mut self.held_until[index], held_until);
        if was_held_until != NOT_HELD {
            self.ends.remove(&(was_held_until, End::Seat(change.seat_no)));
        }
        if held_until != NOT_HELD {
            self.ends.insert((held_until, End::Seat(change.seat_no)));
        }
        if was == change.state {
            return;
        }
        if let Some(grade) = performance.plan.seat(change.seat_no).map(PlanSeat::grade) {
            for (of, counted) in [(&mut self.available, SeatState::Available), (&mut self.held, SeatState::Held)] {
                if let Some(count) = of.get_mut(grade) {
                    *count = *count + u32::from(change.state == counted) - u32::from(was == counted);
                }
            }
        }
    }

    fn recent_since(&self, since: u64) -> Changes {
        let after = self.recent.iter().rev().take_while(|(version, _)| *version > since);
        let seats: BTreeSet<u32> = after.map(|(_, seat_no)| *seat_no).collect();
        let now = |seat_no: u32| Some((seat_no, *self.states.get(seat_no as usize - 1)?));
        let standing = self.standing.changed_since(since);
        Changes { version: self.version, seats: seats.into_iter().filter_map(now).collect(), standing }
    }

    fn change_standing(&mut self, change: &StandingChange, version: u64) {
        for over in &change.over {
            if let Some(held_until) = self.standing.held_until(change.section_no, over) {
                self.ends.remove(&(held_until, End::Standing(change.section_no, *over)));
            }
        }
        if let Some(began) = &change.began {
            self.ends.insert((began.held_until, End::Standing(change.section_no, began.hold)));
        }
        self.standing.change(change, version);
    }
}
