//! All rows from the book into a file, and from a file into a book that has none yet.

use std::pin::pin;

use futures_util::TryStreamExt;
use rusqlite::Connection;
use rusqlite::types::Value;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::{BookError, at_postgres};
use super::link::Link;
use super::record::Record;
use super::shape::{Kind, Table};
use super::touched::Values;

/// Learns of each table how many of its rows are through.
pub type Progress<'a> = &'a mut dyn FnMut(&str, u64);

/// So many rows go into the book at once.
const AT_ONCE: i64 = 2000;

/// Fills a fresh file with what stands in the book at one moment; gives the last record that it holds.
pub(super) async fn into_file(
    link: &Link,
    tables: &[Table],
    file: &Connection,
    progress: Progress<'_>,
) -> Result<Record, BookError> {
    let run = |sql: &'static str| async move { link.client.batch_execute(sql).await.map_err(at_postgres) };
    file.pragma_update(None, "foreign_keys", false)?;
    run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let row = link.client.query_one("SELECT seq, mark FROM office", &[]).await.map_err(at_postgres)?;
    let last = Record { seq: row.get(0), mark: row.get(1) };
    let all = file.unchecked_transaction()?;
    for table in tables {
        // What the migrations put there is in the book as well.
        all.execute(&format!("DELETE FROM \"{}\"", table.name), [])?;
        let rows = load(link, table, &all).await?;
        progress(&table.name, rows);
    }
    all.execute("UPDATE office SET seq = ?1", [last.seq])?;
    all.commit()?;
    run("COMMIT").await?;
    file.pragma_update(None, "foreign_keys", true)?;
    Ok(last)
}

async fn load(link: &Link, table: &Table, file: &Connection) -> Result<u64, BookError> {
    let mut write = file.prepare(&table.write_one())?;
    let none: [&(dyn ToSql + Sync); 0] = [];
    let rows = link.client.query_raw(&table.read_all(), none.iter().map(|one| *one as &dyn ToSql)).await;
    let mut rows = pin!(rows.map_err(at_postgres)?);
    let mut count = 0;
    while let Some(row) = rows.try_next().await.map_err(at_postgres)? {
        let values: Vec<Value> =
            table.columns.iter().enumerate().map(|(at, column)| value(&row, at, column.kind)).collect();
        write.execute(rusqlite::params_from_iter(values))?;
        count += 1;
    }
    Ok(count)
}

fn value(row: &Row, at: usize, kind: Kind) -> Value {
    match kind {
        Kind::Integer => row.get::<_, Option<i64>>(at).map_or(Value::Null, Value::Integer),
        Kind::Text => row.get::<_, Option<String>>(at).map_or(Value::Null, Value::Text),
        Kind::Blob => row.get::<_, Option<Vec<u8>>>(at).map_or(Value::Null, Value::Blob),
    }
}

/// Puts all rows of a file into the book's empty tables, in a transaction that the caller has open.
pub(super) async fn from_file(
    link: &Link,
    tables: &[Table],
    file: &Connection,
    progress: Progress<'_>,
) -> Result<(), BookError> {
    for table in tables {
        let add = link.client.prepare(&table.add()).await.map_err(at_postgres)?;
        let mut read = file.prepare(&table.read_all())?;
        let mut rows = read.query([])?;
        let (mut count, mut more) = (0_u64, true);
        while more {
            let mut columns: Vec<Values> = table.columns.iter().map(|column| Values::none(column.kind)).collect();
            let mut held = 0;
            while held < AT_ONCE {
                let Some(row) = rows.next()? else {
                    more = false;
                    break;
                };
                for (at, values) in columns.iter_mut().enumerate() {
                    values.push(row.get_ref(at)?)?;
                }
                held += 1;
            }
            if held > 0 {
                let parameters: Vec<_> = columns.iter().map(Values::as_sql).collect();
                count += link.client.execute(&add, &parameters).await.map_err(at_postgres)?;
            }
        }
        progress(&table.name, count);
    }
    Ok(())
}
