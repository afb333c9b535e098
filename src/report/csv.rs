//! Reports as comma-separated values (RFC 4180) that no spreadsheet takes for formulas. Pure.

use csv::{Terminator, WriterBuilder};

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// What somebody wrote, or a word of ours.
    Text(String),
    /// A number: it is one to a spreadsheet too.
    Number(i64),
    /// Nothing.
    None,
}

impl Cell {
    /// A word, or nothing.
    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::None, |text| Self::Text(text.into()))
    }

    /// As it is written: what a spreadsheet would take for a formula has an apostrophe before it.
    fn written(&self) -> String {
        match self {
            Self::Text(text) if is_formula(text) => format!("'{text}"),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::None => String::new(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

/// Whether a spreadsheet would take a text for a formula: by its first character (OWASP, "CSV Injection"), full width too.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// What tells a spreadsheet that a file is UTF-8.
pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Lines of cells, each with its line end.
pub fn lines(lines: &[Vec<Cell>]) -> Vec<u8> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for line in lines {
        // A Vec takes everything.
        let _ = writer.write_record(line.iter().map(Cell::written));
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Cell, lines};

    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let cells = ["plain", "comma, quote \" and\nline\r\nends", "한글", " blank ", "", "'quoted'"];
        let written = lines(&[cells.iter().copied().map(Cell::from).collect(), vec![Cell::Number(-5), Cell::None]]);
        assert_eq!(read(&written)[0], cells);
        assert!(written.ends_with(b"-5,\r\n"), "{:?}", String::from_utf8_lossy(&written));
    }

    #[test]
    fn nothing_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "=cmd|' /C calc'!A0"] {
            assert_eq!(read(&lines(&[vec![Cell::from(formula)]]))[0], [format!("'{formula}")], "{formula:?}");
        }
        for text in ["1=1", "a-b", "a@b", "100"] {
            assert_eq!(read(&lines(&[vec![Cell::from(text)]]))[0], [text]);
        }
        assert_eq!(lines(&[vec![Cell::Number(-100)]]), b"-100\r\n", "a number is no formula");
    }
}
