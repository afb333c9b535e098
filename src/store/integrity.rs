//! What a data file must be before its rows can mean anything: sound pages and indexes, references that lead somewhere,
//! and rows that keep the conditions written into the schema.

use rusqlite::{Connection, Statement};

use crate::store::RowResult;

/// So many faults of a kind are named.
const LISTED: usize = 20;

/// Each fault in words; nothing when all is well.
pub(super) fn faults(connection: &Connection) -> RowResult<Vec<String>> {
    let mut check = connection.prepare("PRAGMA integrity_check(20)")?;
    let mut found: Vec<String> = check.query_map([], |row| row.get(0))?.collect::<RowResult<_>>()?;
    found.retain(|line| line != "ok");
    let mut references = connection.prepare("PRAGMA foreign_key_check")?;
    found.extend(strays(&mut references)?);
    for table in tables(connection)? {
        found.extend(broken_conditions(connection, &table)?);
    }
    Ok(found)
}

/// The tables, by name.
pub(super) fn tables(connection: &Connection) -> RowResult<Vec<String>> {
    let mut tables =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL ORDER BY name")?;
    tables.query_map([], |row| row.get(0))?.collect()
}

/// The faults of one table: a shorter look than [`faults`], which alone sees what belongs to none.
pub(super) fn faults_of(connection: &Connection, table: &str) -> RowResult<Vec<String>> {
    let quoted = table.replace('\'', "''");
    let mut check = connection.prepare(&format!("PRAGMA integrity_check('{quoted}')"))?;
    let mut found: Vec<String> = check.query_map([], |row| row.get(0))?.take(LISTED).collect::<RowResult<_>>()?;
    found.retain(|line| line != "ok");
    found.extend(strays(&mut connection.prepare(&format!("PRAGMA foreign_key_check('{quoted}')"))?)?);
    found.extend(broken_conditions(connection, table)?);
    Ok(found)
}

/// References that lead nowhere.
fn strays(check: &mut Statement<'_>) -> RowResult<Vec<String>> {
    let strays = check.query_map([], |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!("a row of {table} names a row of {parent} that is not there"))
    })?;
    strays.take(LISTED).collect()
}

/// SQLite does not even read the CHECKs of a file that it may not write, so `integrity_check` passes over them here.
fn broken_conditions(connection: &Connection, table: &str) -> RowResult<Vec<String>> {
    let sql: String =
        connection
            .query_row("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1", [table], |row| row.get(0))?;
    let mut found = Vec::new();
    for condition in conditions(&sql) {
        let broken = format!("SELECT count(*) FROM \"{table}\" WHERE NOT ({condition})");
        let rows: i64 = connection.query_row(&broken, [], |row| row.get(0))?;
        if rows > 0 {
            found.push(format!("CHECK constraint failed in {table}: {rows} rows break {condition}"));
        }
    }
    Ok(found)
}

/// What stands in the brackets of each CHECK of a CREATE TABLE.
fn conditions(sql: &str) -> Vec<String> {
    let code: String =
        sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    let mut rest = code.as_str();
    while let Some((_, after)) = rest.split_once("CHECK (") {
        let (mut depth, mut quoted) = (1, false);
        let end = after.find(|c| {
            quoted ^= c == '\'';
            depth += if quoted { 0 } else { i32::from(c == '(') - i32::from(c == ')') };
            depth == 0
        });
        let Some(end) = end else { break };
        found.push(after[..end].split_whitespace().collect::<Vec<_>>().join(" "));
        rest = &after[end..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conditions_of_a_table_are_found_whole() {
        let sql = "CREATE TABLE t (a TEXT CHECK (a = 'x)' OR a IN ('y', 'z')), -- not (this\n b INTEGER,\n CHECK ((a = 'x)')\n = (b > 0)))";
        assert_eq!(conditions(sql), ["a = 'x)' OR a IN ('y', 'z')", "(a = 'x)') = (b > 0)"]);
        assert!(conditions("CREATE TABLE u (a)").is_empty());
    }
}
