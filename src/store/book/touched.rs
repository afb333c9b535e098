//! Which rows a group touched, and what became of them.
//!
//! Triggers of the writer's own connection note the key of every row that a statement adds, changes or takes away (also one
//! that goes by a cascade), in a table that nobody else sees and that is undone with the operation. Before the commit each key is
//! looked up once: what was not there before and is there now is new; what was there is changed or gone.

use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::ToSql;

use super::shape::{Kind, MOST_KEY_COLUMNS, Table};
use crate::store::types::Part;

/// Rows of one table that go the same way, column by column.
pub(crate) struct Change {
    /// Its place among the tables.
    pub(super) table: usize,
    pub(super) way: Way,
    /// Which columns those are, in the table's order: all; of rows that are gone the key's, in its order.
    pub(super) which: Vec<usize>,
    pub(super) columns: Vec<Values>,
    pub(super) rows: i64,
}

/// A part that every node does alike, as it was done here.
pub(crate) struct Done {
    pub(super) part: Part,
    /// The book does nothing by itself.
    pub(super) rows: Vec<Change>,
}

/// What a change's statement is known by.
pub(super) type Shape = (usize, Way, Vec<usize>);

impl Change {
    pub(super) fn shape(&self) -> Shape {
        (self.table, self.way, self.which.clone())
    }
}

/// How a row goes. The feed writes it by its place in this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub(super) enum Way {
    New,
    Changed,
    Gone,
}

/// The values of one column. The feed writes them as they are.
#[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Values {
    Integers(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Blobs(Vec<Option<Vec<u8>>>),
}

impl Values {
    pub(super) fn none(kind: Kind) -> Self {
        match kind {
            Kind::Integer => Self::Integers(Vec::new()),
            Kind::Text => Self::Texts(Vec::new()),
            Kind::Blob => Self::Blobs(Vec::new()),
        }
    }

    /// Puts one more at the end. A strict table has no other types in it.
    pub(super) fn push(&mut self, value: ValueRef<'_>) -> rusqlite::Result<()> {
        match self {
            Self::Integers(all) => all.push(value.as_i64_or_null()?),
            Self::Texts(all) => all.push(value.as_str_or_null()?.map(str::to_owned)),
            Self::Blobs(all) => all.push(value.as_blob_or_null()?.map(<[u8]>::to_vec)),
        }
        Ok(())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Integers(all) => all.len(),
            Self::Texts(all) => all.len(),
            Self::Blobs(all) => all.len(),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Integers(_) => Kind::Integer,
            Self::Texts(_) => Kind::Text,
            Self::Blobs(_) => Kind::Blob,
        }
    }

    /// One of them, as the file takes it; NULL beyond the last.
    pub(super) fn as_row(&self, at: usize) -> ToSqlOutput<'_> {
        let value = match self {
            Self::Integers(all) => all.get(at).copied().flatten().map(ValueRef::Integer),
            Self::Texts(all) => all.get(at).and_then(Option::as_deref).map(|text| ValueRef::Text(text.as_bytes())),
            Self::Blobs(all) => all.get(at).and_then(Option::as_deref).map(ValueRef::Blob),
        };
        ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null))
    }

    pub(super) fn as_sql(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Integers(all) => all,
            Self::Texts(all) => all,
            Self::Blobs(all) => all,
        }
    }
}

/// The statements that read touched rows back, one a table.
pub(super) struct Touched(Vec<String>);

impl Touched {
    /// Has the connection note what it touches from now on.
    pub(super) fn note(connection: &Connection, tables: &[Table]) -> rusqlite::Result<Self> {
        connection.execute_batch(
            "CREATE TEMP TABLE touched (place INTEGER NOT NULL, is_new INTEGER NOT NULL, k1, k2, k3, k4)",
        )?;
        for (place, table) in tables.iter().enumerate() {
            connection.execute_batch(&triggers(place, table))?;
        }
        Ok(Self(tables.iter().enumerate().map(|(place, table)| read_back(place, table)).collect()))
    }

    /// A mark after all that was touched so far.
    pub(super) fn last(&self, connection: &Connection) -> rusqlite::Result<i64> {
        let last = "SELECT coalesce(max(rowid), 0) FROM temp.touched";
        connection.prepare_cached(last)?.query_row([], |row| row.get(0))
    }

    /// What became of all that was touched since this mark (0: since the last time), and forgets it. Of rows that were there, only
    /// these columns, if they are named.
    pub(super) fn take_since(
        &self,
        connection: &Connection,
        tables: &[Table],
        since: i64,
        only: Option<&[&str]>,
    ) -> rusqlite::Result<Vec<Change>> {
        let places = "SELECT DISTINCT place FROM temp.touched WHERE rowid > ?1 ORDER BY place";
        let mut places = connection.prepare_cached(places)?;
        let places: Vec<u32> = places.query_map([since], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut changes = Vec::new();
        for place in places {
            let place = place as usize;
            let ways = ways_of(place, &tables[place], only);
            changes.extend(self.read(connection, &tables[place], ways, since)?);
        }
        if since == 0 {
            // Without a condition SQLite empties the table at once.
            connection.prepare_cached("DELETE FROM temp.touched")?.execute([])?;
        } else {
            connection.prepare_cached("DELETE FROM temp.touched WHERE rowid > ?1")?.execute([since])?;
        }
        Ok(changes)
    }

    fn read(
        &self,
        connection: &Connection,
        table: &Table,
        mut ways: [Change; 3],
        since: i64,
    ) -> rusqlite::Result<impl Iterator<Item = Change> + use<>> {
        let mut query = connection.prepare_cached(&self.0[ways[0].table])?;
        let mut rows = query.query([since])?;
        // Before the columns: whether it was new when first touched, whether it is there, and its key.
        let columns_from = 2 + table.key.len();
        while let Some(row) = rows.next()? {
            let (was_new, is_there): (bool, bool) = (row.get(0)?, row.get(1)?);
            let into = match (was_new, is_there) {
                (true, true) => &mut ways[0],
                (false, true) => &mut ways[1],
                (false, false) => &mut ways[2],
                // It came and went inside the group.
                (true, false) => continue,
            };
            for (place, (at, values)) in into.which.iter().zip(&mut into.columns).enumerate() {
                // Of a row that is gone the key is all there is.
                let from = if is_there { columns_from + at } else { 2 + place };
                values.push(row.get_ref(from)?)?;
            }
            into.rows += 1;
        }
        Ok(ways.into_iter().filter(|change| change.rows > 0))
    }
}

/// Rows of a table that are new, changed, gone: none yet.
fn ways_of(place: usize, table: &Table, only: Option<&[&str]>) -> [Change; 3] {
    let all: Vec<usize> = (0..table.columns.len()).collect();
    let is_named =
        |at: &usize| only.is_none_or(|only| table.key.contains(at) || only.contains(&table.columns[*at].name.as_str()));
    let named = all.iter().copied().filter(is_named).collect();
    [(Way::New, all), (Way::Changed, named), (Way::Gone, table.key.clone())].map(|(way, which)| {
        let columns = which.iter().map(|at| Values::none(table.columns[*at].kind)).collect();
        Change { table: place, way, which, columns, rows: 0 }
    })
}

fn triggers(place: usize, table: &Table) -> String {
    let key = |row: &str| {
        let named = table.key.iter().map(|at| format!("{row}.{}", table.quoted(*at)));
        let none = std::iter::repeat_n("NULL".to_owned(), MOST_KEY_COLUMNS - table.key.len());
        named.chain(none).collect::<Vec<_>>().join(", ")
    };
    let name = &table.name;
    let on = |what: &str, when: &str, is_new: u8, row: &str| {
        let key = key(row);
        format!(
            "CREATE TEMP TRIGGER touched_{what}_{place} AFTER {when} ON main.\"{name}\" \
             BEGIN INSERT INTO touched VALUES ({place}, {is_new}, {key}); END;\n"
        )
    };
    let key_columns = table.key.iter().map(|at| table.quoted(*at)).collect::<Vec<_>>().join(", ");
    // A row that gets another key is one that goes and one that comes.
    on("new", "INSERT", 1, "new")
        + &on("changed", "UPDATE", 0, "old")
        + &on("moved", &format!("UPDATE OF {key_columns}"), 1, "new")
        + &on("gone", "DELETE", 0, "old")
}

fn read_back(place: usize, table: &Table) -> String {
    let keys: Vec<_> = (1..=table.key.len()).map(|n| format!("k{n}")).collect();
    let (keys, first) = (keys.join(", "), table.quoted(table.key[0]));
    let same: Vec<_> =
        table.key.iter().enumerate().map(|(n, at)| format!("c.{} = f.k{}", table.quoted(*at), n + 1)).collect();
    let columns: Vec<_> = (0..table.columns.len()).map(|at| format!("c.{}", table.quoted(at))).collect();
    // SQLite takes `is_new` from the row whose rowid is the smallest: the first touch.
    format!(
        "SELECT f.is_new, c.{first} IS NOT NULL, {keys}, {} FROM (SELECT is_new, min(rowid), {keys} FROM temp.touched WHERE place = {place} \
         AND rowid > ?1 GROUP BY {keys}) f LEFT JOIN main.\"{}\" c ON {}",
        columns.join(", "),
        table.name,
        same.join(" AND ")
    )
}

#[cfg(test)]
mod tests {
    use super::super::shape::tables;
    use super::*;

    fn noted(sql: &str) -> (Connection, Vec<Table>, Touched) {
        let file = Connection::open_in_memory().unwrap();
        file.pragma_update(None, "foreign_keys", true).unwrap();
        file.execute_batch(sql).unwrap();
        let tables = tables(&file).unwrap();
        let touched = Touched::note(&file, &tables).unwrap();
        (file, tables, touched)
    }

    /// Table, way and first column of each change.
    fn taken(file: &Connection, tables: &[Table], touched: &Touched) -> Vec<(String, Way, Vec<Option<i64>>)> {
        let taken = touched.take_since(file, tables, 0, None).unwrap();
        let told = |change: Change| {
            let Values::Integers(first) = &change.columns[0] else { panic!("an integer") };
            assert_eq!(first.len() as i64, change.rows);
            (tables[change.table].name.clone(), change.way, first.clone())
        };
        taken.into_iter().map(told).collect()
    }

    const TWO: &str = "CREATE TABLE parent (k INTEGER PRIMARY KEY, name TEXT) STRICT;
        CREATE TABLE child (p INTEGER NOT NULL REFERENCES parent ON DELETE CASCADE, n INTEGER NOT NULL, b BLOB, PRIMARY KEY (p, n)) STRICT, WITHOUT ROWID;
        INSERT INTO parent VALUES (1, 'one'), (2, 'two'); INSERT INTO child VALUES (1, 1, x'01'), (1, 2, NULL);";

    #[test]
    fn rows_are_new_changed_or_gone_by_what_they_were_before_the_group() {
        let (file, tables, touched) = noted(TWO);
        assert!(taken(&file, &tables, &touched).is_empty(), "what was there before was not touched");
        let of_parent = |sql: &str| {
            file.execute_batch(sql).unwrap();
            taken(&file, &tables, &touched).into_iter().map(|(_, way, keys)| (way, keys)).collect::<Vec<_>>()
        };
        assert_eq!(
            of_parent("INSERT INTO parent VALUES (3, NULL); UPDATE parent SET name = 'x' WHERE k = 3"),
            [(Way::New, vec![Some(3)])]
        );
        assert_eq!(of_parent("UPDATE parent SET name = 'y' WHERE k > 1"), [(Way::Changed, vec![Some(2), Some(3)])]);
        assert_eq!(
            of_parent("INSERT INTO parent VALUES (9, NULL); DELETE FROM parent WHERE k = 9"),
            [],
            "it came and went"
        );
        assert_eq!(
            of_parent("DELETE FROM parent WHERE k = 2; INSERT INTO parent VALUES (2, 'anew')"),
            [(Way::Changed, vec![Some(2)])]
        );
        assert_eq!(
            of_parent("INSERT INTO parent VALUES (2, 'z') ON CONFLICT DO UPDATE SET name = 'z'"),
            [(Way::Changed, vec![Some(2)])]
        );
        assert_eq!(
            of_parent("UPDATE parent SET k = 7 WHERE k = 3"),
            [(Way::New, vec![Some(7)]), (Way::Gone, vec![Some(3)])]
        );
    }

    #[test]
    fn what_goes_by_a_cascade_is_noted_and_what_is_undone_is_not() {
        let (file, tables, touched) = noted(TWO);
        file.execute_batch("BEGIN; DELETE FROM parent WHERE k = 1").unwrap();
        let mut gone = taken(&file, &tables, &touched);
        gone.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(
            gone,
            [("child".to_owned(), Way::Gone, vec![Some(1), Some(1)]), ("parent".to_owned(), Way::Gone, vec![Some(1)])]
        );
        file.execute_batch("ROLLBACK; BEGIN; SAVEPOINT s; UPDATE parent SET name = 'n'; ROLLBACK TO s; COMMIT")
            .unwrap();
        assert!(taken(&file, &tables, &touched).is_empty());
    }
}
