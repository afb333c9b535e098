//! Halls at the operator's desk.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::types::{Any, Example};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::catalog::error::CatalogError;
use crate::catalog::hall::domain;
use crate::catalog::hall::plan::{PlanPlace, SeatKind};
use crate::catalog::hall::spec::{HallSpec, PlacesSpec, RowSpec, SectionSpec, count_seats};
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, MadeView, Problem, Reply, Tag, Text};
use crate::office::Office;
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// A row of seats
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
struct RowRequest {
    /// The row's name, once in its section
    name: Text,
    /// A count (labelled from 1), or a list of what is written on the seats, side by side: a number, a text such as `12A`,
    /// or an object where there is more to say of a seat
    seats: Any<Value>,
    /// Price level; a seat may have one of its own
    grade: Text,
}

/// A section: `rows` of seats, or `capacity` and `grade` of a standing one
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
struct SectionRequest {
    /// The section's name
    name: Text,
    /// The floor it is on, one of the hall's
    #[oai(default)]
    floor: Option<Text>,
    /// Its rows, best first
    #[oai(default)]
    rows: Option<Vec<RowRequest>>,
    /// How many may stand in it
    #[oai(default)]
    capacity: Option<u32>,
    /// Price level of its standing places
    #[oai(default)]
    grade: Option<Text>,
}

/// A hall
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none, example)]
struct HallRequest {
    /// The hall's name
    name: Text,
    /// Its floors, from the lowest
    #[oai(default)]
    floors: Option<Vec<Text>>,
    /// Its sections, best first
    sections: Vec<SectionRequest>,
}

impl Example for HallRequest {
    fn example() -> Self {
        let row =
            |name: &str, grade: &str, seats| RowRequest { name: name.into(), seats: Any(seats), grade: grade.into() };
        let special = json!(["1", {"label": "2", "gap_before": 1}, {"label": "3", "kind": "wheelchair"}]);
        let stalls = SectionRequest {
            name: "Stalls".into(),
            floor: Some("Ground".into()),
            rows: Some(vec![row("A", "VIP", json!(20)), row("B", "R", json!([1, 3, "5A"])), row("C", "R", special)]),
            capacity: None,
            grade: None,
        };
        let standing = SectionRequest {
            name: "Floor".into(),
            floor: None,
            rows: None,
            capacity: Some(300),
            grade: Some("S".into()),
        };
        Self { name: "Great Hall".into(), floors: Some(vec!["Ground".into()]), sections: vec![stalls, standing] }
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
    let SeatRequest { label: sent, grade, kind, note, gap_before } = serde_json::from_value(sent).ok()?;
    let (label, kind) = (label(&sent)?, kind.unwrap_or_default());
    Some(PlanPlace { label, grade, kind, note, gap_before: gap_before.unwrap_or_default() })
}

impl RowRequest {
    fn spec(self, path: &str, most_places: usize) -> Result<RowSpec, Problem> {
        const RULE: &str =
            "a whole number from 0, a text, or an object with label and, if need be, grade, kind, note, gap_before";
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
        Ok(RowSpec { name: self.name.0, grade: self.grade.0, seats })
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
        Ok(SectionSpec { name: self.name.0, floor: self.floor.map(|floor| floor.0), places })
    }
}

impl HallRequest {
    /// The hall's name, and the hall.
    fn spec(self, most_places: usize) -> Result<(String, HallSpec), Problem> {
        let floors = self.floors.unwrap_or_default().into_iter().map(|floor| floor.0).collect();
        let sections = self.sections.into_iter().enumerate();
        let sections = sections.map(|(at, section)| section.spec(&format!("sections[{at}]"), most_places));
        Ok((self.name.0, HallSpec { floors, sections: sections.collect::<Result<_, _>>()? }))
    }
}

/// The desk's hand on halls.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Make a hall
    ///
    /// Sections and rows are given best first; that is the order in which `best` chooses. Every seat and every standing
    /// section has a grade, for which each performance has a price.
    #[oai(path = "/halls", method = "post", operation_id = "create_hall")]
    async fn create_hall(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        body: Body<HallRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<MadeView, 201>, Problem> {
        let once = idempotent::request(&office, key, "create_hall", &body.0)?;
        let most = office.limits.hall_places;
        let (name, spec) = body.0.spec(most)?;
        let plan = spec.plan(most)?;
        let made = move |tx: &Tx| Ok::<_, CatalogError>(MadeView { id: domain::create_hall(tx, &name, &plan)? });
        Ok(auth.once(&office, "create_hall", once, made).await?.into())
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[("create_hall", &[problems::STAFF, problems::BODY, &[Code::IdempotencyKeyReused]])];
