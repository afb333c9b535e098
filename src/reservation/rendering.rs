//! What a seat map looks like as bytes: whole, in gzip, as a list of changes; made once for all who ask.
//!
//! The whole map is one text in which every seat's state stands at a fixed place, padded with the white space that
//! JSON allows (RFC 8259 §2): a change overwrites a dozen bytes, and a new version costs one copy of the text instead
//! of a walk over all seats. Nothing here holds a lock that the writer needs.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use hyper::body::Bytes;
use parking_lot::Mutex;

use crate::catalog::Performance;
use crate::clock::Instant;
use crate::reservation::seat::SeatState;
use crate::reservation::seat_map::{Changes, SeatMap, Snapshot};
use crate::reservation::shared_copy::{DENSE, FAST, Rendered, SharedCopy, gzip};
use crate::reservation::standing::Places;

/// `"available"`, the longest state, in quotes.
const STATE_WIDTH: usize = 11;

/// Room for any count of places.
const COUNT_WIDTH: usize = 10;

/// Room for any version.
const VERSION_WIDTH: usize = 20;

/// One performance's seats with the bytes that show them.
pub struct Rendering {
    /// The seats.
    pub map: SeatMap,
    text: Mutex<Option<Text>>,
    compressed: SharedCopy,
    list: SharedCopy,
    packed_states: SharedCopy,
    /// The last lists of changes with the version that they begin at: those who follow ask for the same.
    changes: Mutex<VecDeque<(u64, Rendered)>>,
}

/// So many lists of changes are kept for the next who asks.
const CHANGES_KEPT: usize = 8;
/// Of at most so many bytes each.
const LARGEST_KEPT: usize = 1 << 18;

/// The JSON with the places of what changes in it.
struct Text {
    bytes: Vec<u8>,
    version: u64,
    version_at: usize,
    states_at: Vec<usize>,
    /// Where the count of each standing section stands.
    counts_at: Vec<(u32, usize)>,
    copy: Option<Rendered>,
}

impl Rendering {
    /// Of these seats.
    pub fn new(map: SeatMap) -> Self {
        Self {
            map,
            text: Mutex::default(),
            compressed: SharedCopy::default(),
            list: SharedCopy::default(),
            packed_states: SharedCopy::default(),
            changes: Mutex::default(),
        }
    }

    /// The whole map, never older than `now`. Milliseconds for a large one: for a thread that may block.
    pub fn whole(&self, now: Instant) -> Rendered {
        let mut text = self.text.lock();
        let text = text.get_or_insert_with(|| Text::new(&self.map.performance, &self.map.snapshot(now)));
        match self.map.changes_since(text.version, now) {
            Some(changes) => text.update(&changes),
            None => *text = Text::new(&self.map.performance, &self.map.snapshot(now)),
        }
        text.rendered()
    }

    /// The whole map in gzip as it is shared now (see `shared_copy`); `None` when it is to be made
    /// by [`Rendering::compress`].
    pub fn compressed(&self, now: Instant) -> Option<Rendered> {
        self.compressed.current(self.map.version(now))
    }

    /// Makes the map in gzip. For a thread that may block.
    pub fn compress(self: &Arc<Self>, now: Instant) -> Rendered {
        self.compressed.make(
            || self.map.version(now),
            || {
                let whole = self.whole(now);
                Rendered { version: whole.version, bytes: Bytes::from(gzip(&whole.bytes, FAST)) }
            },
        )
    }

    /// All seats as a list of changes, as it is shared now; `None` when it is to be made by [`Rendering::make_list`].
    pub fn list(&self, now: Instant) -> Option<Rendered> {
        self.list.current(self.map.version(now))
    }

    /// Makes the list of all seats. For a thread that may block.
    pub fn make_list(self: &Arc<Self>, now: Instant) -> Rendered {
        self.list.make(
            || self.map.version(now),
            || {
                let Snapshot { version, states, standing } = self.map.snapshot(now);
                self.changes(&Changes { version, seats: (1_u32..).zip(states).collect(), standing })
            },
        )
    }

    /// All states, one letter a seat.
    pub fn states(&self, now: Instant) -> Rendered {
        let Snapshot { version, states, standing } = self.map.snapshot(now);
        let letters: String = states.into_iter().map(SeatState::letter).collect();
        let (head, standing) = (self.states_head(version), counts(&self.map.performance, &standing));
        Rendered { version, bytes: Bytes::from(format!("{head},\"states\":\"{letters}\",\"standing\":{standing}}}")) }
    }

    /// The same in gzip, as it is shared. For a thread that may block.
    pub fn packed_states(self: &Arc<Self>, now: Instant) -> Rendered {
        self.packed_states.make(
            || self.map.version(now),
            || {
                let plain = self.states(now);
                Rendered { version: plain.version, bytes: Bytes::from(gzip(&plain.bytes, DENSE)) }
            },
        )
    }

    /// What changed after version `since`: by each state's letter, the places of the seats that came to it. `None` when only
    /// all states help.
    pub fn states_since(&self, since: u64, now: Instant) -> Option<Rendered> {
        let Changes { version, seats, standing } = self.map.changes_since(since, now)?;
        let mut by_letter: BTreeMap<char, Vec<u32>> = BTreeMap::new();
        for (seat_no, state) in seats {
            by_letter.entry(state.letter()).or_default().push(seat_no - 1);
        }
        let (head, changed) = (self.states_head(version), serde_json::to_string(&by_letter).unwrap_or_default());
        let standing = counts(&self.map.performance, &standing);
        let text = format!("{head},\"changed\":{changed},\"standing\":{standing}}}");
        Some(Rendered { version, bytes: Bytes::from(text) })
    }

    fn states_head(&self, version: u64) -> String {
        let Performance { id, plan_id, .. } = &*self.map.performance;
        let first = self.map.performance.seat_id(1).to_string();
        let ids = format!("\"seat_id_prefix\":\"{}\"", first.trim_end_matches('1'));
        format!("{{\"performance_id\":\"{id}\",\"plan\":\"{plan_id}\",\"version\":{version},{ids}")
    }

    /// The seats that changed after version `since`; `None` when only the whole map helps.
    pub fn changes_since(&self, since: u64, now: Instant) -> Option<Rendered> {
        let version = self.map.version(now);
        let kept = |(from, to): &&(u64, Rendered)| *from == since && to.version == version;
        if let Some((_, changes)) = self.changes.lock().iter().find(kept) {
            return Some(changes.clone());
        }
        let rendered = self.changes(&self.map.changes_since(since, now)?);
        if rendered.bytes.len() <= LARGEST_KEPT {
            let mut changes = self.changes.lock();
            // Who made the same meanwhile came first.
            if let Some((_, first)) = changes.iter().find(kept) {
                return Some(first.clone());
            }
            changes.push_front((since, rendered.clone()));
            changes.truncate(CHANGES_KEPT);
        }
        Some(rendered)
    }

    fn changes(&self, changes: &Changes) -> Rendered {
        const BYTES_PER_SEAT: usize = 40;
        let performance = &self.map.performance;
        let mut json = String::with_capacity(100 + changes.seats.len() * BYTES_PER_SEAT);
        let (id, version) = (performance.id, changes.version);
        let _ = write!(json, "{{\"performance_id\":\"{id}\",\"version\":{version},\"seats\":[");
        for (at, &(seat_no, state)) in changes.seats.iter().enumerate() {
            let (comma, id) = (if at == 0 { "" } else { "," }, performance.seat_id(seat_no));
            let _ = write!(json, "{comma}{{\"id\":\"{id}\",\"state\":\"{}\"}}", state.as_str());
        }
        let _ = write!(json, "],\"standing\":{}}}", counts(performance, &changes.standing));
        Rendered { version, bytes: Bytes::from(json) }
    }
}

impl Text {
    fn new(performance: &Performance, snapshot: &Snapshot) -> Self {
        let mut json = format!("{{\"performance_id\":\"{}\",\"version\":", performance.id);
        let version_at = json.len();
        let _ = write!(json, "{:>VERSION_WIDTH$},\"seats\":[", 0);
        let mut states_at = Vec::with_capacity(snapshot.states.len());
        for row in &performance.plan.rows {
            let of_row = format!("\"section\":{},\"row\":{}", quoted(&row.section), quoted(&row.name));
            for (seat_no, place) in row.seat_numbers().zip(&row.seats) {
                let (id, label) = (performance.seat_id(seat_no), quoted(&place.label));
                let comma = if seat_no == 1 { "" } else { "," };
                let _ = write!(json, "{comma}{{\"id\":\"{id}\",{of_row},\"label\":{label},");
                let grade = row.grade_of(place);
                let price = performance.prices.first(grade).map_or(0, |(_, price)| price.0);
                let (grade, kind) = (quoted(grade), place.kind.as_str());
                let _ = write!(json, "\"grade\":{grade},\"kind\":\"{kind}\",\"price\":{price},\"state\":");
                states_at.push(json.len());
                json.push_str(&" ".repeat(STATE_WIDTH));
                json.push('}');
            }
        }
        json.push_str("],\"standing\":[");
        let mut counts_at = Vec::with_capacity(snapshot.standing.len());
        for (at, section) in performance.plan.standing().enumerate() {
            let (comma, grade) = (if at == 0 { "" } else { "," }, section.grade.as_deref().unwrap_or_default());
            let price = performance.prices.first(grade).map_or(0, |(_, price)| price.0);
            let (name, grade, capacity) = (quoted(&section.name), quoted(grade), section.capacity);
            let _ = write!(json, "{comma}{{\"section\":{name},\"grade\":{grade},\"price\":{price},");
            let _ = write!(json, "\"capacity\":{capacity},\"available\":");
            counts_at.push((section.section_no, json.len()));
            let _ = write!(json, "{:>COUNT_WIDTH$}}}", 0);
        }
        json.push_str("]}");
        let (bytes, version) = (json.into_bytes(), snapshot.version);
        let mut text = Self { bytes, version, version_at, states_at, counts_at, copy: None };
        for (index, state) in snapshot.states.iter().enumerate() {
            text.put(index, *state);
        }
        snapshot.standing.iter().for_each(|places| text.count(places));
        text
    }

    fn count(&mut self, places: &Places) {
        if let Some((_, at)) = self.counts_at.iter().find(|(section_no, _)| *section_no == places.section_no) {
            let text = format!("{:>COUNT_WIDTH$}", places.free);
            self.bytes[*at..][..COUNT_WIDTH].copy_from_slice(text.as_bytes());
        }
    }

    fn update(&mut self, changes: &Changes) {
        for &(seat_no, state) in &changes.seats {
            self.put(seat_no as usize - 1, state);
        }
        changes.standing.iter().for_each(|places| self.count(places));
        self.version = changes.version;
    }

    fn put(&mut self, index: usize, state: SeatState) {
        let word = state.as_str().as_bytes();
        let place = &mut self.bytes[self.states_at[index]..][..STATE_WIDTH];
        place.fill(b' ');
        place[0] = b'"';
        place[1..=word.len()].copy_from_slice(word);
        place[word.len() + 1] = b'"';
    }

    fn rendered(&mut self) -> Rendered {
        let version = self.version;
        if let Some(copy) = self.copy.as_ref().filter(|copy| copy.version == version) {
            return copy.clone();
        }
        self.bytes[self.version_at..][..VERSION_WIDTH].copy_from_slice(format!("{version:>VERSION_WIDTH$}").as_bytes());
        let copy = Rendered { version, bytes: Bytes::copy_from_slice(&self.bytes) };
        self.copy = Some(copy.clone());
        copy
    }
}

/// Standing sections with their free places.
fn counts(performance: &Performance, standing: &[Places]) -> String {
    let count = |places: &Places| {
        let section = performance.plan.section(places.section_no);
        let section = quoted(section.map_or("", |section| &section.name));
        format!("{{\"section\":{section},\"available\":{}}}", places.free)
    };
    format!("[{}]", standing.iter().map(count).collect::<Vec<_>>().join(","))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
