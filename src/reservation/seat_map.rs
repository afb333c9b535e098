//! Memory's picture of one performance's seats, and the JSON of its seat map.
//!
//! The writer thread brings it up to date after every commit. The JSON is kept as one text in which every seat's state
//! stands at a fixed place, padded with the white space that JSON allows (RFC 8259 §2): a change overwrites a dozen
//! bytes, and a new version costs one copy of the text instead of a walk over all seats.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use hyper::body::Bytes;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::watch;

use crate::catalog::Performance;
use crate::clock::Instant;
use crate::ids::SeatId;
use crate::reservation::best::Hint;
use crate::reservation::compressed::Compressed;
use crate::reservation::domain::{Seat, SeatChange, SeatState};

/// `"available"`, the longest state, in quotes.
const STATE_WIDTH: usize = 11;

struct SeatNow {
    state: SeatState,
    held_until: Option<Instant>,
    changed_in: u64,
}

struct State {
    first_version: u64,
    version: u64,
    seats: Vec<SeatNow>,
    free_in_row: Vec<u32>,
    available: BTreeMap<String, u32>,
    held: BTreeSet<(Instant, u32)>,
    text: Option<Text>,
}

/// The JSON with the places of what changes in it.
struct Text {
    bytes: Vec<u8>,
    version_at: usize,
    states_at: Vec<usize>,
    copy: Option<(u64, Bytes)>,
}

/// One performance's seats in memory.
pub struct SeatMap {
    /// The performance.
    pub performance: Arc<Performance>,
    state: Mutex<State>,
    compressed: Compressed,
    changed: watch::Sender<u64>,
}

/// A seat map's JSON at one version.
pub struct Rendered {
    /// Its version.
    pub version: u64,
    /// The JSON.
    pub json: Bytes,
}

/// A seat in a list of changes.
#[derive(Clone, Debug, Serialize, poem_openapi::Object)]
pub struct ChangedSeat {
    /// The seat
    pub id: String,
    /// What it is now
    pub state: SeatState,
}

impl SeatMap {
    /// The picture of these seats. Versions count on from `now`, so that they grow across restarts.
    pub fn new(performance: Performance, seats: &[Seat], now: Instant) -> Self {
        let version = u64::try_from(now.0).unwrap_or(0) * 1000;
        let rows = &performance.plan.rows;
        let mut state = State {
            first_version: version,
            version,
            seats: Vec::with_capacity(seats.len()),
            free_in_row: vec![0; rows.len()],
            available: performance.prices.keys().map(|grade| (grade.clone(), 0)).collect(),
            held: BTreeSet::new(),
            text: None,
        };
        for seat in seats {
            state.seats.push(SeatNow { state: SeatState::Sold, held_until: None, changed_in: version });
            let change = SeatChange { seat_no: seat.seat_no, state: seat.state, held_until: seat.held_until };
            state.set(&performance, &change);
        }
        Self {
            performance: Arc::new(performance),
            state: Mutex::new(state),
            compressed: Compressed::default(),
            changed: watch::channel(version).0,
        }
    }

    /// Takes over what a commit changed. What readers see already, such as the end of a hold at its instant, is no new
    /// version.
    pub fn apply(&self, changes: &[SeatChange]) {
        let mut state = self.state.lock();
        if changes.iter().all(|change| state.shows(change)) {
            return;
        }
        state.version += 1;
        for change in changes {
            state.set(&self.performance, change);
        }
        self.changed.send_replace(state.version);
    }

    /// How many seats of each grade are free at `now`.
    pub fn available(&self, now: Instant) -> BTreeMap<String, u32> {
        let mut state = self.state.lock();
        self.expire(&mut state, now);
        state.available.clone()
    }

    /// The version at `now`.
    pub fn version(&self, now: Instant) -> u64 {
        let mut state = self.state.lock();
        self.expire(&mut state, now);
        state.version
    }

    /// The whole map at `now`.
    pub fn render(&self, now: Instant) -> Rendered {
        let mut state = self.state.lock();
        self.expire(&mut state, now);
        let State { version, seats, text, .. } = &mut *state;
        let text = text.get_or_insert_with(|| Text::new(&self.performance, seats));
        Rendered { version: *version, json: text.at(*version) }
    }

    /// The whole map in gzip, not older than [`compressed`](super::compressed) allows; `None` when it is to be made by
    /// [`SeatMap::compress`].
    pub fn compressed(&self, now: Instant) -> Option<Rendered> {
        self.compressed.current(self.version(now))
    }

    /// Makes the map in gzip. For a thread that may block.
    pub fn compress(&self, now: Instant) -> Rendered {
        self.compressed.make(|| self.render(now))
    }

    /// The seats that changed after version `since`, and the version now. `None` when `since` is not one of this
    /// map's versions: then only the whole map helps.
    pub fn changes_since(&self, since: u64, now: Instant) -> Option<(u64, Vec<ChangedSeat>)> {
        let mut state = self.state.lock();
        self.expire(&mut state, now);
        if since > state.version || since < state.first_version {
            return None;
        }
        let changed = (1_u32..)
            .zip(&state.seats)
            .filter(|(_, seat)| seat.changed_in > since)
            .map(|(seat_no, seat)| self.changed_seat(seat_no, seat))
            .collect();
        Some((state.version, changed))
    }

    /// All seats.
    pub fn all(&self, now: Instant) -> Vec<ChangedSeat> {
        let mut state = self.state.lock();
        self.expire(&mut state, now);
        (1_u32..).zip(&state.seats).map(|(seat_no, seat)| self.changed_seat(seat_no, seat)).collect()
    }

    fn changed_seat(&self, seat_no: u32, seat: &SeatNow) -> ChangedSeat {
        let id = SeatId { performance: self.performance.key, seat_no };
        ChangedSeat { id: id.to_string(), state: seat.state }
    }

    /// Where to look for `quantity` seats of a grade: the first few rows, in plan order, with so many free.
    pub fn hint(&self, grade: &str, quantity: u32, now: Instant) -> Hint {
        const ENOUGH: usize = 4;
        let mut state = self.state.lock();
        self.expire(&mut state, now);
        let rows = self.performance.plan.rows.iter().enumerate();
        let likely = rows.filter(|(at, row)| row.grade == grade && state.free_in_row[*at] >= quantity.max(1));
        Hint {
            likely_rows: likely.map(|(at, _)| at).take(ENOUGH).collect(),
            free: state.available.get(grade).map(|free| *free as usize),
        }
    }

    /// Changes with every version.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// A held seat is free at its instant (law 8), whether or not the sweeper has come by.
    fn expire(&self, state: &mut State, now: Instant) {
        let mut over = Vec::new();
        while let Some(&(until, seat_no)) = state.held.first()
            && until <= now
        {
            state.held.pop_first();
            over.push(SeatChange { seat_no, state: SeatState::Available, held_until: None });
        }
        if !over.is_empty() {
            state.version += 1;
            for change in &over {
                state.set(&self.performance, change);
            }
            self.changed.send_replace(state.version);
        }
    }
}

impl State {
    fn shows(&self, change: &SeatChange) -> bool {
        let seat = self.seats.get(change.seat_no as usize - 1);
        seat.is_some_and(|seat| seat.state == change.state && seat.held_until == change.held_until)
    }

    fn set(&mut self, performance: &Performance, change: &SeatChange) {
        let index = change.seat_no as usize - 1;
        let Some(seat) = self.seats.get_mut(index) else { return };
        if let Some(until) = seat.held_until.take() {
            self.held.remove(&(until, change.seat_no));
        }
        let was_free = seat.state == SeatState::Available;
        let is_free = change.state == SeatState::Available;
        *seat = SeatNow { state: change.state, held_until: change.held_until, changed_in: self.version };
        if let Some(until) = change.held_until {
            self.held.insert((until, change.seat_no));
        }
        if was_free != is_free {
            let rows = &performance.plan.rows;
            let row = rows.partition_point(|row| row.first_seat <= change.seat_no) - 1;
            let by = if is_free { 1 } else { u32::MAX };
            self.free_in_row[row] = self.free_in_row[row].wrapping_add(by);
            if let Some(available) = self.available.get_mut(&rows[row].grade) {
                *available = available.wrapping_add(by);
            }
        }
        if let Some(text) = &mut self.text {
            text.put(index, change.state);
        }
    }
}

impl Text {
    fn new(performance: &Performance, seats: &[SeatNow]) -> Self {
        let mut json = format!("{{\"performance_id\":\"{}\",\"version\":", performance.id);
        let version_at = json.len();
        json.push_str(&format!("{:>16},\"seats\":[", 0));
        let mut states_at = Vec::with_capacity(seats.len());
        for row in &performance.plan.rows {
            let fixed = format!(
                "\"section\":{},\"row\":{},\"grade\":{},\"price\":{},\"number\":",
                quoted(&row.section),
                quoted(&row.name),
                quoted(&row.grade),
                performance.prices.get(&row.grade).map_or(0, |price| price.0),
            );
            for (seat_no, number) in row.seats().zip(&row.seat_numbers) {
                let id = SeatId { performance: performance.key, seat_no };
                let comma = if seat_no == 1 { "" } else { "," };
                let _ = write!(json, "{comma}{{\"id\":\"{id}\",{fixed}{number},\"state\":");
                states_at.push(json.len());
                json.push_str(&" ".repeat(STATE_WIDTH));
                json.push('}');
            }
        }
        json.push_str("]}");
        let mut text = Self { bytes: json.into_bytes(), version_at, states_at, copy: None };
        for (index, seat) in seats.iter().enumerate() {
            text.put(index, seat.state);
        }
        text
    }

    fn put(&mut self, index: usize, state: SeatState) {
        let word = state.as_str().as_bytes();
        let place = &mut self.bytes[self.states_at[index]..][..STATE_WIDTH];
        place.fill(b' ');
        place[0] = b'"';
        place[1..=word.len()].copy_from_slice(word);
        place[word.len() + 1] = b'"';
    }

    fn at(&mut self, version: u64) -> Bytes {
        if let Some((of, copy)) = &self.copy
            && *of == version
        {
            return copy.clone();
        }
        self.bytes[self.version_at..][..16].copy_from_slice(format!("{version:>16}").as_bytes());
        let copy = Bytes::copy_from_slice(&self.bytes);
        self.copy = Some((version, copy.clone()));
        copy
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
