//! A group as the feed tells it: which rows came, changed and went, and the facts, in the words of whoever hears them. It names
//! tables and gives all columns in their order, so whoever has the same schema can apply it. The first byte says how the rest is
//! written.

use serde::{Deserialize, Serialize};

use super::error::BookError;
use super::shape::Table;
use super::touched::{Change, Done, Values, Way};

/// Rises with every change of what stands below, and of the words of a fact.
pub(super) const FORMAT: u8 = 2;

#[derive(Serialize)]
struct Writing<'a> {
    parts: Vec<(&'a str, &'a [u8])>,
    rows: Vec<(&'a str, Way, &'a [Values])>,
    facts: &'a [u8],
}

/// What a record says.
#[derive(Deserialize)]
pub(super) struct Written {
    /// What every node does alike, before anything else: its name, and what it is told.
    pub(super) parts: Vec<(String, Vec<u8>)>,
    pub(super) rows: Vec<Rows>,
    pub(super) facts: Vec<u8>,
}

/// Rows of one table that go the same way.
#[derive(Deserialize)]
pub(super) struct Rows {
    pub(super) table: String,
    pub(super) way: Way,
    /// All columns; of rows that are gone the key's.
    pub(super) columns: Vec<Values>,
}

impl Rows {
    pub(super) fn count(&self) -> usize {
        self.columns.first().map_or(0, Values::len)
    }
}

pub(super) fn write(tables: &[Table], done: &[Done], changes: &[Change], facts: &[u8]) -> Result<Vec<u8>, BookError> {
    let parts = done.iter().map(|done| (done.part.name, done.part.words.as_slice())).collect();
    let rows = changes.iter().map(|one| (tables[one.table].name.as_str(), one.way, one.columns.as_slice())).collect();
    let to = vec![FORMAT];
    postcard::to_extend(&Writing { parts, rows, facts }, to).map_err(|error| BookError::Said(error.to_string()))
}

/// Gives why it cannot be read.
pub(super) fn read(bytes: &[u8]) -> Result<Written, String> {
    match bytes.split_first() {
        Some((&FORMAT, rest)) => postcard::from_bytes(rest).map_err(|error| error.to_string()),
        Some((format, _)) => Err(format!("it is written as {format}, and this version reads {FORMAT}")),
        None => Err("it is empty".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::book::shape::tables;
    use crate::store::{Part, schema};

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let tables = tables(&schema::fresh().unwrap()).unwrap();
        let at = tables.iter().position(|table| table.name == "setting").unwrap();
        let columns =
            || vec![Values::Texts(vec![Some("a".to_owned()), None]), Values::Blobs(vec![None, Some(vec![0, 255])])];
        let change = Change { table: at, way: Way::Changed, which: vec![0, 1], columns: columns(), rows: 2 };
        let part = Part { name: "draw", words: vec![7], columns: &[] };
        let done = Done { part, rows: Vec::new() };
        let bytes = write(&tables, &[done], &[change], b"facts").unwrap();
        let back = read(&bytes).unwrap();
        assert_eq!((back.facts.as_slice(), back.rows.len()), (&b"facts"[..], 1));
        assert_eq!(back.parts, [("draw".to_owned(), vec![7])]);
        let rows = &back.rows[0];
        assert_eq!((rows.table.as_str(), rows.way, rows.count()), ("setting", Way::Changed, 2));
        assert_eq!(rows.columns, columns());
        assert!(read(&bytes[..bytes.len() - 1]).is_err() && read(&[]).is_err());
        assert!(read(&[&[FORMAT + 1], &bytes[1..]].concat()).is_err_and(|why| why.contains("this version reads")));
    }
}
