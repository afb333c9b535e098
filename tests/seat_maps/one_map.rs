//! One map, changed more often than the list of its last changes is long.

use std::sync::Arc;

use boxoffice::catalog::hall::plan::PlanPlace;
use boxoffice::catalog::hall::spec::{HallSpec, RowSpec};
use boxoffice::catalog::prices::{Fees, Limits, PriceSpec};
use boxoffice::catalog::{LocalTime, Performance, Room, Sale};
use boxoffice::clock::Instant;
use boxoffice::ids::{ConcertKey, PerformanceKey, Seq, VersionKey};
use boxoffice::money::Amount;
use boxoffice::reservation::{Rendering, Seat, SeatChange, SeatMap, SeatState};
use uuid::Uuid;

use crate::look::Shown;

const SEATS: u32 = 40;

fn performance() -> Performance {
    let row = RowSpec::new("A", "R", PlanPlace::labelled(1..=SEATS));
    let plan = HallSpec::seated("Stalls", vec![row]).plan(100).expect("a plan");
    Performance {
        key: PerformanceKey(7),
        id: Uuid::nil(),
        concert: ConcertKey(1),
        starts_at: Instant(1),
        local: LocalTime { date: "1970-01-01".into(), time: "09:00".into(), utc_offset: "+09:00".into() },
        doors_at: None,
        sale: Sale::default(),
        hall: "Hall".into(),
        version: VersionKey(1),
        version_no: 1,
        redrawn_in: Seq(0),
        changed_in: Seq(0),
        plan_id: "hall-1".into(),
        room: Arc::new(Room::of(&plan)),
        refuse_lone_seats: false,
        plan: plan.into(),
        prices: PriceSpec::One([("R".to_owned(), Amount(1_000))].into()).list(&["R"].into()).expect("a list"),
        fees: Fees::default(),
        limits: Limits::default(),
    }
}

fn change(seat_no: u32, state: SeatState, held_until: Option<Instant>) -> SeatChange {
    SeatChange { seat_no, state, held_until }
}

/// Compares after every commit at first, then rarely: the oldest versions are long out of the list of last changes.
#[test]
fn a_map_that_changed_ten_thousand_times_still_tells_what_changed_since() {
    let map = Arc::new(Rendering::new(SeatMap::new(performance(), &[], &[], Seq(3))));
    let (mut shown, mut rows) = (Shown::default(), vec![b'a'; SEATS as usize]);
    for seq in 4..10_000_u32 {
        let seat_no = (seq * 7) % SEATS + 1;
        let was_free = rows[seat_no as usize - 1] == b'a';
        let state = if was_free { SeatState::Sold } else { SeatState::Available };
        rows[seat_no as usize - 1] = if was_free { b's' } else { b'a' };
        map.map.apply(Seq(i64::from(seq)), &[change(seat_no, state, None)], &[]);
        if seq < 50 || seq % 997 == 0 {
            let rows = std::str::from_utf8(&rows).expect("letters");
            shown.compare(&map, rows, Instant(0)).expect("memory shows the rows");
        }
    }
}

/// Every instant at which holds end is a version of its own, however many end between two commits, and none of them is a
/// later commit's.
#[test]
fn ends_between_commits_never_take_a_later_commits_version() {
    let map = SeatMap::new(performance(), &[], &[], Seq(3));
    let held = |round: i64, seat_no: u32| Some(Instant(round * 100 + i64::from(seat_no)));
    let mut last = map.version(Instant(0));
    for round in 1..200_i64 {
        let seats = (1..=SEATS).map(|seat_no| change(seat_no, SeatState::Held, held(round, seat_no)));
        map.apply(Seq(3 + round), &seats.collect::<Vec<_>>(), &[]);
        for seat_no in 0..=SEATS {
            let version = map.version(Instant(round * 100 + i64::from(seat_no)));
            assert!(version > last, "round {round}, seat {seat_no}: {version} after {last}");
            last = version;
        }
        assert_eq!(map.available(Instant(round * 100 + 99))["R"], SEATS);
    }
}

/// What a map was loaded with is not all new.
#[test]
fn a_loaded_map_tells_what_changed_before_it_was_loaded() {
    let seat =
        |seat_no, changed_in| Seat { state: SeatState::Sold, changed_in: Seq(changed_in), ..Seat::untouched(seat_no) };
    let before = SeatMap::new(performance(), &[seat(1, 3)], &[], Seq(3)).version(Instant(0));
    let map = Rendering::new(SeatMap::new(performance(), &[seat(1, 3), seat(2, 5), seat(3, 6)], &[], Seq(7)));
    let changes = map.changes_since(before, Instant(0)).expect("a version that was");
    let text = std::str::from_utf8(&changes.bytes).expect("JSON");
    assert!(text.contains("7-2") && text.contains("7-3") && !text.contains("7-1"), "{text}");
}

/// The same commit told twice, or one that the map was loaded with, changes nothing.
#[test]
fn a_commit_counts_once() {
    let map = SeatMap::new(performance(), &[], &[], Seq(3));
    map.apply(Seq(3), &[change(1, SeatState::Sold, None)], &[]);
    assert_eq!(map.available(Instant(0))["R"], SEATS, "it was loaded with commit 3");
    map.apply(Seq(5), &[change(1, SeatState::Sold, None), change(2, SeatState::Sold, None)], &[]);
    let version = map.version(Instant(0));
    map.apply(Seq(4), &[change(1, SeatState::Available, None)], &[]);
    map.apply(Seq(5), &[change(2, SeatState::Available, None)], &[]);
    assert_eq!((map.version(Instant(0)), map.available(Instant(0))["R"]), (version, SEATS - 2));
}
