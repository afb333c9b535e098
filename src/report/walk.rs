//! Lists that are read in pieces, and what becomes of them: pages, or lines of a table.

use crate::report::csv::Cell;
use crate::report::error::ReportError;
use crate::store::Tx;

/// A list that is read in pieces, each by a read of its own.
pub trait Walk: Send + 'static {
    /// What it is a list of.
    type Row: Send + 'static;

    /// Whether all was read.
    fn is_done(&self) -> bool;

    /// Reads on, by one piece: up to `most` rows, perhaps none.
    ///
    /// # Errors
    /// Only the store's.
    fn read(&mut self, tx: &Tx, most: usize) -> Result<Vec<Self::Row>, ReportError>;
}

/// A row of a table.
pub trait Line {
    /// The columns.
    const HEAD: &'static [&'static str];

    /// Its cells, one for each column.
    fn cells(&self) -> Vec<Cell>;
}

/// A table that is read in pieces.
pub trait Table: Send + 'static {
    /// The columns.
    fn head(&self) -> &'static [&'static str];

    /// The next lines, perhaps none; nothing at the end.
    ///
    /// # Errors
    /// [`ReportError::TooLong`].
    fn next(&mut self, tx: &Tx) -> Result<Option<Vec<Vec<Cell>>>, ReportError>;
}

/// Rows of one read at most.
const MOST_ROWS: usize = 1_000;

/// A list as a table.
pub struct Rows<W>(pub W);

impl<W: Walk> Table for Rows<W>
where
    W::Row: Line,
{
    fn head(&self) -> &'static [&'static str] {
        W::Row::HEAD
    }

    fn next(&mut self, tx: &Tx) -> Result<Option<Vec<Vec<Cell>>>, ReportError> {
        if self.0.is_done() {
            return Ok(None);
        }
        Ok(Some(self.0.read(tx, MOST_ROWS)?.iter().map(Line::cells).collect()))
    }
}

/// Reads on by one piece; gives whether there is more.
pub type Step<S> = fn(&mut S, &Tx) -> Result<bool, ReportError>;

/// A table of figures, which are known once all was read.
pub struct Summed<S> {
    of: Option<S>,
    head: &'static [&'static str],
    step: Step<S>,
    lines: fn(&S) -> Vec<Vec<Cell>>,
}

impl<S> Summed<S> {
    /// Of a report that is made by these steps.
    pub fn new(of: S, step: Step<S>, head: &'static [&'static str], lines: fn(&S) -> Vec<Vec<Cell>>) -> Self {
        Self { of: Some(of), head, step, lines }
    }
}

impl<S: Send + 'static> Table for Summed<S> {
    fn head(&self) -> &'static [&'static str] {
        self.head
    }

    fn next(&mut self, tx: &Tx) -> Result<Option<Vec<Vec<Cell>>>, ReportError> {
        let Some(of) = &mut self.of else { return Ok(None) };
        if (self.step)(of, tx)? {
            return Ok(Some(Vec::new()));
        }
        Ok(self.of.take().map(|of| (self.lines)(&of)))
    }
}
