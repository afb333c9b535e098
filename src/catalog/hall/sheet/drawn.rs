//! How halls are drawn, in spreadsheets. What is said of a section, a row or the hall stands on its first line; further lines may
//! say it again or leave it out. Lengths are centimetres, an outline is a list of points such as `0 0; 400 0; 400 300`.

use std::collections::BTreeSet;

use crate::catalog::error::CatalogError;
use crate::catalog::hall::drawing::{HallDrawing, Point, RowDrawing, SectionDrawing};
use crate::catalog::hall::plan::{HallPlan, PlanRow, PlanSection};
use crate::catalog::hall::sheet::line::Line;
use crate::geometry::Length;

/// The columns there are beside those of places, in the order in which they are written.
pub(super) const COLUMNS: [&str; 11] =
    ["section_x", "section_y", "rotation", "curve", "outline", "row_x", "row_y", "spacing", "stage", "focal", "color"];

/// Takes over what a line says, if nothing else was said before.
fn agree<T: PartialEq>(
    line: &Line<'_>,
    column: &str,
    known: &mut Option<T>,
    said: Option<T>,
) -> Result<(), CatalogError> {
    match (&known, said) {
        (_, None) => Ok(()),
        (Some(known), Some(said)) if *known != said => line.refuse(column, "a line before it says otherwise"),
        (_, said) => {
            *known = said;
            Ok(())
        }
    }
}

fn points(line: &Line<'_>, column: &str) -> Result<Option<Vec<Point>>, CatalogError> {
    let point = |pair: &str| {
        let mut lengths = pair.split_whitespace().map(|length| length.parse().ok().and_then(Length::of));
        match (lengths.next(), lengths.next(), lengths.next()) {
            (Some(Some(x)), Some(Some(y)), None) => Some(Point { x, y }),
            _ => None,
        }
    };
    let Some(cell) = line.cell(column) else { return Ok(None) };
    match cell.split(';').map(point).collect() {
        Some(points) => Ok(Some(points)),
        None => line.refuse(column, "it must be points in centimetres, such as 0 0; 400 0; 400 300"),
    }
}

/// A list that is said, or nothing where it is empty: so it is where nobody said anything.
fn agree_points(line: &Line<'_>, column: &str, known: &mut Vec<Point>) -> Result<(), CatalogError> {
    let mut list = Some(std::mem::take(known)).filter(|list| !list.is_empty());
    let agreed = agree(line, column, &mut list, points(line, column)?);
    *known = list.unwrap_or_default();
    agreed
}

/// What a line says of the hall, and of the colour of its own grade.
///
/// # Errors
/// [`CatalogError::Invalid`] with line and column.
pub(super) fn hall(line: &Line<'_>, drawing: &mut HallDrawing, grade: &str) -> Result<(), CatalogError> {
    agree_points(line, "stage", &mut drawing.stage)?;
    let focal = match points(line, "focal")?.as_deref() {
        None => None,
        Some([focal]) => Some(*focal),
        Some(_) => return line.refuse("focal", "it must be one point"),
    };
    agree(line, "focal", &mut drawing.focal, focal)?;
    let mut color = drawing.colors.get(grade).cloned();
    agree(line, "color", &mut color, line.cell("color").map(str::to_owned))?;
    drawing.colors.extend(color.map(|color| (grade.to_owned(), color)));
    Ok(())
}

/// What a line says of its section.
///
/// # Errors
/// [`CatalogError::Invalid`] with line and column.
pub(super) fn section(line: &Line<'_>, drawing: &mut SectionDrawing) -> Result<(), CatalogError> {
    agree(line, "section_x", &mut drawing.origin, line.point(["section_x", "section_y"])?)?;
    let mut rotation = Some(drawing.rotation).filter(|rotation| *rotation != Length::default());
    agree(line, "rotation", &mut rotation, line.length("rotation")?)?;
    drawing.rotation = rotation.unwrap_or_default();
    let curve = line.length("curve")?;
    if curve.is_some_and(|curve| !curve.is_radius()) {
        return line.refuse("curve", "it must be more than 0");
    }
    agree(line, "curve", &mut drawing.curve, curve)?;
    agree_points(line, "outline", &mut drawing.outline)
}

/// What a line says of its row.
///
/// # Errors
/// [`CatalogError::Invalid`] with line and column.
pub(super) fn row(line: &Line<'_>, drawing: &mut RowDrawing) -> Result<(), CatalogError> {
    agree(line, "row_x", &mut drawing.origin, line.point(["row_x", "row_y"])?)?;
    agree(line, "spacing", &mut drawing.spacing, line.length("spacing")?)
}

/// Writes how a hall is drawn, each thing once.
pub(super) struct Drawn<'p> {
    hall: &'p HallDrawing,
    is_first: bool,
    sections: BTreeSet<u32>,
    grades: BTreeSet<String>,
}

impl<'p> Drawn<'p> {
    /// Of this hall, if it is drawn in a way of its own.
    pub(super) fn of(plan: &'p HallPlan) -> Option<Self> {
        let is_drawn = plan.drawing != HallDrawing::default()
            || plan.sections.iter().any(|section| section.drawing != SectionDrawing::default())
            || plan.rows.iter().any(|row| row.drawing != RowDrawing::default());
        let (hall, sections, grades) = (&plan.drawing, BTreeSet::new(), BTreeSet::new());
        is_drawn.then_some(Self { hall, is_first: true, sections, grades })
    }

    /// The cells of a place of this section and grade; the first of its row, if that is given.
    pub(super) fn cells(
        &mut self,
        section: &PlanSection,
        row: Option<&PlanRow>,
        grade: &str,
    ) -> [String; COLUMNS.len()] {
        let unsaid = (SectionDrawing::default(), RowDrawing::default(), HallDrawing::default());
        let of_section = if self.sections.insert(section.section_no) { &section.drawing } else { &unsaid.0 };
        let of_row = row.map_or(&unsaid.1, |row| &row.drawing);
        let of_hall = if std::mem::take(&mut self.is_first) { self.hall } else { &unsaid.2 };
        let color = if self.grades.insert(grade.to_owned()) { self.hall.colors.get(grade) } else { None };
        let x = |at: Option<Point>| length(at.map(|at| at.x));
        let y = |at: Option<Point>| length(at.map(|at| at.y));
        [
            x(of_section.origin),
            y(of_section.origin),
            length(Some(of_section.rotation).filter(|rotation| *rotation != Length::default())),
            length(of_section.curve),
            list(&of_section.outline),
            x(of_row.origin),
            y(of_row.origin),
            length(of_row.spacing),
            list(&of_hall.stage),
            list(of_hall.focal.as_slice()),
            color.cloned().unwrap_or_default(),
        ]
    }
}

fn length(length: Option<Length>) -> String {
    length.map_or_else(String::new, |length| length.units().to_string())
}

fn list(points: &[Point]) -> String {
    let point = |point: &Point| format!("{} {}", point.x.units(), point.y.units());
    points.iter().map(point).collect::<Vec<_>>().join("; ")
}
