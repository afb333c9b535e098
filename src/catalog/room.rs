//! A hall's seats as a choice among them sees them: rows cut by aisles, what each seat is, how far it is from where all look.
//! Knows nothing of what is free. No store, no clock.

use std::ops::Range;

use crate::catalog::hall::layout::Layout;
use crate::catalog::hall::plan::{HallPlan, PlanPlace, SeatKind};

/// Where nothing is drawn, a row further back is as far as so many half seats aside.
const ROW: u32 = 4;

/// A seat of the room. Which one it is says its place in [`Room::spots`]: `seat_no - 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// How far it is from the focal point, in any unit that is the same for all.
    pub distance: u32,
    /// Its price level, as the room counts them.
    pub grade: u16,
    /// What kind of seat it is.
    pub kind: SeatKind,
    /// Whether nothing is beside it on the left: an aisle, or the row's end.
    pub gap_before: bool,
}

/// A row of the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRow {
    /// Its section, as the room counts them. Rows of a section that follow each other lie behind each other.
    pub section: u32,
    /// Its seats.
    pub spots: Range<usize>,
}

/// All seats of a hall.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// The rows, in the plan's order.
    pub rows: Vec<RoomRow>,
    /// The seats of all rows, in the plan's order.
    pub spots: Vec<Spot>,
    /// The names of price levels, in the order in which [`Spot::grade`] counts them.
    pub grades: Vec<String>,
    /// The names of sections, in the order in which [`RoomRow::section`] counts them.
    pub sections: Vec<String>,
    /// How near each row comes to the focal point, the nearest row first.
    nearest_first: Vec<(u32, u32)>,
}

impl Room {
    /// Of rows, each with its section. Nothing is beside the first seat of a row, whatever it says.
    pub fn new(rows: impl IntoIterator<Item = (u32, Vec<Spot>)>) -> Self {
        let mut room = Self::default();
        for (section, mut spots) in rows {
            let first = room.spots.len();
            spots.iter_mut().take(1).for_each(|spot| spot.gap_before = true);
            room.spots.append(&mut spots);
            room.rows.push(RoomRow { section, spots: first..room.spots.len() });
        }
        let nearest = |(at, row): (u32, &RoomRow)| {
            let distances = room.spots[row.spots.clone()].iter().map(|spot| spot.distance);
            Some((distances.min()?, at))
        };
        room.nearest_first = (0..).zip(&room.rows).filter_map(nearest).collect();
        room.nearest_first.sort_unstable();
        room
    }

    /// The room of a plan. Where its drawing says where all look and where every seat is, seats are as far as that is; else the
    /// plan's order counts, in which the best rows come first.
    pub fn of(plan: &HallPlan) -> Self {
        let grades: Vec<String> = plan.grades().into_iter().map(str::to_owned).collect();
        let sections = plan.sections.iter().map(|section| section.name.clone()).collect();
        let distances = drawn_distances(plan);
        let mut rows = Vec::with_capacity(plan.rows.len());
        for (row_no, row) in (0..).zip(&plan.rows) {
            let seats = row.seats.len() as u32;
            let spot = |(place, seat): (u32, &PlanPlace)| {
                let aside = (2 * place + 1).abs_diff(seats);
                let drawn = distances.as_ref().map(|all| all[(row.first_seat + place) as usize - 1]);
                Spot {
                    distance: drawn.map_or(ROW * row_no, |drawn| drawn) + aside,
                    grade: grades.iter().position(|grade| grade == row.grade_of(seat)).unwrap_or_default() as u16,
                    kind: seat.kind,
                    gap_before: seat.gap_before > 0,
                }
            };
            rows.push((row.section_no - 1, (0..).zip(&row.seats).map(spot).collect()));
        }
        Self { grades, sections, ..Self::new(rows) }
    }

    /// The rows with the distance of the seat of each that is nearest to the focal point, the nearest row first.
    pub fn nearest_first(&self) -> impl Iterator<Item = (u32, &RoomRow)> {
        self.nearest_first.iter().map(|&(nearest, at)| (nearest, &self.rows[at as usize]))
    }

    /// The row in which a seat stands.
    pub fn row_of(&self, spot: usize) -> usize {
        self.rows.partition_point(|row| row.spots.end <= spot)
    }

    /// The seat beside this one on the left, if there is one and no aisle between.
    pub fn left(&self, spot: usize) -> Option<usize> {
        if self.spots[spot].gap_before { None } else { spot.checked_sub(1) }
    }

    /// The seat beside this one on the right, if there is one and no aisle between.
    pub fn right(&self, spot: usize) -> Option<usize> {
        self.spots.get(spot + 1).filter(|next| !next.gap_before).map(|_| spot + 1)
    }

    /// The free seats that a choice would leave alone: free beside a chosen one, and nothing free beside it any more. (What
    /// was alone before is not of this choice's making.) `chosen` is in ascending order; `is_free` tells what is free before.
    pub fn left_alone(&self, chosen: &[usize], is_free: impl Fn(usize) -> bool) -> Vec<usize> {
        let stays_free = |spot: usize| is_free(spot) && chosen.binary_search(&spot).is_err();
        let beside = |spot: usize| [self.left(spot), self.right(spot)].into_iter().flatten();
        let alone = |spot: &usize| stays_free(*spot) && !beside(*spot).any(stays_free);
        let mut found: Vec<_> = chosen.iter().flat_map(|spot| beside(*spot)).filter(alone).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Those of a seat's row on which it depends whether choosing it leaves one alone: two on either side.
    pub fn around(&self, spot: usize) -> Range<usize> {
        let row = &self.rows[self.row_of(spot)].spots;
        spot.saturating_sub(2).max(row.start)..(spot + 3).min(row.end)
    }
}

/// How far each seat is from where all look, in millimetres, if the drawing says that of all.
fn drawn_distances(plan: &HallPlan) -> Option<Vec<u32>> {
    plan.drawing.focal?;
    let layout = Layout::of(plan);
    let far = |(x, y): &(f64, f64)| ((x - layout.focal.0).hypot(y - layout.focal.1) * 10.0).round() as u32;
    layout.is_whole.then(|| layout.seats.iter().map(far).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::hall::spec::{HallSpec, RowSpec};

    /// Two sections of two rows of four beside each other; the second one is nearer to where all look.
    fn room(focal: Option<&str>, origins: [Option<&str>; 2]) -> Room {
        let point = |text: &str| serde_json::from_str(text).unwrap();
        let row = |name: &str| RowSpec::new(name, "R", PlanPlace::labelled(1..=4_u32));
        let mut hall = HallSpec::seated("Left", vec![row("A"), row("B")]).with_rows("Right", vec![row("A"), row("B")]);
        hall.drawing.focal = focal.map(point);
        for (section, origin) in hall.sections.iter_mut().zip(origins) {
            section.drawing.origin = origin.map(point);
        }
        Room::of(&hall.plan(100).unwrap())
    }

    /// The sections of the rows, the nearest row first.
    fn sections(room: &Room) -> Vec<u32> {
        room.nearest_first().map(|(_, row)| row.section).collect()
    }

    #[test]
    fn seats_are_as_far_as_they_are_drawn() {
        let drawn = [Some(r#"{"x": -900, "y": 500}"#), Some(r#"{"x": 0, "y": 500}"#)];
        let focal = Some(r#"{"x": 0, "y": 0}"#);
        let room_of_both = room(focal, drawn);
        assert_eq!(sections(&room_of_both), [1, 1, 0, 0], "the right section is in front of it");
        let inner = &room_of_both.spots[..4];
        assert!(
            inner.is_sorted_by(|a, b| a.distance > b.distance),
            "of the left one the right end is nearest: {inner:?}"
        );
    }

    #[test]
    fn where_a_drawing_says_too_little_the_plans_order_counts() {
        let drawn = [Some(r#"{"x": -900, "y": 500}"#), Some(r#"{"x": 0, "y": 500}"#)];
        for room in [room(None, drawn), room(Some(r#"{"x": 0, "y": 0}"#), [None, drawn[1]])] {
            assert_eq!(sections(&room), [0, 0, 1, 1]);
            let first: Vec<_> = room.spots[..5].iter().map(|spot| spot.distance).collect();
            assert_eq!(first, [3, 1, 1, 3, ROW + 3]);
        }
    }
}
