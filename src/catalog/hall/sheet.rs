//! Halls as spreadsheets: a head that names the columns in any order, then a line for each seat or standing section. No
//! store, no clock.
//!
//! What is not written in it, the drawing of sections and rows, is lost on the way; where each seat is stands in `x`, `y`.

use std::collections::BTreeMap;

use csv::StringRecord;
use encoding_rs::{EUC_KR, UTF_8};

use crate::catalog::error::CatalogError;
use crate::catalog::hall::drawing::Point;
use crate::catalog::hall::plan::{HallPlan, PlanPlace, PlanSection, SeatKind, SectionKind};
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
    let columns = Columns::of(&head.map_err(|error| unreadable(&error))?)?;
    let mut reading = Reading::default();
    for record in records {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = Line { number: line_of(&text, record.position()), columns: &columns, cells: &record };
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
    EUC_KR
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map_or_else(|| CatalogError::invalid("the file must be UTF-8 or CP949 text"), |text| Ok(text.into_owned()))
}

fn at<T>(line: u64, column: Option<&str>, rule: &str) -> Result<T, CatalogError> {
    CatalogError::invalid(match column {
        Some(column) => format!("line {line}, column {column}: {rule}"),
        None => format!("line {line}: {rule}"),
    })
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

/// Where each column stands.
struct Columns(BTreeMap<&'static str, usize>);

impl Columns {
    fn of(head: &StringRecord) -> Result<Self, CatalogError> {
        let mut columns = BTreeMap::new();
        for (place, name) in head.iter().enumerate() {
            let Some(known) = COLUMNS.into_iter().find(|known| known.eq_ignore_ascii_case(name)) else {
                let rule = format!("there is no such column; those are {}", COLUMNS.join(", "));
                return at(1, Some(&name.chars().take(40).collect::<String>()), &rule);
            };
            if columns.insert(known, place).is_some() {
                return at(1, Some(known), "it comes twice");
            }
        }
        match ["section", "grade"].into_iter().find(|needed| !columns.contains_key(needed)) {
            Some(missing) => at(1, Some(missing), "it is missing"),
            None => Ok(Self(columns)),
        }
    }
}

/// One line.
struct Line<'a> {
    number: u64,
    columns: &'a Columns,
    cells: &'a StringRecord,
}

impl<'a> Line<'a> {
    fn cell(&self, column: &str) -> Option<&'a str> {
        let cell = self.columns.0.get(column).and_then(|place| self.cells.get(*place));
        cell.filter(|cell| !cell.is_empty())
    }

    fn needed(&self, column: &str) -> Result<String, CatalogError> {
        self.cell(column).map_or_else(|| self.refuse(column, "it is empty"), |cell| Ok(cell.to_owned()))
    }

    fn refuse<T>(&self, column: &str, rule: &str) -> Result<T, CatalogError> {
        at(self.number, Some(column), rule)
    }

    fn parsed<T: std::str::FromStr>(&self, column: &str, rule: &str) -> Result<Option<T>, CatalogError> {
        let Some(cell) = self.cell(column) else { return Ok(None) };
        cell.parse().map_or_else(|_| self.refuse(column, rule), |value| Ok(Some(value)))
    }

    fn length(&self, column: &str) -> Result<Option<Length>, CatalogError> {
        const RULE: &str = "it must be a number of centimetres";
        let units: Option<f64> = self.parsed(column, RULE)?;
        units.map(|units| Length::of(units).map_or_else(|| self.refuse(column, RULE), Ok)).transpose()
    }

    fn place(&self) -> Result<PlanPlace, CatalogError> {
        let kind = match self.cell("kind") {
            None => SeatKind::default(),
            Some(word) => match SeatKind::ALL.iter().find(|kind| kind.as_str() == word) {
                Some(kind) => *kind,
                None => return self.refuse("kind", "it must be standard, restricted_view, wheelchair or companion"),
            },
        };
        let at = match (self.length("x")?, self.length("y")?) {
            (Some(x), Some(y)) => Some(Point { x, y }),
            (None, None) => None,
            (Some(_), None) => return self.refuse("y", "it is empty, but x is not"),
            (None, Some(_)) => return self.refuse("x", "it is empty, but y is not"),
        };
        Ok(PlanPlace {
            label: self.needed("seat")?,
            grade: None,
            kind,
            note: self.cell("note").map(str::to_owned),
            gap_before: self.parsed("gap_before", "it must be a whole number of seats")?.unwrap_or_default(),
            at,
        })
    }
}

#[derive(Default)]
struct Reading {
    spec: HallSpec,
    /// Where each row stands, by section and name.
    rows: BTreeMap<(String, String), (usize, usize)>,
    /// The labels of each row's seats.
    seats: std::collections::BTreeSet<(usize, usize, String)>,
}

impl Reading {
    fn line(&mut self, line: &Line<'_>) -> Result<(), CatalogError> {
        let (section, grade) = (line.needed("section")?, line.needed("grade")?);
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
            let places = PlacesSpec::Standing { capacity, grade };
            self.spec.sections.push(SectionSpec { floor, ..SectionSpec::new(section, places) });
            return Ok(());
        }
        let (row, mut place) = (line.needed("row")?, line.place()?);
        let known = self.rows.get(&(section.clone(), row.clone())).copied();
        let (section_at, row_at) = match known {
            Some(known) => known,
            None => self.begin_row(line, section, floor, row, &grade)?,
        };
        let PlacesSpec::Rows(rows) = &mut self.spec.sections[section_at].places else {
            return line.refuse("section", "the section is a standing one");
        };
        if !self.seats.insert((section_at, row_at, place.label.clone())) {
            return line.refuse("seat", "the row has this seat already");
        }
        let row = &mut rows[row_at];
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

/// Writes a hall, in UTF-8 without a byte order mark.
pub fn write(plan: &HallPlan) -> String {
    let mut lines = csv::Writer::from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _ = lines.write_record(COLUMNS);
    let standing = |section: &PlanSection| section.kind == SectionKind::Standing;
    let mut written = 0;
    for row in &plan.rows {
        for section in plan.sections.iter().filter(|section| section.section_no > written) {
            if section.section_no >= row.section_no {
                break;
            }
            if standing(section) {
                write_standing(&mut lines, section);
            }
        }
        written = written.max(row.section_no);
        let floor = plan.section(row.section_no).and_then(|section| section.floor.clone()).unwrap_or_default();
        for seat in &row.seats {
            let length = |length: Option<Length>| length.map_or_else(String::new, |length| length.units().to_string());
            let gap = if seat.gap_before == 0 { String::new() } else { seat.gap_before.to_string() };
            let kind = if seat.kind == SeatKind::default() { "" } else { seat.kind.as_str() };
            let (x, y) = (length(seat.at.map(|at| at.x)), length(seat.at.map(|at| at.y)));
            let note = seat.note.as_deref().unwrap_or_default();
            let grade = row.grade_of(seat);
            let cells = [&row.section, &row.name, &seat.label, grade, kind, note, &gap, &x, &y, &floor, ""];
            let _ = lines.write_record(cells);
        }
    }
    plan.sections
        .iter()
        .filter(|section| section.section_no > written && standing(section))
        .for_each(|section| write_standing(&mut lines, section));
    lines.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn write_standing(lines: &mut csv::Writer<Vec<u8>>, section: &PlanSection) {
    let (grade, floor) = (section.grade.as_deref().unwrap_or_default(), section.floor.as_deref().unwrap_or_default());
    let _ =
        lines.write_record([&section.name, "", "", grade, "", "", "", "", "", floor, &section.capacity.to_string()]);
}
