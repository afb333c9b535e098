//! One line of a spreadsheet: its cells by the names of their columns, and what is wrong with them by line and column.

use std::collections::BTreeMap;

use csv::StringRecord;

use crate::catalog::error::CatalogError;
use crate::catalog::hall::drawing::Point;
use crate::geometry::Length;

/// A refusal that names the place.
pub(super) fn at<T>(line: u64, column: Option<&str>, rule: &str) -> Result<T, CatalogError> {
    CatalogError::invalid(match column {
        Some(column) => format!("line {line}, column {column}: {rule}"),
        None => format!("line {line}: {rule}"),
    })
}

/// Where each column stands.
pub(super) struct Columns(BTreeMap<&'static str, usize>);

impl Columns {
    /// Of this head, which names some of the known columns.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`] for others, one that comes twice, and where section or grade is missing.
    pub(super) fn of(head: &StringRecord, known: &[&'static str]) -> Result<Self, CatalogError> {
        let mut columns = BTreeMap::new();
        for (place, name) in head.iter().enumerate() {
            let Some(known) = known.iter().copied().find(|known| known.eq_ignore_ascii_case(name)) else {
                let rule = format!("there is no such column; those are {}", known.join(", "));
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
pub(super) struct Line<'a> {
    number: u64,
    columns: &'a Columns,
    cells: &'a StringRecord,
}

impl<'a> Line<'a> {
    pub(super) fn new(number: u64, columns: &'a Columns, cells: &'a StringRecord) -> Self {
        Self { number, columns, cells }
    }

    pub(super) fn cell(&self, column: &str) -> Option<&'a str> {
        let cell = self.columns.0.get(column).and_then(|place| self.cells.get(*place));
        cell.filter(|cell| !cell.is_empty())
    }

    pub(super) fn needed(&self, column: &str) -> Result<String, CatalogError> {
        self.cell(column).map_or_else(|| self.refuse(column, "it is empty"), |cell| Ok(cell.to_owned()))
    }

    pub(super) fn refuse<T>(&self, column: &str, rule: &str) -> Result<T, CatalogError> {
        at(self.number, Some(column), rule)
    }

    pub(super) fn parsed<T: std::str::FromStr>(&self, column: &str, rule: &str) -> Result<Option<T>, CatalogError> {
        let Some(cell) = self.cell(column) else { return Ok(None) };
        cell.parse().map_or_else(|_| self.refuse(column, rule), |value| Ok(Some(value)))
    }

    pub(super) fn length(&self, column: &str) -> Result<Option<Length>, CatalogError> {
        const RULE: &str = "it must be a number of centimetres";
        let units: Option<f64> = self.parsed(column, RULE)?;
        units.map(|units| Length::of(units).map_or_else(|| self.refuse(column, RULE), Ok)).transpose()
    }

    /// A point whose both lengths are there, or none.
    pub(super) fn point(&self, [x, y]: [&str; 2]) -> Result<Option<Point>, CatalogError> {
        match (self.length(x)?, self.length(y)?) {
            (Some(x), Some(y)) => Ok(Some(Point { x, y })),
            (None, None) => Ok(None),
            (Some(_), None) => self.refuse(y, &format!("it is empty, but {x} is not")),
            (None, Some(_)) => self.refuse(x, &format!("it is empty, but {y} is not")),
        }
    }
}
