//! What becomes of a hall's seats and standing sections in a newer version of it. Pure decisions: whole plans are compared, so
//! this is for a thread that may block, and not for the writer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use crate::catalog::hall::plan::{HallPlan, PlanSeat};
use crate::ids::VersionKey;
use crate::reservation::standing::SectionThere;
use crate::text::folded;

/// Ranges of seats that change are one range where no more than so many that stay lie between.
const NEAR: u32 = 16;

/// A seat as it is in the newer version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatThere {
    /// Its number there.
    pub seat_no: u32,
    /// Whether it has the grade it had.
    pub keeps_grade: bool,
}

/// What becomes of each place. A seat is the same seat when its section, row and label are; a standing section when its name is.
#[derive(Clone, Debug)]
pub struct Mapping {
    versions: (VersionKey, VersionKey),
    before: HallPlan,
    /// By `seat_no - 1`.
    seats: Vec<Option<SeatThere>>,
    changed: Vec<Range<u32>>,
    sections: BTreeMap<u32, Option<SectionThere>>,
    grades: BTreeSet<String>,
    /// A standing section of the newer version, where it has no seats.
    only_standing: Option<SectionThere>,
}

type Name = (String, String, String);

/// How a seat is known in every version.
fn name(section: &str, row: &str, label: &str) -> Name {
    let folded = |part: &str| folded(part).into_owned();
    (folded(section), folded(row), folded(label))
}

impl Mapping {
    /// Of a version's plan to that of a newer one.
    pub fn new(versions: (VersionKey, VersionKey), before: HallPlan, after: &HallPlan) -> Self {
        let known: HashMap<Name, (u32, &str)> = (1..)
            .zip(after.seats())
            .map(|(no, seat)| (name(&seat.row.section, &seat.row.name, &seat.place.label), (no, seat.grade())))
            .collect();
        let there = |seat: PlanSeat<'_>| {
            let &(seat_no, grade) = known.get(&name(&seat.row.section, &seat.row.name, &seat.place.label))?;
            Some(SeatThere { seat_no, keeps_grade: grade == seat.grade() })
        };
        let seats: Vec<_> = before.seats().map(there).collect();
        let sections = before.standing().map(|of| {
            let found = after.standing().find(|there| folded(&there.name) == folded(&of.name));
            let there = found.map(|there| SectionThere {
                section_no: there.section_no,
                capacity: there.capacity,
                is_as_it_was: (there.section_no, there.capacity) == (of.section_no, of.capacity),
                keeps_grade: there.grade == of.grade,
            });
            (of.section_no, there)
        });
        let first = after.standing().next().filter(|_| after.seat_count() == 0);
        Self {
            versions,
            changed: changed(&seats),
            sections: sections.collect(),
            grades: after.grades().into_iter().map(str::to_owned).collect(),
            only_standing: first.map(|of| SectionThere {
                section_no: of.section_no,
                capacity: of.capacity,
                is_as_it_was: false,
                keeps_grade: true,
            }),
            before,
            seats,
        }
    }

    /// From which version to which.
    pub fn versions(&self) -> (VersionKey, VersionKey) {
        self.versions
    }

    /// The plan of the version that is left.
    pub fn before(&self) -> &HallPlan {
        &self.before
    }

    /// What a seat is there, if it is there.
    pub fn seat(&self, seat_no: u32) -> Option<SeatThere> {
        *self.seats.get((seat_no as usize).checked_sub(1)?)?
    }

    /// All seats that are not there, or not with the same number and grade, in order; and some others between them.
    pub fn changed(&self) -> &[Range<u32>] {
        &self.changed
    }

    /// Each standing section of the version that is left, with what it is there, if it is there.
    pub fn sections(&self) -> &BTreeMap<u32, Option<SectionThere>> {
        &self.sections
    }

    /// The grades that the newer version has.
    pub fn grades(&self) -> impl Iterator<Item = &str> {
        self.grades.iter().map(String::as_str)
    }

    /// A standing section of the newer version, where it has nothing else.
    pub fn only_standing(&self) -> Option<SectionThere> {
        self.only_standing
    }
}

fn changed(seats: &[Option<SeatThere>]) -> Vec<Range<u32>> {
    let mut changed: Vec<Range<u32>> = Vec::new();
    for (seat_no, there) in (1..).zip(seats) {
        if *there == Some(SeatThere { seat_no, keeps_grade: true }) {
            continue;
        }
        match changed.last_mut() {
            Some(last) if seat_no - last.end <= NEAR => last.end = seat_no + 1,
            _ => changed.push(seat_no..seat_no + 1),
        }
    }
    changed
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "lists of one range are meant")]
mod tests {
    use super::*;
    use crate::catalog::hall::plan::PlanPlace;
    use crate::catalog::hall::spec::{HallSpec, RowSpec};

    fn mapping(before: &[(&str, &str, u32)], after: &[(&str, &str, u32)]) -> Mapping {
        let plan = |rows: &[(&str, &str, u32)]| {
            let row = |(name, grade, seats): &(&str, &str, u32)| {
                RowSpec::new((*name).to_owned(), *grade, PlanPlace::labelled(1..=*seats))
            };
            HallSpec::seated("Stalls", rows.iter().map(row).collect()).plan(10_000).unwrap()
        };
        Mapping::new((VersionKey(1), VersionKey(2)), plan(before), &plan(after))
    }

    #[test]
    fn what_keeps_its_place_in_the_order_is_not_among_what_changes() {
        let same = mapping(&[("A", "R", 50), ("B", "S", 50)], &[("Ａ", "R", 50), ("B", "S", 50), ("C", "S", 50)]);
        assert_eq!(same.changed(), []);
        assert_eq!(same.seat(51), Some(SeatThere { seat_no: 51, keeps_grade: true }));
        assert_eq!((same.seat(101), same.seat(0)), (None, None), "it was not there");
    }

    #[test]
    fn a_row_in_front_changes_all_and_a_grade_only_its_seats() {
        let before = [("A", "R", 50), ("B", "S", 50), ("C", "S", 50)];
        let shifted = mapping(&before, &[("Front", "R", 10), ("A", "R", 50), ("B", "S", 50), ("C", "S", 50)]);
        assert_eq!(shifted.changed(), [1..151]);
        assert_eq!(shifted.seat(150), Some(SeatThere { seat_no: 160, keeps_grade: true }));
        let dearer = mapping(&before, &[("A", "R", 50), ("B", "R", 50), ("C", "S", 50)]);
        assert_eq!(dearer.changed(), [51..101]);
        assert_eq!(dearer.seat(60), Some(SeatThere { seat_no: 60, keeps_grade: false }));
        let shorter = mapping(&before, &[("A", "R", 50), ("B", "S", 50), ("C", "S", 20)]);
        assert_eq!((shorter.changed(), shorter.seat(121)), (&[121..151][..], None));
    }
}
