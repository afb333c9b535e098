//! Plans as bytes: what never changes under a performance, made once for all who ask and kept while there is room.
//!
//! A plan of 10,000 seats is to be small in gzip: what is the same in a row is said once, positions are whole centimetres
//! from one seat to the next.

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Value, json};

use crate::catalog::hall::drawing::Sign;
use crate::catalog::hall::layout::{Layout, Place};
use crate::catalog::hall::plan::{HallPlan, HallRecord, PlanPlace, PlanRow, PlanSection, SeatKind, plan_id};

/// So many plans are kept: those of what is on sale at a time.
const KEPT: usize = 32;

/// A plan's bytes.
#[derive(Clone, Debug)]
pub struct PlanBytes {
    /// The plan's name: which version of which hall.
    pub plan_id: String,
    /// JSON.
    pub plain: Bytes,
    /// The same in gzip.
    pub gzip: Bytes,
}

/// The plans that were asked for last.
#[derive(Default)]
pub struct Plans {
    latest: Mutex<VecDeque<Arc<PlanBytes>>>,
}

impl Plans {
    /// The bytes of the plan of this name, if they are kept.
    pub(super) fn kept(&self, plan_id: &str) -> Option<Arc<PlanBytes>> {
        let mut latest = self.latest.lock();
        let at = latest.iter().position(|kept| kept.plan_id == plan_id)?;
        let found = latest.remove(at)?;
        latest.push_front(found.clone());
        Some(found)
    }

    /// Makes the bytes of a hall's version and keeps them. For a thread that may block.
    pub(super) fn make(&self, hall: &HallRecord, plan: &HallPlan) -> Arc<PlanBytes> {
        let plain = serde_json::to_vec(&view(hall, plan)).unwrap_or_default();
        let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 8), Compression::best());
        // A Vec takes everything, so neither can fail.
        let _ = encoder.write_all(&plain);
        let gzip = Bytes::from(encoder.finish().unwrap_or_default());
        let made = Arc::new(PlanBytes { plan_id: plan_id(hall.id, hall.version_no), plain: plain.into(), gzip });
        let mut latest = self.latest.lock();
        latest.retain(|kept| kept.plan_id != made.plan_id);
        latest.push_front(made.clone());
        latest.truncate(KEPT);
        made
    }
}

fn centimetres(length: f64) -> i64 {
    length.round() as i64
}

fn point((x, y): Place) -> Value {
    json!({"x": centimetres(x), "y": centimetres(y)})
}

/// The first as it is, each further one from the one before.
fn steps(lengths: impl Iterator<Item = f64>) -> Vec<i64> {
    let mut before = 0;
    lengths.map(centimetres).map(|at| at - std::mem::replace(&mut before, at)).collect()
}

/// What `PlanView` describes.
#[derive(Serialize)]
struct View<'a> {
    plan: String,
    seats: u32,
    floors: &'a [String],
    stage: Vec<Value>,
    focal: Value,
    colors: &'a std::collections::BTreeMap<String, String>,
    signs: Vec<Value>,
    sections: Vec<Value>,
    rows: Vec<Value>,
}

fn view<'a>(hall: &HallRecord, plan: &'a HallPlan) -> View<'a> {
    let layout = Layout::of(plan);
    let stage = plan.drawing.stage.iter().map(|at| point((at.x.units(), at.y.units())));
    View {
        plan: plan_id(hall.id, hall.version_no),
        seats: plan.seat_count(),
        floors: &plan.floors,
        stage: stage.collect(),
        focal: point(layout.focal),
        colors: &plan.drawing.colors,
        signs: plan.drawing.signs.iter().map(of_sign).collect(),
        sections: plan
            .sections
            .iter()
            .zip(&layout.outlines)
            .map(|(section, outline)| of_section(section, outline))
            .collect(),
        rows: plan.rows.iter().map(|row| of_row(&layout, row)).collect(),
    }
}

fn of_sign(sign: &Sign) -> Value {
    json!({"text": sign.text, "x": centimetres(sign.at.x.units()), "y": centimetres(sign.at.y.units()), "size": centimetres(sign.size.units())})
}

fn of_section(section: &PlanSection, outline: &[Place]) -> Value {
    let PlanSection { name, kind, capacity, .. } = section;
    let mut view = json!({"name": name, "kind": kind, "capacity": capacity});
    if let Some(floor) = &section.floor {
        view["floor"] = json!(floor);
    }
    if let Some(grade) = &section.grade {
        view["grade"] = json!(grade);
    }
    if !outline.is_empty() {
        view["outline"] = outline.iter().copied().map(point).collect();
    }
    view
}

fn of_row(layout: &Layout, row: &PlanRow) -> Value {
    let seats = row.seat_numbers();
    let places = &layout.seats[seats.start as usize - 1..seats.end as usize - 1];
    let labels: Vec<_> = row.seats.iter().map(|seat| &seat.label).collect();
    let (x, y) = (steps(places.iter().map(|at| at.0)), steps(places.iter().map(|at| at.1)));
    let mut view =
        json!({"section": row.section, "row": row.name, "grade": row.grade, "labels": labels, "x": x, "y": y});
    let special = row.seats.iter().enumerate().filter_map(|(at, seat)| of_special(at, seat));
    let special: Vec<_> = special.collect();
    if !special.is_empty() {
        view["special"] = special.into();
    }
    view
}

/// What is said of a seat beside its label and place, if anything.
fn of_special(at: usize, seat: &PlanPlace) -> Option<Value> {
    let mut view = json!({"seat": at});
    if let Some(grade) = &seat.grade {
        view["grade"] = json!(grade);
    }
    if seat.kind != SeatKind::default() {
        view["kind"] = json!(seat.kind);
    }
    if let Some(note) = &seat.note {
        view["note"] = json!(note);
    }
    if seat.gap_before > 0 {
        view["gap_before"] = json!(seat.gap_before);
    }
    (view.as_object().is_some_and(|members| members.len() > 1)).then_some(view)
}
