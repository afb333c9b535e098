//! A record's rows into the file of a node that follows.
//!
//! Rows go one by one, each found by its key, and each must be as the record says: there to be changed or taken away, not there to be
//! added. A copy in which one is not is no copy any more.

use std::collections::HashMap;

use rusqlite::{Connection, Statement, params_from_iter};

use super::shape::{Kind, Table};
use super::touched::{Values, Way};
use super::written::{Rows, Written};

/// The statements of every table.
pub(super) struct Applying(HashMap<String, OfTable>);

struct OfTable {
    kinds: Vec<Kind>,
    key: Vec<usize>,
    add: String,
    change: Option<String>,
    take_away: String,
}

/// In which order rows go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Those that are gone, those that changed, those that are new.
    Plain,
    /// Those that changed go and come again: where two of them exchange what no two may have, neither can go first.
    Anew,
}

/// Why a record does not fit this copy.
#[derive(Debug, thiserror::Error)]
pub(super) enum Misfit {
    #[error("{0} has a row that is not as it should be")]
    Row(String),
    #[error("{0} is another table than here")]
    Table(String),
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl Applying {
    pub(super) fn to(tables: &[Table]) -> Self {
        let of = |table: &Table| OfTable {
            kinds: table.columns.iter().map(|column| column.kind).collect(),
            key: table.key.clone(),
            add: table.write_one(),
            change: table.change_one(),
            take_away: table.take_one_away(),
        };
        Self(tables.iter().map(|table| (table.name.clone(), of(table))).collect())
    }

    /// Applies one record, in a transaction that the caller has open, on a connection that looks at no references.
    pub(super) fn apply(&self, connection: &Connection, written: &Written, order: Order) -> Result<(), Misfit> {
        let of_way = |way: Way| written.rows.iter().filter(move |rows| rows.way == way);
        for rows in of_way(Way::Gone) {
            let table = self.table(rows)?;
            let all: Vec<_> = (0..rows.columns.len()).collect();
            each(connection, &table.take_away, rows, &all)?;
        }
        for rows in of_way(Way::Changed) {
            let table = self.table(rows)?;
            match (&table.change, order) {
                (Some(change), Order::Plain) => each(connection, change, rows, &table.all())?,
                _ => each(connection, &table.take_away, rows, &table.key)?,
            }
        }
        for rows in of_way(Way::Changed) {
            let table = self.table(rows)?;
            if order == Order::Anew || table.change.is_none() {
                each(connection, &table.add, rows, &table.all())?;
            }
        }
        for rows in of_way(Way::New) {
            let table = self.table(rows)?;
            each(connection, &table.add, rows, &table.all())?;
        }
        Ok(())
    }

    /// The table of these rows, if it is the same there and here.
    fn table(&self, rows: &Rows) -> Result<&OfTable, Misfit> {
        let is_same = |table: &&OfTable| {
            let all = table.all();
            let which = if rows.way == Way::Gone { &table.key } else { &all };
            let kinds = which.iter().map(|at| table.kinds[*at]);
            kinds.eq(rows.columns.iter().map(Values::kind)) && rows.columns.iter().all(|one| one.len() == rows.count())
        };
        self.0.get(&rows.table).filter(is_same).ok_or_else(|| Misfit::Table(rows.table.clone()))
    }
}

impl OfTable {
    fn all(&self) -> Vec<usize> {
        (0..self.kinds.len()).collect()
    }
}

/// Runs a statement for each row with these of its columns; it must meet that row each time.
fn each(connection: &Connection, sql: &str, rows: &Rows, columns: &[usize]) -> Result<(), Misfit> {
    let mut statement = connection.prepare_cached(sql)?;
    let run = |statement: &mut Statement<'_>, row: usize| {
        statement.execute(params_from_iter(columns.iter().map(|at| rows.columns[*at].as_row(row))))
    };
    for row in 0..rows.count() {
        if run(&mut statement, row)? != 1 {
            return Err(Misfit::Row(rows.table.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::shape::tables;
    use super::*;

    fn file() -> (Connection, Applying) {
        let file = Connection::open_in_memory().unwrap();
        file.execute_batch(
            "CREATE TABLE seat (no INTEGER PRIMARY KEY, ticket INTEGER UNIQUE) STRICT;
             CREATE TABLE pair (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;
             INSERT INTO seat VALUES (1, 10), (2, 20), (3, NULL); INSERT INTO pair VALUES (1, 1);",
        )
        .unwrap();
        let applying = Applying::to(&tables(&file).unwrap());
        (file, applying)
    }

    fn rows(table: &str, way: Way, columns: &[&[Option<i64>]]) -> Rows {
        let columns = columns.iter().map(|column| Values::Integers(column.to_vec())).collect();
        Rows { table: table.to_owned(), way, columns }
    }

    fn written(rows: Vec<Rows>) -> Written {
        Written { parts: Vec::new(), rows, facts: Vec::new() }
    }

    fn seats(file: &Connection) -> Vec<(i64, Option<i64>)> {
        let mut all = file.prepare("SELECT no, ticket FROM seat ORDER BY no").unwrap();
        all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn rows_that_exchange_what_no_two_may_have_are_put_anew() {
        let (file, applying) = file();
        let exchange = || rows("seat", Way::Changed, &[&[Some(1), Some(2)], &[Some(20), Some(10)]]);
        let gone_and_new = [rows("seat", Way::New, &[&[Some(4)], &[Some(30)]]), rows("seat", Way::Gone, &[&[Some(3)]])];
        let written = written(gone_and_new.into_iter().chain([exchange()]).collect());
        let in_order = |order| {
            file.execute_batch("SAVEPOINT s").unwrap();
            let applied = applying.apply(&file, &written, order);
            file.execute_batch(if applied.is_ok() { "RELEASE s" } else { "ROLLBACK TO s; RELEASE s" }).unwrap();
            applied
        };
        assert!(matches!(in_order(Order::Plain), Err(Misfit::Sqlite(_))));
        assert_eq!(seats(&file), [(1, Some(10)), (2, Some(20)), (3, None)]);
        in_order(Order::Anew).unwrap();
        assert_eq!(seats(&file), [(1, Some(20)), (2, Some(10)), (4, Some(30))]);
    }

    #[test]
    fn a_row_that_is_not_as_it_should_be_is_noticed() {
        let (file, applying) = file();
        for one in [
            rows("seat", Way::Changed, &[&[Some(7)], &[None]]),
            rows("seat", Way::Gone, &[&[Some(7)]]),
            rows("seat", Way::New, &[&[Some(1)], &[None]]),
            rows("pair", Way::Changed, &[&[Some(1)], &[Some(2)]]),
            rows("pair", Way::Gone, &[&[Some(1)]]),
            rows("seat", Way::New, &[&[Some(5), Some(6)], &[None]]),
            rows("chair", Way::New, &[&[Some(1)]]),
        ] {
            let (table, way) = (one.table.clone(), one.way);
            let written = written(vec![one]);
            for order in [Order::Plain, Order::Anew] {
                file.execute_batch("SAVEPOINT s").unwrap();
                assert!(applying.apply(&file, &written, order).is_err(), "{table} {way:?}");
                file.execute_batch("ROLLBACK TO s; RELEASE s").unwrap();
            }
        }
        let same = written(vec![rows("pair", Way::Changed, &[&[Some(1)], &[Some(1)]])]);
        applying.apply(&file, &same, Order::Plain).unwrap();
    }
}
