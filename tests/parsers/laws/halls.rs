//! Halls: spreadsheets in UTF-8 or CP949, seating plans of pretix, and our own JSON. What makes a plan is written and read again
//! as the same plan, and no plan is larger than it may be.

use std::collections::BTreeSet;

use boxoffice::catalog::HallPlan;
use boxoffice::catalog::hall::drawing::HallDrawing;
use boxoffice::catalog::hall::spec::HallSpec;
use boxoffice::catalog::hall::views::HallRequest;
use boxoffice::catalog::hall::{pretix, sheet};
use encoding_rs::EUC_KR;
use poem_openapi::types::{ParseFromJSON as _, ToJSON as _};
use serde_json::Value;

/// Seats and standing places of a hall, at most.
const MOST: usize = 1_000;

fn planned(spec: HallSpec) -> Option<HallPlan> {
    let plan = spec.plan(MOST).ok()?;
    let standing: u32 = plan.standing().map(|section| section.capacity).sum();
    let places = plan.seat_count() + standing;
    assert!(0 < places && places as usize <= MOST, "{places} places");
    assert_eq!(plan.sections.iter().map(|section| section.capacity).sum::<u32>(), places);
    for (at, seat) in plan.seats().enumerate() {
        let found = plan.seat(at as u32 + 1).expect("a seat of each number");
        assert!(std::ptr::eq(found.place, seat.place), "seat {}", at + 1);
    }
    Some(plan)
}

/// What a spreadsheet has no column for: signs, floors nobody is on, that floors come in another order than their sections, and what a
/// row's grade is where its seats have grades of their own.
fn as_sheets_have_it(mut plan: HallPlan) -> HallPlan {
    plan.drawing.signs.clear();
    let mut grades: BTreeSet<String> = plan.sections.iter().filter_map(|section| section.grade.clone()).collect();
    for row in &mut plan.rows {
        let of_seats: Vec<String> = row.seats.iter().map(|seat| row.grade_of(seat).to_owned()).collect();
        grades.extend(of_seats.iter().cloned());
        row.grade = of_seats[0].clone();
        for (seat, grade) in row.seats.iter_mut().zip(of_seats) {
            seat.grade = Some(grade).filter(|grade| *grade != row.grade);
        }
    }
    plan.drawing.colors.retain(|grade, _| grades.contains(grade));
    let mut floors: Vec<String> = Vec::new();
    let rows = plan.rows.iter().map(|row| row.section_no);
    // In the order of the lines: see `sheet::write`.
    let (mut lines, mut written) = (Vec::new(), 0);
    for section_no in rows {
        lines.extend((written + 1..section_no).filter(|no| plan.section(*no).is_some_and(|of| of.grade.is_some())));
        written = written.max(section_no);
        lines.push(section_no);
    }
    lines.extend(written + 1..=plan.sections.len() as u32);
    for floor in lines.iter().filter_map(|no| plan.section(*no)?.floor.clone()) {
        if !floors.contains(&floor) {
            floors.push(floor);
        }
    }
    plan.floors = floors;
    plan
}

fn through_sheet(plan: &HallPlan) {
    let plan = as_sheets_have_it(plan.clone());
    let written = sheet::write(&plan);
    let read = |bytes: &[u8]| planned(sheet::read(bytes).unwrap_or_else(|refusal| panic!("{refusal}: {written}")));
    let [utf8, marked] = [written.clone(), format!("\u{feff}{written}")].map(|text| read(text.as_bytes()));
    assert_eq!((utf8.as_ref(), marked.as_ref()), (Some(&plan), Some(&plan)), "{written}");
    let (cp949, _, is_lossy) = EUC_KR.encode(&written);
    if !is_lossy && std::str::from_utf8(&cp949).is_err() {
        assert_eq!(read(&cp949).as_ref(), Some(&plan), "{written}");
    }
}

fn through_json(plan: &HallPlan) {
    let written = HallRequest::of("Hall", plan).to_json().expect("a hall is an object");
    let Ok(read) = HallRequest::parse_from_json(Some(written.clone())) else { panic!("not read: {written}") };
    let (name, spec) = read.spec(MOST).unwrap_or_else(|_| panic!("refused: {written}"));
    assert_eq!(name, "Hall");
    assert_eq!(planned(spec).as_ref(), Some(plan), "{written}");
}

/// Its places are where they were; what pretix knows nothing of is lost on the way out, and on no further way.
fn through_pretix(plan: &HallPlan) {
    let out = pretix::write("Hall", plan);
    if plan.rows.is_empty() {
        return;
    }
    let (name, spec) = pretix::read(out.clone()).expect("what we write is what we read");
    assert_eq!(name, "Hall");
    let Some(again) = planned(spec) else { panic!("no hall any more: {out}") };
    let labels = |plan: &HallPlan| -> Vec<_> {
        plan.seats().map(|seat| (seat.row.name.clone(), seat.place.label.clone(), seat.grade().to_owned())).collect()
    };
    let sorted = |plan: &HallPlan| {
        let mut labels = labels(plan);
        labels.sort();
        labels
    };
    assert_eq!(sorted(&again), sorted(plan), "{out}");
    assert_eq!(again.drawing.signs, plan.drawing.signs, "{out}");
}

pub fn sheets(bytes: &[u8]) {
    let Ok(spec) = sheet::read(bytes) else { return };
    let Some(plan) = planned(spec) else { return };
    assert!(plan.drawing.signs.is_empty());
    through_sheet(&plan);
    through_json(&plan);
}

pub fn pretix(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    let Ok((_, spec)) = pretix::read(value) else { return };
    let Some(plan) = planned(spec) else { return };
    through_json(&plan);
    through_sheet(&plan);
    through_pretix(&plan);
}

pub fn plans(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    let Ok(request) = HallRequest::parse_from_json(Some(value)) else { return };
    let Ok((_, spec)) = request.spec(MOST) else { return };
    let Some(plan) = planned(spec) else { return };
    assert!(plan.drawing == HallDrawing::default() || !plan.sections.is_empty());
    through_json(&plan);
    through_sheet(&plan);
    through_pretix(&plan);
}
