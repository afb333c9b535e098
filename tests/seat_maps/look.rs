//! What memory shows of a performance, read as strictly as a client could, and kept for ever: the same version must never
//! show two things, and from any version that was ever shown the changes must lead to what is true now.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::Arc;

use boxoffice::catalog::{Performance, SeatKind};
use boxoffice::clock::Instant;
use boxoffice::ids::{SeatId, VersionKey};
use boxoffice::reservation::best::{Best, Hint};
use boxoffice::reservation::{Rendered, Rendering};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde::Deserialize;
use uuid::Uuid;

/// The document's SeatMapView.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeatMapView {
    performance_id: Uuid,
    version: u64,
    seats: Vec<MapSeatView>,
    standing: Vec<MapStandingView>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct MapStandingView {
    section: String,
    grade: String,
    price: i64,
    capacity: u32,
    available: u32,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct MapSeatView {
    id: String,
    section: String,
    row: String,
    label: String,
    grade: String,
    kind: String,
    price: i64,
    state: String,
}

/// The document's SeatChangesView.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeatChangesView {
    performance_id: Uuid,
    version: u64,
    seats: Vec<ChangedSeatView>,
    standing: Vec<ChangedStandingView>,
}

/// The document's StatesView.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatesView {
    performance_id: Uuid,
    plan: String,
    version: u64,
    seat_id_prefix: String,
    states: Option<String>,
    changed: Option<BTreeMap<char, Vec<usize>>>,
    standing: Vec<ChangedStandingView>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangedStandingView {
    section: String,
    available: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangedSeatView {
    id: String,
    state: String,
}

/// Everything that was ever shown of a performance: states by version, a letter a seat and a sign a standing section.
#[derive(Default)]
pub struct Shown {
    /// The version of the hall in which all of it was shown.
    played_in: Option<VersionKey>,
    by_version: BTreeMap<u64, String>,
    latest: u64,
}

fn letter(state: &str) -> char {
    assert!(["available", "held", "sold", "blocked"].contains(&state), "{state}");
    state.chars().next().unwrap()
}

/// So many free places of a standing section.
pub fn sign(free: u32) -> char {
    char::from(b'0' + u8::try_from(free).expect("a small section"))
}

/// Reads a whole map; everything but the states must be what the plan says.
fn read_whole(of: &Performance, bytes: &[u8]) -> (u64, String) {
    let view: SeatMapView = serde_json::from_slice(bytes).expect("a SeatMapView");
    assert_eq!(view.performance_id, of.id);
    let seats = view.seats.iter().map(|seat| letter(&seat.state));
    let states: String = seats.chain(view.standing.iter().map(|section| sign(section.available))).collect();
    let sections = of.plan.standing().zip(&view.standing).map(|(section, shown)| MapStandingView {
        section: section.name.clone(),
        grade: section.grade.clone().expect("its grade"),
        price: of.prices.first(section.grade.as_ref().expect("its grade")).expect("a price").1.0,
        capacity: section.capacity,
        available: shown.available,
    });
    assert_eq!(sections.collect::<Vec<_>>(), view.standing);
    assert_eq!(view.standing.len(), of.plan.standing().count());
    let expected = (1..).zip(of.plan.seats()).zip(&view.seats).map(|((seat_no, in_plan), seat)| MapSeatView {
        id: of.seat_id(seat_no).to_string(),
        section: in_plan.row.section.clone(),
        row: in_plan.row.name.clone(),
        label: in_plan.place.label.clone(),
        grade: in_plan.grade().to_owned(),
        kind: in_plan.place.kind.as_str().to_owned(),
        price: of.prices.first(in_plan.grade()).expect("a price").1.0,
        state: seat.state.clone(),
    });
    assert_eq!(expected.collect::<Vec<_>>(), view.seats);
    assert_eq!(view.seats.len(), of.plan.seat_count() as usize);
    (view.version, states)
}

/// Reads a list of changes; gives the version and the states as they are after it.
fn read_changes(of: &Performance, before: &str, changes: &Rendered) -> (u64, String) {
    let view: SeatChangesView = serde_json::from_slice(&changes.bytes).expect("a SeatChangesView");
    assert_eq!((view.performance_id, view.version), (of.id, changes.version));
    let ids: Vec<SeatId> = view.seats.iter().map(|seat| seat.id.parse().expect("a seat id")).collect();
    assert_eq!(
        ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>(),
        ids,
        "in order, each once"
    );
    let mut states: Vec<char> = before.chars().collect();
    for (id, seat) in ids.iter().zip(&view.seats) {
        assert!(of.has(*id), "{id} of {}", of.plan_id);
        states[id.seat_no as usize - 1] = letter(&seat.state);
    }
    count(of, &mut states, &view.standing);
    (view.version, states.into_iter().collect())
}

fn count(of: &Performance, states: &mut [char], standing: &[ChangedStandingView]) {
    for changed in standing {
        let at = of.plan.standing().position(|section| section.name == changed.section).expect("a standing section");
        states[of.plan.seat_count() as usize + at] = sign(changed.available);
    }
}

/// Reads states by letters, all of them or what changed; gives the version and the states as they are after it.
fn read_states(of: &Performance, before: &str, rendered: &Rendered) -> (u64, String) {
    let view: StatesView = serde_json::from_slice(&rendered.bytes).expect("a StatesView");
    assert_eq!((view.performance_id, view.version), (of.id, rendered.version));
    let first = of.seat_id(1).to_string();
    assert_eq!((&view.plan, format!("{}1", view.seat_id_prefix)), (&of.plan_id, first));
    let mut states: Vec<char> = before.chars().collect();
    match (view.states, view.changed) {
        (Some(all), None) => {
            assert_eq!(view.standing.len(), of.plan.standing().count());
            states = all.chars().chain(states.split_off(of.plan.seat_count() as usize)).collect();
        }
        (None, Some(changed)) => {
            for (letter, places) in &changed {
                places.iter().for_each(|place| states[*place] = *letter);
            }
        }
        (all, changed) => panic!("all or what changed: {all:?}, {changed:?}"),
    }
    count(of, &mut states, &view.standing);
    (view.version, states.into_iter().collect())
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).expect("gzip");
    plain
}

impl Shown {
    /// Notes what was shown under a version.
    fn note(&mut self, version: u64, states: String) -> TestCaseResult {
        if let Some(before) = self.by_version.get(&version) {
            prop_assert_eq!(before, &states, "version {} has shown both", version);
        }
        self.by_version.insert(version, states);
        Ok(())
    }

    /// What was shown of another version of the hall says nothing of this one. Gives it.
    fn forget_other_plans(&mut self, of: &Performance) -> BTreeMap<u64, String> {
        let is_same = self.played_in.replace(of.version).is_none_or(|before| before == of.version);
        if is_same { BTreeMap::new() } else { std::mem::take(&mut self.by_version) }
    }

    /// Notes whole maps that were shown while nobody else compared.
    pub fn note_all(&mut self, of: &Performance, seen: &[Rendered]) -> TestCaseResult {
        self.forget_other_plans(of);
        for rendered in seen {
            let (version, states) = read_whole(of, &rendered.bytes);
            prop_assert_eq!(version, rendered.version);
            self.note(version, states)?;
        }
        Ok(())
    }

    /// Compares everything that memory shows now with what the rows say.
    pub fn compare(&mut self, map: &Arc<Rendering>, rows: &str, now: Instant) -> TestCaseResult {
        let of = &map.map.performance;
        let version = map.map.version(now);
        for since in self.forget_other_plans(of).into_keys() {
            prop_assert!(map.changes_since(since, now).is_none(), "those seats had other numbers: {}", since);
            prop_assert!(map.states_since(since, now).is_none(), "and another plan");
        }
        prop_assert!(version >= self.latest, "version {} after {}", version, self.latest);
        prop_assert_eq!(*map.map.changes().borrow(), version, "who follows is told of it");
        self.latest = version;
        let whole = map.whole(now);
        let (shown_version, shown) = read_whole(of, &whole.bytes);
        prop_assert_eq!((shown_version, whole.version), (version, version));
        prop_assert_eq!(&shown, rows, "the whole map at version {}", version);
        self.note(version, shown)?;
        self.counts(map, rows, now)?;
        self.changes(map, rows, version, now)?;
        self.copies(map, now)
    }

    fn counts(&self, map: &Arc<Rendering>, rows: &str, now: Instant) -> TestCaseResult {
        let of = &map.map.performance;
        let seats = of.plan.seat_count() as usize;
        let in_plan = |at: usize| of.plan.seat(at as u32 + 1).expect("a seat");
        for (of_grade, &free) in &map.map.available(now) {
            let is_free = |at: &usize| rows.as_bytes()[*at] == b'a' && in_plan(*at).grade() == of_grade;
            let sections = rows.as_bytes()[seats..].iter().zip(of.plan.standing());
            let standing = sections.filter(|(_, section)| section.grade.as_ref() == Some(of_grade));
            let places: u32 = standing.map(|(sign, _)| u32::from(sign - b'0')).sum();
            let all = (0..seats).filter(is_free).count() as u32;
            prop_assert_eq!(free, all + places, "free seats and places of {}", of_grade);
            // A seat with restricted view is given where no other is left.
            let is_given =
                |at: &usize| matches!(in_plan(*at).place.kind, SeatKind::Standard | SeatKind::RestrictedView);
            let fitting = (0..seats).filter(is_free).filter(is_given).count();
            for quantity in 1..=6 {
                let best = Best { grade: Some(of_grade.clone()), quantity, ..Best::default() };
                match map.map.propose(&best, now) {
                    Hint::Seats(proposal) => {
                        let spots = &proposal.found().spots;
                        prop_assert!(spots.iter().all(is_free), "{:?} of {} in {}", spots, of_grade, rows);
                        prop_assert_eq!(spots.len(), quantity as usize);
                    }
                    Hint::TooFew(left) => {
                        prop_assert!(left < quantity as usize && left == fitting, "{} of {}", left, fitting)
                    }
                    Hint::Unknown | Hint::Free(_) => prop_assert!(false, "there is such a grade"),
                }
            }
        }
        prop_assert_eq!(map.map.available(now).len(), of.prices.grades().count());
        Ok(())
    }

    fn changes(&self, map: &Arc<Rendering>, rows: &str, version: u64, now: Instant) -> TestCaseResult {
        const MOST: usize = 40;
        let every = self.by_version.len().div_ceil(MOST).max(1);
        for (since, before) in self.by_version.iter().rev().take(5).chain(self.by_version.iter().step_by(every)) {
            let Some(changes) = map.changes_since(*since, now) else {
                return Err(TestCaseError::fail(format!("version {since} was shown and is unknown now")));
            };
            let (led_to, after) = read_changes(&map.map.performance, before, &changes);
            prop_assert_eq!(led_to, version);
            prop_assert_eq!(&after, rows, "what changed since version {}", since);
            let states = map.states_since(*since, now).expect("as much is known");
            let (led_to, after) = read_states(&map.map.performance, before, &states);
            prop_assert_eq!((led_to, after.as_str()), (version, rows), "by letters, since version {}", since);
        }
        prop_assert!(map.changes_since(version + 1, now).is_none(), "nobody has seen that yet");
        Ok(())
    }

    /// The copies that are shared may be older, but must be true at their version.
    fn copies(&mut self, map: &Arc<Rendering>, now: Instant) -> TestCaseResult {
        let of = &map.map.performance;
        for copy in [Some(map.compress(now)), map.compressed(now)].into_iter().flatten() {
            let (version, states) = read_whole(of, &gunzip(&copy.bytes));
            prop_assert_eq!(version, copy.version, "in gzip");
            self.note(version, states)?;
        }
        let blank = "?".repeat(of.plan.seat_count() as usize + of.plan.standing().count());
        let packed = map.packed_states(now);
        let packed = Rendered { bytes: gunzip(&packed.bytes).into(), ..packed };
        for states in [map.states(now), packed] {
            let (version, states) = read_states(of, &blank, &states);
            self.note(version, states)?;
        }
        for list in [Some(map.make_list(now)), map.list(now)].into_iter().flatten() {
            let (version, states) = read_changes(of, &blank, &list);
            prop_assert!(!states.contains('?'), "a list names every seat");
            self.note(version, states)?;
        }
        Ok(())
    }
}
