//! Where everything of a hall is: as its drawing says, and where that says nothing, rows centred and curved about the focal
//! point, sections side by side in bands behind each other, floor by floor. Pure: no store, no clock.

use crate::catalog::hall::drawing::Point;
use crate::catalog::hall::plan::{HallPlan, PlanRow, PlanSection, SectionKind};

/// From seat to seat, in centimetres.
const SEAT: f64 = 55.0;
/// From row to row.
const PITCH: f64 = 90.0;
/// From a section to the one beside it, and to the band behind it.
const AISLE: f64 = 120.0;
/// From the focal point to the first row.
const FIRST_ROW: f64 = 600.0;
/// How far a band goes round the focal point, in radians.
const FAN: f64 = 2.2;
/// What one who stands takes of the floor, in square centimetres.
const STANDING: f64 = 4_000.0;
/// Into so many pieces an arc is drawn.
const PIECES: u32 = 8;

/// A place in the hall, in centimetres.
pub type Place = (f64, f64);

/// Where everything of a hall is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Where all look.
    pub focal: Place,
    /// Every seat, in the plan's order.
    pub seats: Vec<Place>,
    /// Every section's outline, in the plan's order; a seated one has none unless its drawing says so.
    pub outlines: Vec<Vec<Place>>,
    /// True when the drawing says where some seat is.
    pub is_drawn: bool,
    /// True when it says where every seat is.
    pub is_whole: bool,
}

impl Layout {
    /// The layout of a plan.
    pub fn of(plan: &HallPlan) -> Self {
        let focal = plan.drawing.focal.map_or((0.0, 0.0), place);
        let outlines = plan.sections.iter().map(|section| section.drawing.outline.iter().copied().map(place).collect());
        let mut layout = Self {
            focal,
            seats: vec![(0.0, 0.0); plan.seat_count() as usize],
            outlines: outlines.collect(),
            is_drawn: false,
            is_whole: false,
        };
        let mut undrawn = Vec::new();
        for section in &plan.sections {
            let rows: Vec<_> = plan.rows.iter().filter(|row| row.section_no == section.section_no).collect();
            let points_each_seat = |row: &&PlanRow| row.seats.iter().all(|seat| seat.at.is_some());
            match section.drawing.origin {
                None if section.kind == SectionKind::Standing && !section.drawing.outline.is_empty() => {}
                None if rows.is_empty() || !rows.iter().all(points_each_seat) => undrawn.push((section, rows)),
                origin => layout.drawn(section, origin.unwrap_or_default(), &rows),
            }
        }
        layout.is_whole = undrawn.iter().all(|(section, _)| section.kind == SectionKind::Standing);
        layout.bands(plan, undrawn);
        layout
    }

    fn put(&mut self, row: &PlanRow, place_in_row: usize, place: Place) {
        self.seats[row.first_seat as usize - 1 + place_in_row] = place;
    }

    /// A section whose drawing says where it is.
    fn drawn(&mut self, section: &PlanSection, origin: Point, rows: &[&PlanRow]) {
        self.is_drawn = true;
        let (origin, (sin, cos)) = (place(origin), section.drawing.rotation.units().to_radians().sin_cos());
        let turned = |(x, y): Place| (origin.0 + x * cos - y * sin, origin.1 + x * sin + y * cos);
        for (row_at, row) in rows.iter().enumerate() {
            let behind = row_at as f64 * PITCH;
            let row_origin = row.drawing.origin.map(place);
            for (at, (seat, along)) in row.seats.iter().zip(along(row)).enumerate() {
                let in_section = match (seat.at.map(place), row_origin, section.drawing.curve) {
                    (Some(seat), from, _) => add(from.unwrap_or_default(), seat),
                    (None, Some(from), _) => add(from, (along, 0.0)),
                    (None, None, Some(radius)) => {
                        let (first, radius) = (radius.units(), radius.units() + behind);
                        let angle = along / radius;
                        (radius * angle.sin(), radius * angle.cos() - first)
                    }
                    (None, None, None) => (along, behind),
                };
                self.put(row, at, turned(in_section));
            }
        }
        if section.kind == SectionKind::Standing && section.drawing.outline.is_empty() {
            let half = (f64::from(section.capacity) * STANDING).sqrt() / 2.0;
            let corners = [(-half, -half), (half, -half), (half, half), (-half, half)];
            self.outlines[section.section_no as usize - 1] = corners.into_iter().map(turned).collect();
        }
    }

    /// Sections of which nothing is said, floor by floor.
    fn bands(&mut self, plan: &HallPlan, mut sections: Vec<(&PlanSection, Vec<&PlanRow>)>) {
        let floor = |section: &PlanSection| plan.floors.iter().position(|floor| Some(floor) == section.floor.as_ref());
        sections.sort_by_key(|(section, _)| floor(section));
        let (mut radius, mut band, mut width) = (FIRST_ROW, Vec::new(), 0.0);
        let mut on = None;
        for (section, rows) in sections {
            let its_width = width_of(section, &rows);
            let is_full = width + AISLE + its_width > FAN * radius || on.is_some_and(|on| on != floor(section));
            if is_full && !band.is_empty() {
                radius = self.band(radius, width, std::mem::take(&mut band));
                width = 0.0;
            }
            on = Some(floor(section));
            width += its_width + if band.is_empty() { 0.0 } else { AISLE };
            band.push((section, rows, its_width));
        }
        self.band(radius, width, band);
    }

    /// One band of sections; gives where the next one begins.
    fn band(&mut self, radius: f64, width: f64, sections: Vec<(&PlanSection, Vec<&PlanRow>, f64)>) -> f64 {
        let radius = radius.max(width / FAN);
        let (mut from, mut deepest) = (-width / 2.0, 0.0_f64);
        for (section, rows, width) in sections {
            let middle = (from + width / 2.0) / radius;
            from += width + AISLE;
            for (at, row) in rows.iter().enumerate() {
                let radius = radius + at as f64 * PITCH;
                for (at, along) in along(row).into_iter().enumerate() {
                    self.put(row, at, self.around(radius, middle + along / radius));
                }
            }
            let mut depth = rows.len() as f64 * PITCH;
            if section.kind == SectionKind::Standing {
                depth = f64::from(section.capacity) * STANDING / width;
                let half = width / 2.0 / radius;
                let angles =
                    (0..=PIECES).map(|piece| middle - half + 2.0 * half * f64::from(piece) / f64::from(PIECES));
                let front = angles.clone().map(|angle| self.around(radius, angle));
                let back = angles.rev().map(|angle| self.around(radius + depth, angle));
                self.outlines[section.section_no as usize - 1] = front.chain(back).collect();
            }
            deepest = deepest.max(depth);
        }
        radius + deepest + AISLE
    }

    fn around(&self, radius: f64, angle: f64) -> Place {
        add(self.focal, (radius * angle.sin(), radius * angle.cos()))
    }
}

fn place(point: Point) -> Place {
    (point.x.units(), point.y.units())
}

fn add(a: Place, b: Place) -> Place {
    (a.0 + b.0, a.1 + b.1)
}

/// How far each seat of a row is from the row's middle.
fn along(row: &PlanRow) -> Vec<f64> {
    let spacing = row.drawing.spacing.map_or(SEAT, |spacing| spacing.units());
    let mut at = 0.0;
    let places = row.seats.iter().enumerate().map(|(place, seat)| {
        at += if place == 0 { 0.0 } else { spacing * f64::from(1 + seat.gap_before) };
        at
    });
    let places: Vec<f64> = places.collect();
    let middle = places.last().copied().unwrap_or_default() / 2.0;
    places.into_iter().map(|place| place - middle).collect()
}

fn width_of(section: &PlanSection, rows: &[&PlanRow]) -> f64 {
    match section.kind {
        SectionKind::Standing => (f64::from(section.capacity) * STANDING * 2.0).sqrt(),
        SectionKind::Seated => {
            rows.iter().map(|row| 2.0 * along(row).last().copied().unwrap_or_default() + SEAT).fold(SEAT, f64::max)
        }
    }
}
