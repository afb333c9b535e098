//! Halls as seating plans of pretix (its public JSON Schema), both ways. Positions add up: zone, row, seat. No store, no
//! clock.
//!
//! Areas (what is drawn beside the seats) and what is no seat's are read over: this product sells standing places by section.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalog::error::CatalogError;
use crate::catalog::hall::drawing::{Point, RowDrawing, SectionDrawing, Sign};
use crate::catalog::hall::layout::Layout;
use crate::catalog::hall::plan::{HallPlan, PlanPlace, PlanRow};
use crate::catalog::hall::spec::{HallSpec, PlacesSpec, RowSpec, SectionSpec};
use crate::geometry::Length;

#[derive(Deserialize)]
struct SeatingPlan {
    name: String,
    categories: Vec<Category>,
    zones: Vec<Zone>,
}

#[derive(Deserialize)]
struct Category {
    name: String,
    color: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Position {
    x: f64,
    y: f64,
}

#[derive(Deserialize)]
struct Zone {
    name: Option<String>,
    position: Position,
    rows: Vec<Row>,
    #[serde(default)]
    areas: Vec<Area>,
}

/// A drawing; only what is written in it is read.
#[derive(Deserialize)]
struct Area {
    shape: String,
    #[serde(default)]
    position: Position,
    text: Option<Lettering>,
}

#[derive(Deserialize)]
struct Lettering {
    text: String,
    size: Option<f64>,
    #[serde(default)]
    position: Position,
}

#[derive(Deserialize)]
struct Row {
    row_number: String,
    #[serde(default)]
    position: Position,
    seats: Vec<Seat>,
}

#[derive(Deserialize)]
struct Seat {
    seat_number: String,
    position: Position,
    category: String,
}

fn point(path: &str, position: Position) -> Result<Point, CatalogError> {
    Point::of(position.x, position.y)
        .map_or_else(|| CatalogError::invalid(format!("pretix.{path}.position is beyond all bounds")), Ok)
}

/// Reads a hall; gives its name too.
///
/// # Errors
/// [`CatalogError::Invalid`] with the path of what is wrong.
pub fn read(plan: Value) -> Result<(String, HallSpec), CatalogError> {
    let plan: SeatingPlan = serde_json::from_value(plan)
        .map_err(|error| CatalogError::Invalid(format!("pretix is no seating plan: {error}")))?;
    let mut spec = HallSpec::default();
    for (at, zone) in plan.zones.into_iter().enumerate() {
        let path = format!("zones[{at}]");
        for (at, area) in zone.areas.iter().enumerate().filter(|(_, area)| area.shape == "text") {
            spec.drawing.signs.extend(read_sign(&format!("{path}.areas[{at}]"), zone.position, area)?);
        }
        // A zone without seats is drawing alone.
        if zone.rows.iter().all(|row| row.seats.is_empty()) {
            continue;
        }
        let name = zone.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| format!("Zone {}", at + 1));
        let mut rows = Vec::with_capacity(zone.rows.len());
        for (at, row) in zone.rows.into_iter().enumerate().filter(|(_, row)| !row.seats.is_empty()) {
            rows.push(read_row(&plan.categories, &format!("{path}.rows[{at}]"), row)?);
        }
        let drawing = SectionDrawing { origin: Some(point(&path, zone.position)?), ..SectionDrawing::default() };
        spec.sections.push(SectionSpec { drawing, ..SectionSpec::new(name, PlacesSpec::Rows(rows)) });
    }
    let used = |name: &str| {
        spec.sections.iter().any(|section| match &section.places {
            PlacesSpec::Rows(rows) => rows
                .iter()
                .any(|row| row.grade == name || row.seats.iter().any(|seat| seat.grade.as_deref() == Some(name))),
            PlacesSpec::Standing { grade, .. } => grade == name,
        })
    };
    let colors = plan.categories.into_iter().filter(|category| used(&category.name));
    let colors = colors.filter_map(|category| Some((category.name, six_digits(&category.color?)?))).collect();
    spec.drawing.colors = colors;
    Ok((plan.name, spec))
}

/// What a text says, if it says anything.
fn read_sign(path: &str, zone: Position, area: &Area) -> Result<Option<Sign>, CatalogError> {
    let Some(Lettering { text, size, position }) = area.text.as_ref().filter(|of| !of.text.trim().is_empty()) else {
        return Ok(None);
    };
    let x = zone.x + area.position.x + position.x;
    let at = point(path, Position { x, y: zone.y + area.position.y + position.y })?;
    let size = size.and_then(Length::of).unwrap_or(Sign::USUAL_SIZE).clamp(*Sign::SIZES.start(), *Sign::SIZES.end());
    Ok(Some(Sign { text: text.clone(), at, size }))
}

fn read_row(categories: &[Category], path: &str, row: Row) -> Result<RowSpec, CatalogError> {
    let drawing = RowDrawing { origin: Some(point(path, row.position)?), spacing: None };
    let grade = row.seats.first().map(|seat| seat.category.clone()).unwrap_or_default();
    let mut seats = Vec::with_capacity(row.seats.len());
    for (at, seat) in row.seats.into_iter().enumerate() {
        let path = format!("{path}.seats[{at}]");
        if !categories.iter().any(|category| category.name == seat.category) {
            return CatalogError::invalid(format!("pretix.{path}.category is none of categories: {}", seat.category));
        }
        let at = Some(point(&path, seat.position)?);
        let grade = Some(seat.category).filter(|category| *category != grade);
        seats.push(PlanPlace { label: seat.seat_number, grade, at, ..PlanPlace::default() });
    }
    Ok(RowSpec { drawing, ..RowSpec::new(row.row_number, grade, seats) })
}

/// `#fff` and `#ffffff` as `#ffffff`; a colour by name is left out.
fn six_digits(color: &str) -> Option<String> {
    let hex = color.trim().strip_prefix('#')?;
    match hex.len() {
        6 => Some(format!("#{hex}")),
        3 => Some(hex.chars().fold("#".to_owned(), |mut color, digit| {
            color.extend([digit, digit]);
            color
        })),
        _ => None,
    }
}

/// Writes a hall. Standing sections become areas, which carry their name.
pub fn write(name: &str, plan: &HallPlan) -> Value {
    const MARGIN: f64 = 100.0;
    let layout = Layout::of(plan);
    let everything = || layout.seats.iter().chain(layout.outlines.iter().flatten());
    let least = |of: fn(&(f64, f64)) -> f64| everything().map(of).fold(f64::INFINITY, f64::min).min(0.0);
    let most = |of: fn(&(f64, f64)) -> f64| everything().map(of).fold(0.0, f64::max);
    let size = json!({
        "width": (most(|place| place.0) - least(|place| place.0) + MARGIN).ceil() as i64,
        "height": (most(|place| place.1) - least(|place| place.1) + MARGIN).ceil() as i64,
    });
    let color = |grade: &str| plan.drawing.colors.get(grade).map_or("#7f7f7f", String::as_str);
    let category = |grade: &str| match plan.drawing.colors.get(grade) {
        Some(color) => json!({"name": grade, "color": color}),
        None => json!({"name": grade}),
    };
    let categories: Vec<_> = plan.grades().into_iter().map(category).collect();
    let mut rows: BTreeMap<u32, Vec<&PlanRow>> = BTreeMap::new();
    plan.rows.iter().for_each(|row| rows.entry(row.section_no).or_default().push(row));
    let zones = plan.sections.iter().zip(&layout.outlines).map(|(section, outline)| {
        let origin = section.drawing.origin.map_or((0.0, 0.0), |at| (at.x.units(), at.y.units()));
        let rows = rows.remove(&section.section_no).unwrap_or_default();
        let areas: Vec<_> = section
            .grade
            .iter()
            .map(|grade| {
                let points: Vec<_> = outline.iter().map(|at| position((at.0 - origin.0, at.1 - origin.1))).collect();
                json!({
                    "shape": "polygon", "color": color(grade), "border_color": "#000000", "rotation": 0,
                    "position": position((0.0, 0.0)), "polygon": {"points": points},
                    "text": {"text": section.name, "color": "#000000", "position": position((0.0, 0.0))},
                })
            })
            .collect();
        json!({
            "name": section.name, "zone_id": section.name, "position": position(origin),
            "rows": rows.into_iter().map(|row| write_row(&layout, section_turned(section), origin, row)).collect::<Vec<_>>(),
            "areas": areas,
        })
    });
    let signs = (!plan.drawing.signs.is_empty()).then(|| {
        let areas: Vec<_> = plan.drawing.signs.iter().map(write_sign).collect();
        json!({"name": "Signs", "zone_id": "signs", "position": position((0.0, 0.0)), "rows": [], "areas": areas})
    });
    json!({"name": name, "categories": categories, "zones": zones.chain(signs).collect::<Vec<_>>(), "size": size})
}

fn write_sign(Sign { text, at, size }: &Sign) -> Value {
    json!({
        "shape": "text", "color": "#000000", "border_color": "#000000", "rotation": 0,
        "position": position((at.x.units(), at.y.units())),
        "text": {"text": text, "color": "#000000", "size": size, "position": position((0.0, 0.0))},
    })
}

fn section_turned(section: &crate::catalog::hall::plan::PlanSection) -> bool {
    section.drawing.rotation.0 != 0
}

fn write_row(layout: &Layout, is_turned: bool, section: (f64, f64), row: &PlanRow) -> Value {
    // A turned section's rows are measured in its own directions, pretix's never.
    let origin = match row.drawing.origin {
        Some(at) if !is_turned => (at.x.units(), at.y.units()),
        Some(_) | None => (0.0, 0.0),
    };
    let seats = row.seat_numbers().zip(&row.seats).map(|(seat_no, seat)| {
        let (x, y) = layout.seats[seat_no as usize - 1];
        json!({
            "seat_guid": format!("{}-{}-{}", row.section, row.name, seat.label), "seat_number": seat.label,
            "position": position((x - section.0 - origin.0, y - section.1 - origin.1)),
            "category": row.grade_of(seat),
        })
    });
    json!({
        "row_number": row.name, "row_number_position": "both", "position": position(origin),
        "seats": seats.collect::<Vec<_>>(),
    })
}

/// To a hundredth, a whole number without a point.
fn position((x, y): (f64, f64)) -> Value {
    let length = |units: f64| Length::of(units).unwrap_or_default();
    json!({"x": length(x), "y": length(y)})
}
