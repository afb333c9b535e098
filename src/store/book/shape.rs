//! The data file's tables as the book keeps them, drawn from the file's own schema: a table of `INTEGER`, `TEXT` and `BLOB`
//! columns becomes one of `bigint`, `text` and `bytea` with the same primary key, without the columns that are worked out from
//! others. So there is one schema, `migrations/`, and a table that is added there is in the book too.
//!
//! Nothing but keys: conditions, references and the other unique indexes are looked at by the file that runs the operations.
//! A second look would cost every payment and could only say the same.

use rusqlite::Connection;

/// A table with rows that are the venue's.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Which columns are the primary key, in its order.
    pub(super) key: Vec<usize>,
}

pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    is_required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Text,
    Blob,
}

impl Kind {
    fn of(sqlite: &str) -> Option<Self> {
        match sqlite {
            "INTEGER" => Some(Self::Integer),
            "TEXT" => Some(Self::Text),
            "BLOB" => Some(Self::Blob),
            _ => None,
        }
    }

    fn as_postgres(self) -> &'static str {
        match self {
            Self::Integer => "bigint",
            Self::Text => "text",
            Self::Blob => "bytea",
        }
    }
}

/// Kept by the book in a way of its own (the commit's number), or by the file alone (its history of migrations).
const NOT_ROWS: &[&str] = &["office", "refinery_schema_history"];

/// All tables of a data file, in the order in which the migrations make them.
///
/// # Errors
/// SQLite's, and a table that the book could not keep: one without a key, or with a column of another type.
pub(super) fn tables(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let all = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid";
    let mut names = connection.prepare(all)?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    names.into_iter().filter(|name| !NOT_ROWS.contains(&name.as_str())).map(|name| table(connection, name)).collect()
}

fn table(connection: &Connection, name: String) -> rusqlite::Result<Table> {
    let mut columns =
        connection.prepare("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let read = |row: &rusqlite::Row<'_>| {
        let kind: String = row.get(1)?;
        let kind = Kind::of(&kind).ok_or_else(|| rusqlite::Error::InvalidColumnName(format!("{name}: {kind}")))?;
        Ok((Column { name: row.get(0)?, kind, is_required: row.get(2)? }, row.get::<_, u32>(3)?))
    };
    let columns: Vec<(Column, u32)> = columns.query_map([&name], read)?.collect::<rusqlite::Result<_>>()?;
    let mut key: Vec<(u32, usize)> =
        columns.iter().enumerate().filter(|(_, (_, place))| *place > 0).map(|(at, (_, place))| (*place, at)).collect();
    key.sort_unstable();
    if key.is_empty() || key.len() > MOST_KEY_COLUMNS {
        return Err(rusqlite::Error::InvalidColumnName(format!("{name} has a key of {} columns", key.len())));
    }
    let (key, columns) =
        (key.into_iter().map(|(_, at)| at).collect(), columns.into_iter().map(|(one, _)| one).collect());
    Ok(Table { name, columns, key })
}

/// Columns of a primary key at most.
pub(super) const MOST_KEY_COLUMNS: usize = 4;

impl Table {
    /// Makes it in PostgreSQL.
    pub(super) fn create(&self) -> String {
        let column = |one: &Column| {
            let required = if one.is_required { " NOT NULL" } else { "" };
            format!("\"{}\" {}{required}", one.name, one.kind.as_postgres())
        };
        let columns: Vec<_> = self.columns.iter().map(column).collect();
        format!("CREATE TABLE \"{}\" ({}, PRIMARY KEY ({}))", self.name, columns.join(", "), self.key_list())
    }

    /// Reads all of it, in the order of its key; the same for both engines.
    pub(super) fn read_all(&self) -> String {
        format!("SELECT {} FROM \"{}\" ORDER BY {}", self.column_list(), self.name, self.key_list())
    }

    /// Writes one row into the file.
    pub(super) fn write_one(&self) -> String {
        let places: Vec<_> = (1..=self.columns.len()).map(|place| format!("?{place}")).collect();
        format!("INSERT INTO \"{}\" ({}) VALUES ({})", self.name, self.column_list(), places.join(", "))
    }

    /// Changes one row of the file: all columns, found by those of the key. None of a table that is all key.
    pub(super) fn change_one(&self) -> Option<String> {
        let free = (0..self.columns.len()).filter(|at| !self.key.contains(at));
        let set: Vec<_> = free.map(|at| format!("{} = ?{}", self.quoted(at), at + 1)).collect();
        let which: Vec<_> = self.key.iter().map(|at| format!("{} = ?{}", self.quoted(*at), at + 1)).collect();
        (!set.is_empty())
            .then(|| format!("UPDATE \"{}\" SET {} WHERE {}", self.name, set.join(", "), which.join(" AND ")))
    }

    /// Takes one row of the file away, by the columns of its key.
    pub(super) fn take_one_away(&self) -> String {
        let which: Vec<_> =
            self.key.iter().enumerate().map(|(place, at)| format!("{} = ?{}", self.quoted(*at), place + 1)).collect();
        format!("DELETE FROM \"{}\" WHERE {}", self.name, which.join(" AND "))
    }

    /// Adds rows that were not there: one array for each column. Fails on one that is.
    pub(super) fn add(&self) -> String {
        let columns: Vec<usize> = (0..self.columns.len()).collect();
        format!("INSERT INTO \"{}\" ({}) SELECT * FROM {}", self.name, self.column_list(), self.arrays(&columns))
    }

    /// Changes these columns, among them the key's, of rows that are there: one array for each, and how many rows those are. Fails
    /// unless all are there.
    pub(super) fn change(&self, columns: &[usize]) -> String {
        let free = columns.iter().filter(|at| !self.key.contains(at)).copied();
        // Of a row that is all key there is nothing to change, but it must be there.
        let free: Vec<usize> = free.chain((self.key.len() == columns.len()).then_some(columns[0])).collect();
        let set: Vec<_> = free.iter().map(|at| format!("{0} = now_is.{0}", self.quoted(*at))).collect();
        let (set, from, which) = (set.join(", "), self.arrays(columns), self.same_key());
        all_of(
            columns.len() + 1,
            &format!(
                "UPDATE \"{}\" AS was SET {set} FROM {from} AS now_is({}) WHERE {which}",
                self.name,
                self.list(columns)
            ),
        )
    }

    /// Takes rows away that are there: one array for each column of the key, and how many. Fails unless all are there.
    pub(super) fn take_away(&self) -> String {
        let (from, which, key) = (self.arrays(&self.key), self.same_key(), self.key_list());
        let gone = format!("DELETE FROM \"{}\" AS was USING {from} AS now_is({key}) WHERE {which}", self.name);
        all_of(self.key.len() + 1, &gone)
    }

    pub(super) fn quoted(&self, column: usize) -> String {
        format!("\"{}\"", self.columns[column].name)
    }

    pub(super) fn column_list(&self) -> String {
        self.list(&(0..self.columns.len()).collect::<Vec<_>>())
    }

    fn key_list(&self) -> String {
        self.list(&self.key)
    }

    fn list(&self, columns: &[usize]) -> String {
        columns.iter().map(|at| self.quoted(*at)).collect::<Vec<_>>().join(", ")
    }

    fn same_key(&self) -> String {
        self.key.iter().map(|at| format!("was.{0} = now_is.{0}", self.quoted(*at))).collect::<Vec<_>>().join(" AND ")
    }

    fn arrays(&self, columns: &[usize]) -> String {
        let array =
            |(place, at): (usize, &usize)| format!("${}::{}[]", place + 1, self.columns[*at].kind.as_postgres());
        format!("unnest({})", columns.iter().enumerate().map(array).collect::<Vec<_>>().join(", "))
    }
}

/// A change that fails, inside its transaction, unless it meets as many rows as its last parameter says.
fn all_of(place: usize, change: &str) -> String {
    format!("WITH met AS ({change} RETURNING 1) SELECT 1 / (count(*) = ${place}::bigint)::int FROM met")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn every_table_of_the_file_is_in_the_book_with_what_it_stores() {
        let file = schema::fresh().unwrap();
        let found = tables(&file).unwrap();
        let all = "SELECT count(*) FROM sqlite_schema s, pragma_table_info(s.name) WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%'
                   AND s.name NOT IN ('office', 'refinery_schema_history')";
        let columns: u32 = file.query_row(all, [], |row| row.get(0)).unwrap();
        assert_eq!(found.iter().map(|table| table.columns.len()).sum::<usize>(), columns as usize);
        assert!(found.len() > 40, "{}", found.len());
    }

    #[test]
    fn a_table_is_rendered_with_its_key_and_what_must_not_be_missing() {
        let found = tables(&schema::fresh().unwrap()).unwrap();
        let bearer = found.iter().find(|table| table.name == "code_bearer").unwrap();
        assert_eq!(
            bearer.create(),
            "CREATE TABLE \"code_bearer\" (\"code_key\" bigint NOT NULL, \"user_key\" bigint NOT NULL, PRIMARY KEY (\"code_key\", \"user_key\"))"
        );
        let setting = found.iter().find(|table| table.name == "setting").unwrap();
        assert_eq!(
            setting.change(&[0, 1]),
            "WITH met AS (UPDATE \"setting\" AS was SET \"value\" = now_is.\"value\" FROM unnest($1::text[], $2::bytea[]) AS \
             now_is(\"name\", \"value\") WHERE was.\"name\" = now_is.\"name\" RETURNING 1) SELECT 1 / (count(*) = $3::bigint)::int FROM met"
        );
    }

    #[test]
    fn what_the_book_could_not_keep_is_refused() {
        for sql in ["CREATE TABLE t (a INTEGER) STRICT", "CREATE TABLE t (a INTEGER PRIMARY KEY, b REAL) STRICT"] {
            let file = Connection::open_in_memory().unwrap();
            file.execute_batch(sql).unwrap();
            assert!(tables(&file).is_err(), "{sql}");
        }
    }
}
