//! Free seats that lie nearest together where nothing better is left. Pure decisions, bounded however many lone seats a
//! large hall has.

use std::collections::BinaryHeap;

use crate::catalog::hall::plan::SeatKind;
use crate::reservation::best::search::Search;

/// So many free seats are tried as the middle of the group: half of them the nearest to the focal point, the others from
/// all over the hall.
const MIDDLES: usize = 64;
/// A row further away counts as so many half seats further.
const ROW: u64 = 4;
/// Another section counts as so much further.
const SECTION: u64 = 1_000;

/// A free seat that fits.
#[derive(Clone, Copy)]
struct Seat {
    /// Its place in its row, from the row's middle, in half seats.
    place: i64,
    spot: usize,
    /// As which kind it fits.
    kind: usize,
}

/// The free seats of a row that fit, in order; there are some.
struct Row {
    /// Which row of the room it is.
    at: usize,
    seats: Vec<Seat>,
}

/// Around which seats are looked for.
struct Middle {
    /// Which of the rows with fitting seats.
    row: usize,
    place: i64,
    /// How far it is from the focal point.
    distance: u32,
}

/// The nearest seats so far by kind, with how far each is, the furthest on top.
type Nearest = [BinaryHeap<(u64, usize)>; SeatKind::ALL.len()];

/// As many as are wanted of each kind, nearest to each other; nothing if there are not so many.
pub(super) fn find(search: &Search<'_>) -> Option<Vec<usize>> {
    let rows = rows(search);
    let groups = middles(search, &rows).into_iter().filter_map(|middle| {
        let (spread, spots) = about(search, &rows, &middle)?;
        Some((spread, middle.distance, spots))
    });
    groups.min().map(|(_, _, spots)| spots)
}

fn rows(search: &Search<'_>) -> Vec<Row> {
    let rows = search.room.rows.iter().enumerate().filter(|(_, row)| search.may_use(row));
    let fitting = rows.map(|(at, row)| {
        let middle = (row.spots.start + row.spots.end) as i64 - 1;
        let seat = |spot| Some(Seat { place: 2 * spot as i64 - middle, spot, kind: search.fits(spot)? });
        Row { at, seats: row.spots.clone().filter_map(seat).collect() }
    });
    fitting.filter(|row| !row.seats.is_empty()).collect()
}

/// Around which to look: seats of the rarest kind that is wanted, because those decide.
fn middles(search: &Search<'_>, rows: &[Row]) -> Vec<Middle> {
    let mut left = [0_usize; SeatKind::ALL.len()];
    rows.iter().flat_map(|row| &row.seats).for_each(|seat| left[seat.kind] += 1);
    let wanted = (0..left.len()).filter(|kind| search.wanted[*kind] > 0);
    let Some(rarest) = wanted.min_by_key(|kind| left[*kind]) else { return Vec::new() };
    let mut all: Vec<Middle> = Vec::with_capacity(left[rarest]);
    for (row, of) in rows.iter().enumerate() {
        let rare = of.seats.iter().filter(|seat| seat.kind == rarest);
        all.extend(rare.map(|seat| Middle { row, place: seat.place, distance: search.room.spots[seat.spot].distance }));
    }
    if all.len() <= MIDDLES {
        return all;
    }
    let mut some = Vec::with_capacity(MIDDLES);
    let every = all.len().div_ceil(MIDDLES / 2);
    some.extend((0..all.len()).rev().step_by(every).map(|at| all.swap_remove(at)));
    let near = (MIDDLES / 2).min(all.len().saturating_sub(1));
    all.select_nth_unstable_by_key(near, |middle| middle.distance);
    some.extend(all.into_iter().take(near));
    some
}

/// The nearest to a place, with how far they are from it together.
fn about(search: &Search<'_>, rows: &[Row], middle: &Middle) -> Option<(u64, Vec<usize>)> {
    let far = |to: usize| {
        let (here, there) = (rows[middle.row].at, rows[to].at);
        let section = |row: usize| search.room.rows[row].section;
        ROW * here.abs_diff(there) as u64 + SECTION * u64::from(section(here).abs_diff(section(there)))
    };
    let mut nearest = Nearest::default();
    take(search, &rows[middle.row], 0, middle.place, &mut nearest);
    let (mut before, mut after) = (middle.row, middle.row);
    loop {
        let back = before.checked_sub(1).map(|row| (far(row), row));
        let on = Some(after + 1).filter(|row| *row < rows.len()).map(|row| (far(row), row));
        let Some((far, row)) = [back, on].into_iter().flatten().min() else { break };
        if !is_of_use(search, &nearest, far) {
            break;
        }
        take(search, &rows[row], far, middle.place, &mut nearest);
        if row < middle.row { before = row } else { after = row }
    }
    let is_whole = nearest.iter().zip(search.wanted).all(|(nearest, wanted)| nearest.len() == wanted);
    let all: Vec<_> = nearest.into_iter().flatten().collect();
    is_whole.then(|| (all.iter().map(|(far, _)| far).sum(), all.into_iter().map(|(_, spot)| spot).collect()))
}

/// Takes a row's seats from this place outwards, as long as they are nearer than what there is.
fn take(search: &Search<'_>, row: &Row, far: u64, place: i64, nearest: &mut Nearest) {
    let here = row.seats.partition_point(|seat| seat.place < place);
    let (mut left, mut right) = (row.seats[..here].iter().rev().peekable(), row.seats[here..].iter().peekable());
    loop {
        let aside = |seat: Option<&&Seat>| seat.map_or(u64::MAX, |seat| seat.place.abs_diff(place));
        let next = if aside(left.peek()) < aside(right.peek()) { left.next() } else { right.next() };
        let Some(seat) = next else { return };
        let cost = far + seat.place.abs_diff(place);
        if !is_of_use(search, nearest, cost) {
            return;
        }
        nearest[seat.kind].push((cost, seat.spot));
        if nearest[seat.kind].len() > search.wanted[seat.kind] {
            nearest[seat.kind].pop();
        }
    }
}

/// Whether a seat so far away could still better the group.
fn is_of_use(search: &Search<'_>, nearest: &Nearest, far: u64) -> bool {
    nearest.iter().zip(search.wanted).any(|(nearest, wanted)| {
        wanted > 0 && (nearest.len() < wanted || nearest.peek().is_some_and(|(worst, _)| far < *worst))
    })
}
