//! Halls as spreadsheets: a head that names the columns in any order, then a line for each seat or standing section. No
//! store, no clock. How a hall is drawn stands in columns of its own (`drawn`), which are written where it is drawn in a way
//! of its own: so what is written and read again is the same hall. A floor without sections is not written.

mod drawn;
mod line;

use std::collections::{BTreeMap, BTreeSet};

use encoding_rs::{EUC_KR, UTF_8};

use crate::catalog::error::CatalogError;
use crate::catalog::hall::plan::{HallPlan, PlanPlace, PlanRow, PlanSection, SeatKind, SectionKind};
use crate::catalog::hall::sheet::drawn::Drawn;
use crate::catalog::hall::sheet::line::{Columns, Line, at};
use crate::catalog::hall::spec::{HallSpec, PlacesSpec, RowSpec, SectionSpec};
use crate::geometry::Length;

/// The columns there are, in the order in which they are written.
const COLUMNS: [&str; 11] =
    ["section", "row", "seat", "grade", "kind", "note", "gap_before", "x", "y", "floor", "capacity"];

/// Reads a hall.
///
/// # Errors
/// [`CatalogError::Invalid`] with line and column of what is wrong.
pub fn read(bytes: &[u8]) -> Result<HallSpec, CatalogError> {
    let text = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut records = reader.records();
    let Some(head) = records.next() else { return at(1, None, "a head such as section,row,seat,grade is missing") };
    let known: Vec<_> = COLUMNS.into_iter().chain(drawn::COLUMNS).collect();
    let columns = Columns::of(&head.map_err(|error| unreadable(&error))?, &known)?;
    let mut reading = Reading::default();
    for record in records {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = Line::new(line_of(&text, record.position()), &columns, &record);
        reading.line(&line)?;
    }
    Ok(reading.spec)
}

/// The line on which a record begins: empty lines before it count as its own there.
fn line_of(text: &str, position: Option<&csv::Position>) -> u64 {
    let Some(position) = position else { return 0 };
    let before = text.get(position.byte() as usize..).unwrap_or_default();
    let empty = before.bytes().take_while(u8::is_ascii_whitespace).filter(|byte| *byte == b'\n').count();
    position.line() + empty as u64
}

/// UTF-8, with a byte order mark or without; else CP949.
fn decode(bytes: &[u8]) -> Result<String, CatalogError> {
    if let Some(text) = UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok(text.trim_start_matches('\u{feff}').to_owned());
    }
    // What the web calls EUC-KR is CP949 (WHATWG Encoding §13).
    let cp949 = |bytes| EUC_KR.decode_without_bom_handling_and_without_replacement(bytes);
    if let Some(text) = cp949(bytes) {
        return Ok(text.into_owned());
    }
    // No character of CP949 has a line's end in it.
    let wrong = bytes.split(|byte| *byte == b'\n').take_while(|line| cp949(line).is_some()).count();
    at(wrong as u64 + 1, None, "it must be UTF-8 or CP949 text")
}

fn unreadable(error: &csv::Error) -> CatalogError {
    let line = error.position().map_or(0, csv::Position::line);
    let rule = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells where the head has {expected_len}")
        }
        _ => "it cannot be read".to_owned(),
    };
    CatalogError::Invalid(format!("line {line}: {rule}"))
}

/// The seat of a line.
fn place(line: &Line<'_>) -> Result<PlanPlace, CatalogError> {
    let kind = match line.cell("kind") {
        None => SeatKind::default(),
        Some(word) => match SeatKind::ALL.iter().find(|kind| kind.as_str() == word) {
            Some(kind) => *kind,
            None => return line.refuse("kind", "it must be standard, restricted_view, wheelchair or companion"),
        },
    };
    let at = line.point(["x", "y"])?;
    Ok(PlanPlace {
        label: line.needed("seat")?,
        grade: None,
        kind,
        note: line.cell("note").map(str::to_owned),
        gap_before: line.parsed("gap_before", "it must be a whole number of seats")?.unwrap_or_default(),
        at,
    })
}

#[derive(Default)]
struct Reading {
    spec: HallSpec,
    /// Where each section stands first.
    first: BTreeMap<String, usize>,
    /// Where each row stands, by section and name.
    rows: BTreeMap<(String, String), (usize, usize)>,
    /// The labels of each row's seats.
    seats: BTreeSet<(usize, usize, String)>,
}

impl Reading {
    fn line(&mut self, line: &Line<'_>) -> Result<(), CatalogError> {
        let (section, grade) = (line.needed("section")?, line.needed("grade")?);
        drawn::hall(line, &mut self.spec.drawing, &grade)?;
        let floor = line.cell("floor").map(str::to_owned);
        if let Some(floor) = floor.as_ref().filter(|floor| !self.spec.floors.contains(floor)) {
            self.spec.floors.push(floor.clone());
        }
        if let Some(capacity) = line.parsed("capacity", "it must be a whole number of standing places")? {
            if let Some(column) = ["row", "seat"].into_iter().find(|column| line.cell(column).is_some()) {
                return line.refuse(column, "a standing section has neither rows nor seats");
            }
            if self.spec.sections.iter().any(|known| known.name == section) {
                return line.refuse("section", "the section comes twice");
            }
            let mut section = SectionSpec::new(section, PlacesSpec::Standing { capacity, grade });
            drawn::section(line, &mut section.drawing)?;
            self.spec.sections.push(SectionSpec { floor, ..section });
            return Ok(());
        }
        let (row, mut place) = (line.needed("row")?, place(line)?);
        let known = self.rows.get(&(section.clone(), row.clone())).copied();
        let (section_at, row_at) = match known {
            Some(known) => known,
            None => self.begin_row(line, section.clone(), floor, row, &grade)?,
        };
        // One that comes again is drawn as it was said first.
        let first = *self.first.entry(section).or_insert(section_at);
        drawn::section(line, &mut self.spec.sections[first].drawing)?;
        let PlacesSpec::Rows(rows) = &mut self.spec.sections[section_at].places else {
            return line.refuse("section", "the section is a standing one");
        };
        if !self.seats.insert((section_at, row_at, place.label.clone())) {
            return line.refuse("seat", "the row has this seat already");
        }
        let row = &mut rows[row_at];
        drawn::row(line, &mut row.drawing)?;
        if row.seats.first().is_some_and(|first| first.at.is_some() != place.at.is_some()) {
            return line.refuse("x", "all seats of a row have x and y, or none has");
        }
        place.grade = Some(grade).filter(|grade| *grade != row.grade);
        row.seats.push(place);
        Ok(())
    }

    fn begin_row(
        &mut self,
        line: &Line<'_>,
        section: String,
        floor: Option<String>,
        row: String,
        grade: &str,
    ) -> Result<(usize, usize), CatalogError> {
        // Rows that follow each other stand together; a section that comes again later begins again there.
        let is_last = self.spec.sections.last().is_some_and(|last| last.name == section);
        if !is_last {
            let places = PlacesSpec::Rows(Vec::new());
            self.spec.sections.push(SectionSpec { floor, ..SectionSpec::new(section.clone(), places) });
        }
        let section_at = self.spec.sections.len() - 1;
        let PlacesSpec::Rows(rows) = &mut self.spec.sections[section_at].places else {
            return line.refuse("section", "the section is a standing one");
        };
        rows.push(RowSpec::new(row.clone(), grade, Vec::new()));
        let found = (section_at, rows.len() - 1);
        self.rows.insert((section, row), found);
        Ok(found)
    }
}

/// A file in the making.
struct Writing<'p> {
    lines: csv::Writer<Vec<u8>>,
    drawn: Option<Drawn<'p>>,
}

impl<'p> Writing<'p> {
    fn line(&mut self, section: &'p PlanSection, row: Option<&PlanRow>, grade: &str, cells: [&str; COLUMNS.len()]) {
        let drawn = self.drawn.as_mut().map(|drawn| drawn.cells(section, row, grade));
        let drawn = drawn.iter().flatten().map(String::as_str);
        // Writing into memory cannot fail.
        let _ = self.lines.write_record(cells.into_iter().chain(drawn));
    }

    fn standing(&mut self, section: &'p PlanSection) {
        let (grade, floor) =
            (section.grade.as_deref().unwrap_or_default(), section.floor.as_deref().unwrap_or_default());
        let capacity = section.capacity.to_string();
        let cells = [&section.name, "", "", grade, "", "", "", "", "", floor, &capacity];
        self.line(section, None, grade, cells);
    }

    fn row(&mut self, section: &'p PlanSection, row: &PlanRow) {
        let length = |length: Option<Length>| length.map_or_else(String::new, |length| length.units().to_string());
        let floor = section.floor.as_deref().unwrap_or_default();
        for (place, seat) in row.seats.iter().enumerate() {
            let gap = if seat.gap_before == 0 { String::new() } else { seat.gap_before.to_string() };
            let kind = if seat.kind == SeatKind::default() { "" } else { seat.kind.as_str() };
            let (x, y) = (length(seat.at.map(|at| at.x)), length(seat.at.map(|at| at.y)));
            let note = seat.note.as_deref().unwrap_or_default();
            let grade = row.grade_of(seat);
            let cells = [&row.section, &row.name, &seat.label, grade, kind, note, &gap, &x, &y, floor, ""];
            self.line(section, Some(row).filter(|_| place == 0), grade, cells);
        }
    }
}

/// Writes a hall, in UTF-8 without a byte order mark.
pub fn write(plan: &HallPlan) -> String {
    let mut writing = Writing { lines: csv::Writer::from_writer(Vec::new()), drawn: Drawn::of(plan) };
    let drawn: &[&str] = if writing.drawn.is_some() { &drawn::COLUMNS } else { &[] };
    let _ = writing.lines.write_record(COLUMNS.iter().chain(drawn));
    let standing = |section: &&PlanSection| section.kind == SectionKind::Standing;
    let mut written = 0;
    for row in &plan.rows {
        let before = plan.sections.iter().filter(|of| of.section_no > written && of.section_no < row.section_no);
        before.filter(standing).for_each(|section| writing.standing(section));
        written = written.max(row.section_no);
        if let Some(section) = plan.section(row.section_no) {
            writing.row(section, row);
        }
    }
    let after = plan.sections.iter().filter(|section| section.section_no > written);
    after.filter(standing).for_each(|section| writing.standing(section));
    writing.lines.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
