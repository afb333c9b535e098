//! What a wish for the best seats asks of a room: which seats fit it, where they are side by side, which rules a choice keeps.
//! Pure decisions; what is free is told.

use crate::catalog::hall::plan::SeatKind;
use crate::catalog::room::{Room, RoomRow, Spot};

/// A rule that the best seats keep where it can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// No free seat is left alone between taken ones.
    NoLoneSeat,
    /// All seats are side by side in one row. Relaxed: in groups of two or more, in neighbouring rows or across an aisle.
    SideBySide,
    /// Nobody sits alone. Relaxed: the seats are as near to each other as the free ones allow.
    NobodyAlone,
    /// All see the whole stage, unless seats with restricted view were asked for.
    FullView,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The price level, as the room counts them; any unless said.
    pub grade: Option<u16>,
    /// The section, as the room counts them; any unless said.
    pub section: Option<u32>,
    /// How many seats, at least one.
    pub quantity: usize,
    /// A kind for each of the seats that shall not be a standard one, no more than `quantity`.
    pub kinds: Vec<SeatKind>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The seats, in ascending order.
    pub spots: Vec<usize>,
    /// The rules that they do not keep, in order.
    pub relaxed: Vec<Rule>,
}

/// How many of each kind are wanted, and which seats can be one of them.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) room: &'a Room,
    pub(super) free: &'a [bool],
    wish: &'a Wish,
    /// By kind; together `wish.quantity`.
    pub(super) wanted: [usize; SeatKind::ALL.len()],
    /// Whether a seat with restricted view may be given for a standard one.
    any_view: bool,
}

/// Seats side by side and the sum of their distances.
struct Window {
    first: usize,
    cost: u64,
}

impl<'a> Search<'a> {
    pub(super) fn new(room: &'a Room, free: &'a [bool], wish: &'a Wish, any_view: bool) -> Self {
        let mut wanted = [0; SeatKind::ALL.len()];
        wish.kinds.iter().take(wish.quantity).for_each(|kind| wanted[*kind as usize] += 1);
        wanted[SeatKind::Standard as usize] += wish.quantity - wanted.iter().sum::<usize>();
        // Whoever asks for some with restricted view has said how many.
        let any_view = any_view && wanted[SeatKind::RestrictedView as usize] == 0;
        Self { room, free, wish, wanted, any_view }
    }

    pub(super) fn quantity(&self) -> usize {
        self.wish.quantity
    }

    /// Whether any of the seats is as good as any other.
    pub(super) fn all_alike(&self) -> bool {
        self.wanted[SeatKind::Standard as usize] == self.wish.quantity
    }

    /// As which kind a seat could be taken, if it could.
    pub(super) fn fits(&self, spot: usize) -> Option<usize> {
        let Spot { grade, kind, .. } = self.room.spots[spot];
        let as_standard = self.any_view && kind == SeatKind::RestrictedView;
        let kind = if as_standard { SeatKind::Standard } else { kind } as usize;
        let fits = self.free[spot] && self.wish.grade.is_none_or(|of| of == grade) && self.wanted[kind] > 0;
        fits.then_some(kind)
    }

    /// Whether seats of this row are asked for.
    pub(super) fn may_use(&self, row: &RoomRow) -> bool {
        self.wish.section.is_none_or(|of| of == row.section)
    }

    /// How many seats there are, at most as many as are wanted of each kind.
    pub(super) fn left(&self) -> usize {
        let mut lacking = self.wanted;
        for row in self.room.rows.iter().filter(|row| self.may_use(row) && self.has_free(row, 1)) {
            for kind in row.spots.clone().filter_map(|spot| self.fits(spot)) {
                lacking[kind] = lacking[kind].saturating_sub(1);
            }
            if lacking.iter().sum::<usize>() == 0 {
                break;
            }
        }
        self.wish.quantity - lacking.iter().sum::<usize>()
    }

    /// Whether so many seats of a row are free, whatever they are. Most rows of a hall that sells well are done with by this.
    fn has_free(&self, row: &RoomRow, least: usize) -> bool {
        self.free[row.spots.clone()].iter().filter(|free| **free).count() >= least
    }

    /// The seats side by side that are nearest the focal point; those that leave nobody's neighbour alone come first.
    pub(super) fn side_by_side(&self) -> Option<Vec<usize>> {
        let (mut clean, mut any): (Option<Window>, Option<Window>) = (None, None);
        let quantity = self.wish.quantity;
        for (nearest, row) in self.room.nearest_first() {
            if clean.as_ref().is_some_and(|best| best.cost <= u64::from(nearest) * quantity as u64) {
                break;
            }
            if !self.may_use(row) || !self.has_free(row, quantity) {
                continue;
            }
            self.windows(row, |window, last| {
                let better = |best: &Option<Window>| best.as_ref().is_none_or(|best| window.cost < best.cost);
                // Most windows are no better than what there is: those need no look at their neighbours.
                if better(&clean) && self.leaves_nobody_alone(window.first, last) {
                    clean = Some(Window { ..window });
                } else if better(&any) {
                    any = Some(window);
                }
            });
        }
        clean.or(any).map(|window| (window.first..window.first + quantity).collect())
    }

    /// All seats side by side of a row that are as many of each kind as wanted, with the last seat of each.
    fn windows(&self, row: &RoomRow, mut take: impl FnMut(Window, usize)) {
        let quantity = self.wish.quantity;
        let (mut first, mut cost, mut have) = (row.spots.start, 0, [0_usize; SeatKind::ALL.len()]);
        for spot in row.spots.clone() {
            if self.room.spots[spot].gap_before {
                (first, cost, have) = (spot, 0, Default::default());
            }
            let Some(kind) = self.fits(spot) else {
                (first, cost, have) = (spot + 1, 0, Default::default());
                continue;
            };
            have[kind] += 1;
            cost += u64::from(self.room.spots[spot].distance);
            if spot - first == quantity {
                if let Some(kind) = self.fits(first) {
                    have[kind] -= 1;
                }
                cost -= u64::from(self.room.spots[first].distance);
                first += 1;
            }
            if spot + 1 - first == quantity && have == self.wanted {
                take(Window { first, cost }, spot);
            }
        }
    }

    fn leaves_nobody_alone(&self, first: usize, last: usize) -> bool {
        let is_free = |spot: &usize| self.free[*spot];
        let left = self.room.left(first).filter(is_free);
        let right = self.room.right(last).filter(is_free);
        let has_left = |spot| self.room.left(spot).is_some_and(|spot| self.free[spot]);
        let has_right = |spot| self.room.right(spot).is_some_and(|spot| self.free[spot]);
        left.is_none_or(has_left) && right.is_none_or(has_right)
    }

    /// The rules that a choice does not keep.
    pub(super) fn relaxed(&self, spots: &[usize]) -> Vec<Rule> {
        let room = self.room;
        let is_beside = |pair: &[usize]| room.right(pair[0]) == Some(pair[1]);
        let chosen = |spot: Option<usize>| spot.is_some_and(|spot| spots.binary_search(&spot).is_ok());
        let alone = |spot: &usize| !chosen(room.left(*spot)) && !chosen(room.right(*spot));
        let side_by_side = spots.windows(2).all(is_beside);
        let together = side_by_side || !spots.iter().any(alone) && self.in_neighbouring_rows(spots);
        let full_view = spots.iter().all(|spot| self.fits(*spot).is_some());
        let kept = [
            (Rule::NoLoneSeat, room.left_alone(spots, |spot| self.free[spot]).is_empty()),
            (Rule::SideBySide, side_by_side),
            (Rule::NobodyAlone, together),
            (Rule::FullView, full_view),
        ];
        kept.into_iter().filter(|(_, is_kept)| !is_kept).map(|(rule, _)| rule).collect()
    }

    /// Rows of one section that follow each other.
    fn in_neighbouring_rows(&self, spots: &[usize]) -> bool {
        let rows: Vec<_> = spots.iter().map(|spot| self.room.row_of(*spot)).collect();
        let section = |row: usize| self.room.rows[row].section;
        rows.windows(2).all(|pair| pair[1] - pair[0] <= 1 && section(pair[0]) == section(pair[1]))
    }
}
