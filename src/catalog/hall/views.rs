//! What a hall looks like on the wire: as it is made, shown and changed.

use std::collections::BTreeMap;

use poem_openapi::Object;
use poem_openapi::types::{Any, Example};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::catalog::hall::drawing::{HallDrawing, Point, RowDrawing, SectionDrawing, Sign};
use crate::catalog::hall::plan::{HallPlan, HallRecord, PlanPlace, PlanRow, PlanSection, SeatKind};
use crate::catalog::hall::spec::{HallSpec, PlacesSpec, RowSpec, SectionSpec, count_seats};
use crate::geometry::Length;
use crate::http::{Code, Problem, Text};

/// A row of seats
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct RowRequest {
    /// The row's name, once in its section
    pub name: Text,
    /// A count (labelled from 1), or a list of what is written on the seats, side by side: a number, a text such as `12A`,
    /// or an object where there is more to say of a seat
    pub seats: Any<Value>,
    /// Price level; a seat may have one of its own
    pub grade: Text,
    /// Where its middle is, measured from its section's origin, or from where `x` and `y` of its seats are measured
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Point>,
    /// Centimetres from seat to seat; 55 unless given
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing: Option<Length>,
}

/// A section: `rows` of seats, or `capacity` and `grade` of a standing one
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct SectionRequest {
    /// The section's name
    pub name: Text,
    /// The floor it is on, one of the hall's
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<Text>,
    /// Its rows, best first
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<RowRequest>>,
    /// How many may stand in it
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// Price level of its standing places
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<Text>,
    /// From where its rows are measured; without it the section is drawn about the focal point
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Point>,
    /// By how many degrees it is turned about its origin, clockwise
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Length>,
    /// The radius of its first row's curve; straight rows unless given
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curve: Option<Length>,
    /// Its outline in the hall's points
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outline: Option<Vec<Point>>,
}

/// A hall
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none, example)]
pub struct HallRequest {
    /// The hall's name
    pub name: Text,
    /// Its floors, from the lowest
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floors: Option<Vec<Text>>,
    /// The stage's outline
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Vec<Point>>,
    /// Where all look; the origin unless given
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal: Option<Point>,
    /// Colours of grades, such as #0072b2
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colors: Option<BTreeMap<String, Text>>,
    /// What is written in it
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signs: Option<Vec<SignRequest>>,
    /// Its sections, best first
    pub sections: Vec<SectionRequest>,
}

/// Something that is written in a hall: a door, a bar, what is behind a wall
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct SignRequest {
    /// What
    pub text: Text,
    /// Its middle, to the right, in centimetres
    pub x: Length,
    /// Its middle, away from the stage
    pub y: Length,
    /// How high its letters are, 5 to 1000 centimetres; 60 unless given
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Length>,
}

impl SignRequest {
    fn spec(self) -> Sign {
        let (at, size) = (Point { x: self.x, y: self.y }, self.size.unwrap_or(Sign::USUAL_SIZE));
        Sign { text: self.text.0, at, size }
    }

    fn of(Sign { text, at, size }: &Sign) -> Self {
        Self {
            text: text.as_str().into(),
            x: at.x,
            y: at.y,
            size: Some(*size).filter(|size| *size != Sign::USUAL_SIZE),
        }
    }
}

impl SectionRequest {
    fn named(name: &str) -> Self {
        let name = name.into();
        let (floor, rows, capacity, grade, origin, rotation, curve, outline) = Default::default();
        Self { name, floor, rows, capacity, grade, origin, rotation, curve, outline }
    }
}

impl Example for HallRequest {
    fn example() -> Self {
        let row = |name: &str, grade: &str, seats| {
            let (name, grade) = (name.into(), grade.into());
            RowRequest { name, grade, seats: Any(seats), origin: None, spacing: None }
        };
        let special = json!(["1", {"label": "2", "gap_before": 1}, {"label": "3", "kind": "wheelchair"}]);
        let rows = vec![row("A", "VIP", json!(20)), row("B", "R", json!([1, 3, "5A"])), row("C", "R", special)];
        let stalls =
            SectionRequest { floor: Some("Ground".into()), rows: Some(rows), ..SectionRequest::named("Stalls") };
        let (capacity, grade) = (Some(300), Some("S".into()));
        let floor = SectionRequest { capacity, grade, ..SectionRequest::named("Floor") };
        let (name, floors, sections) = ("Great Hall".into(), Some(vec!["Ground".into()]), vec![stalls, floor]);
        Self { name, floors, stage: None, focal: None, colors: None, signs: None, sections }
    }
}

/// A seat of which there is more to say than its label, as clients send it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeatRequest {
    label: Value,
    grade: Option<String>,
    kind: Option<SeatKind>,
    note: Option<String>,
    gap_before: Option<u32>,
    x: Option<Length>,
    y: Option<Length>,
}

/// What is written on a seat: a text, or a number.
fn label(sent: &Value) -> Option<String> {
    match sent {
        Value::String(label) => Some(label.clone()),
        Value::Number(_) => u32::try_from(sent.as_u64()?).ok().map(|number| number.to_string()),
        _ => None,
    }
}

fn seat(sent: Value) -> Option<PlanPlace> {
    if let Some(label) = label(&sent) {
        return Some(PlanPlace { label, ..PlanPlace::default() });
    }
    let SeatRequest { label: sent, grade, kind, note, gap_before, x, y } = serde_json::from_value(sent).ok()?;
    let (label, kind) = (label(&sent)?, kind.unwrap_or_default());
    let at = match (x, y) {
        (Some(x), Some(y)) => Some(Point { x, y }),
        (None, None) => None,
        _ => return None,
    };
    Some(PlanPlace { label, grade, kind, note, gap_before: gap_before.unwrap_or_default(), at })
}

/// A seat as it is given back: what [`seat`] reads.
fn seat_value(place: &PlanPlace) -> Value {
    let PlanPlace { label, grade, kind, note, gap_before, at } = place;
    let mut members = Map::from_iter([("label".to_owned(), json!(label))]);
    let mut say = |name: &str, value: Option<Value>| value.map(|value| members.insert(name.to_owned(), value));
    say("grade", grade.as_ref().map(|grade| json!(grade)));
    say("kind", (*kind != SeatKind::default()).then(|| json!(kind)));
    say("note", note.as_ref().map(|note| json!(note)));
    say("gap_before", (*gap_before > 0).then(|| json!(gap_before)));
    say("x", at.map(|at| json!(at.x)));
    say("y", at.map(|at| json!(at.y)));
    if members.len() == 1 { json!(label) } else { Value::Object(members) }
}

impl RowRequest {
    fn spec(self, path: &str, most_places: usize) -> Result<RowSpec, Problem> {
        const RULE: &str = "a whole number from 0, a text, or an object with label and, if need be, grade, kind, note, gap_before, x and y";
        let refuse = |place: String, rule: &str| {
            Problem::new(Code::InvalidField, format!("{path}.seats{place} must be {rule}."))
        };
        let seats = match self.seats.0 {
            Value::Number(count) => count_seats(count.as_u64().unwrap_or(u64::MAX), most_places)?,
            Value::Array(list) => {
                let seats = list.into_iter().enumerate();
                seats
                    .map(|(at, sent)| seat(sent).ok_or_else(|| refuse(format!("[{at}]"), RULE)))
                    .collect::<Result<_, _>>()?
            }
            _ => return Err(refuse(String::new(), "a count or a list of seats")),
        };
        let drawing = RowDrawing { origin: self.origin, spacing: self.spacing };
        Ok(RowSpec { name: self.name.0, grade: self.grade.0, seats, drawing })
    }
}

impl SectionRequest {
    fn spec(self, path: &str, most_places: usize) -> Result<SectionSpec, Problem> {
        let places = match (self.rows, self.capacity, self.grade) {
            (Some(rows), None, None) => {
                let rows = rows.into_iter().enumerate();
                let spec = |(at, row): (usize, RowRequest)| row.spec(&format!("{path}.rows[{at}]"), most_places);
                PlacesSpec::Rows(rows.map(spec).collect::<Result<_, _>>()?)
            }
            (None, Some(capacity), Some(grade)) => PlacesSpec::Standing { capacity: capacity.into(), grade: grade.0 },
            _ => {
                let rule = format!("{path} must have rows, or capacity and grade if one stands there.");
                return Err(Problem::new(Code::InvalidField, rule));
            }
        };
        let (origin, rotation, curve) = (self.origin, self.rotation.unwrap_or_default(), self.curve);
        if curve.is_some_and(|curve| !curve.is_radius()) {
            return Err(Problem::new(Code::InvalidField, format!("{path}.curve must be more than 0.")));
        }
        let drawing = SectionDrawing { origin, rotation, curve, outline: self.outline.unwrap_or_default() };
        Ok(SectionSpec { name: self.name.0, floor: self.floor.map(|floor| floor.0), places, drawing })
    }
}

impl HallRequest {
    /// The hall's name, and the hall.
    ///
    /// # Errors
    /// [`Code::InvalidField`].
    pub fn spec(self, most_places: usize) -> Result<(String, HallSpec), Problem> {
        let floors = self.floors.unwrap_or_default().into_iter().map(|floor| floor.0).collect();
        let sections = self.sections.into_iter().enumerate();
        let sections = sections.map(|(at, section)| section.spec(&format!("sections[{at}]"), most_places));
        let colors = self.colors.unwrap_or_default().into_iter().map(|(grade, color)| (grade, color.0)).collect();
        let signs = self.signs.into_iter().flatten().map(SignRequest::spec).collect();
        let drawing = HallDrawing { stage: self.stage.unwrap_or_default(), focal: self.focal, colors, signs };
        Ok((self.name.0, HallSpec { floors, drawing, sections: sections.collect::<Result<_, _>>()? }))
    }
}

impl HallRequest {
    /// What makes this plan.
    pub fn of(name: &str, plan: &HallPlan) -> Self {
        let some = |points: &Vec<Point>| (!points.is_empty()).then(|| points.clone());
        let row = |row: &PlanRow| RowRequest {
            name: row.name.as_str().into(),
            seats: Any(row.seats.iter().map(seat_value).collect()),
            grade: row.grade.as_str().into(),
            origin: row.drawing.origin,
            spacing: row.drawing.spacing,
        };
        // A section comes again where its rows are not together: best first is best first.
        let mut sections: Vec<SectionRequest> = Vec::new();
        let mut last = None;
        let section = |section: &PlanSection, first: bool| {
            let drawing = if first { section.drawing.clone() } else { SectionDrawing::default() };
            SectionRequest {
                floor: section.floor.as_deref().map(Text::from),
                capacity: section.grade.is_some().then_some(section.capacity),
                grade: section.grade.as_deref().map(Text::from),
                origin: drawing.origin,
                rotation: Some(drawing.rotation).filter(|turned| turned.0 != 0),
                curve: drawing.curve,
                outline: some(&drawing.outline),
                ..SectionRequest::named(&section.name)
            }
        };
        let mut begun = 0;
        for each in &plan.rows {
            if last != Some(each.section_no) {
                // Standing sections stand where they were given.
                let until = each.section_no.max(begun);
                for of in plan.sections.iter().skip(begun as usize).take((until - begun) as usize) {
                    if of.section_no != each.section_no {
                        sections.push(section(of, true));
                    }
                }
                let Some(of) = plan.section(each.section_no) else { continue };
                sections.push(SectionRequest { rows: Some(Vec::new()), ..section(of, each.section_no > begun) });
                (last, begun) = (Some(each.section_no), until);
            }
            if let Some(rows) = sections.last_mut().and_then(|section| section.rows.as_mut()) {
                rows.push(row(each));
            }
        }
        sections.extend(plan.sections.iter().skip(begun as usize).map(|of| section(of, true)));
        let HallDrawing { stage, focal, colors, signs } = &plan.drawing;
        let signs = (!signs.is_empty()).then(|| signs.iter().map(SignRequest::of).collect());
        let colors = (!colors.is_empty())
            .then(|| colors.iter().map(|(grade, color)| (grade.clone(), color.as_str().into())).collect());
        let floors = (!plan.floors.is_empty()).then(|| plan.floors.iter().map(|floor| floor.as_str().into()).collect());
        Self { name: name.into(), floors, stage: some(stage), focal: *focal, colors, signs, sections }
    }
}

/// A hall in a list
#[derive(Object, Serialize)]
pub struct HallSummaryView {
    /// Its id
    pub id: Uuid,
    /// Its name
    pub name: String,
    /// Its latest version; also the `ETag` of the hall
    pub version: u32,
    /// How many seats it has
    pub seats: u32,
}

impl From<&HallRecord> for HallSummaryView {
    fn from(hall: &HallRecord) -> Self {
        Self { id: hall.id, name: hall.name.clone(), version: hall.version_no, seats: hall.seat_count }
    }
}

/// A hall with all that it is
#[derive(Object, Serialize)]
pub struct HallView {
    /// Its id
    pub id: Uuid,
    /// Its latest version; also the `ETag`
    pub version: u32,
    /// What makes it
    pub hall: HallRequest,
}
