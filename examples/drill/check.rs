//! Whether what was acknowledged stands: in the book, under the laws, and row by row in each node's copy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use rusqlite::{Connection, OpenFlags};
use tokio::time::sleep;
use uuid::Uuid;

use boxoffice::store::book;

use crate::cluster::Cluster;
use crate::ledger::{Buyer, Ledger};

/// A node goes on by itself (what is due, its own notes), so that the two are compared until both stand at the same commit.
const TRIES: u32 = 50;
/// Breaches of one kind that are told.
const TOLD: usize = 5;

/// What is wrong, in words.
///
/// # Errors
/// When it cannot be looked at.
pub async fn all(cluster: &Cluster, ledger: &Ledger) -> anyhow::Result<Vec<String>> {
    let mut copies = Vec::new();
    for node in &cluster.nodes {
        if node.is_ready().await {
            copies.push((node.part.clone(), cluster.path(&node.part, "copy.db")));
        }
    }
    anyhow::ensure!(!copies.is_empty(), "no node is ready");
    let (mut breaches, mut is_first) = (Vec::new(), true);
    for _ in 0..TRIES {
        let (address, told, waiting, first) = (cluster.book.clone(), ledger.buyers(), copies.clone(), is_first);
        let looked =
            tokio::task::spawn_blocking(move || book::with_copy(&address, |path| look(path, &told, &waiting, first)));
        let (mut found, behind) = looked.await?.context("the book")??;
        breaches.append(&mut found);
        copies.retain(|(part, _)| behind.contains(part));
        is_first = false;
        if copies.is_empty() {
            return Ok(breaches);
        }
        sleep(Duration::from_millis(200)).await;
    }
    let behind: Vec<_> = copies.into_iter().map(|(part, _)| part).collect();
    breaches.push(format!("never at the book's commit: {}", behind.join(", ")));
    Ok(breaches)
}

/// Looks at one copy of the book. Gives what is wrong, and the nodes that stood at another commit just then.
fn look(
    path: &Path,
    told: &BTreeMap<Uuid, Buyer>,
    copies: &[(String, PathBuf)],
    is_first: bool,
) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let (mut breaches, mut behind) = (Vec::new(), Vec::new());
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)?;
    if is_first {
        let report = boxoffice::verify::verify(path)?;
        breaches.extend(report.breaches.iter().take(TOLD).map(|breach| format!("law {}: {}", breach.law, breach.what)));
        breaches.extend(against_ledger(&file, told)?);
    }
    for (part, copy) in copies {
        match against_copy(&file, copy)? {
            None => behind.push(part.clone()),
            Some(tables) => breaches.extend(tables.iter().take(TOLD).map(|what| format!("{part}: {what}"))),
        }
    }
    Ok((breaches, behind))
}

/// Each buyer's top-ups, payments and balance, as the book has them.
fn against_ledger(file: &Connection, told: &BTreeMap<Uuid, Buyer>) -> anyhow::Result<Vec<String>> {
    let stands = standing(file)?;
    let mut balances: BTreeMap<Uuid, i64> = BTreeMap::new();
    let mut last = file.prepare(
        "SELECT id, balance_after FROM account
         JOIN (SELECT user_key, max(posting_key), balance_after FROM posting GROUP BY user_key) USING (user_key)",
    )?;
    let mut rows = last.query([])?;
    while let Some(row) = rows.next()? {
        balances.insert(uuid(row.get(0)?)?, row.get(1)?);
    }
    let mut breaches = Vec::new();
    for (id, buyer) in told {
        let found = stands.get(id).cloned().unwrap_or_default();
        if found != *buyer {
            breaches.push(format!("{id} was told {buyer:?}, and there stands {found:?}"));
        }
        if balances.get(id).copied().unwrap_or_default() != buyer.balance() {
            breaches.push(format!("{id} has a balance of {:?}, not {}", balances.get(id), buyer.balance()));
        }
    }
    let unheard = stands.keys().filter(|id| !told.contains_key(id));
    breaches.extend(unheard.map(|id| format!("{id} was told nothing, and there stands {:?}", stands[id])));
    breaches.truncate(TOLD);
    Ok(breaches)
}

/// What stands in the book before the drill: a cluster may have been drilled before.
///
/// # Errors
/// When it cannot be looked at.
pub async fn before(cluster: &Cluster) -> anyhow::Result<BTreeMap<Uuid, Buyer>> {
    let address = cluster.book.clone();
    let look = |path: &Path| standing(&Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?);
    tokio::task::spawn_blocking(move || book::with_copy(&address, look)).await?.context("the book")?
}

fn standing(file: &Connection) -> anyhow::Result<BTreeMap<Uuid, Buyer>> {
    let mut stands: BTreeMap<Uuid, Buyer> = BTreeMap::new();
    let mut top_ups = file.prepare(
        "SELECT id, count(*), sum(amount) FROM posting JOIN account USING (user_key) WHERE kind = 'top_up' GROUP BY user_key",
    )?;
    let mut rows = top_ups.query([])?;
    while let Some(row) = rows.next()? {
        stands.entry(uuid(row.get(0)?)?).or_default().top_ups = (row.get(1)?, row.get(2)?);
    }
    let mut payments = file.prepare(
        "SELECT a.id, p.id, p.amount, p.ticket_count FROM payment p JOIN account a ON a.user_key = p.user_key",
    )?;
    let mut rows = payments.query([])?;
    while let Some(row) = rows.next()? {
        let payments = &mut stands.entry(uuid(row.get(0)?)?).or_default().payments;
        payments.insert(uuid(row.get(1)?)?, (row.get(2)?, row.get(3)?));
    }
    Ok(stands)
}

fn uuid(bytes: Vec<u8>) -> anyhow::Result<Uuid> {
    Ok(Uuid::from_slice(&bytes)?)
}

/// The tables in which a node's copy has other rows than the book; none when it stands at another commit.
fn against_copy(file: &Connection, copy: &Path) -> anyhow::Result<Option<Vec<String>>> {
    file.execute("ATTACH ?1 AS node", [format!("file:{}?mode=ro", copy.display())])?;
    // The first read fixes what is seen of it.
    file.execute_batch("BEGIN")?;
    let seq = |of: &str| file.query_row(&format!("SELECT seq FROM {of}.office"), [], |row| row.get::<_, i64>(0));
    let differ = if seq("main")? == seq("node")? { Some(different_tables(file)?) } else { None };
    file.execute_batch("COMMIT; DETACH node")?;
    Ok(differ)
}

fn different_tables(file: &Connection) -> anyhow::Result<Vec<String>> {
    let tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                  AND name NOT IN ('office', 'refinery_schema_history')";
    let mut tables = file.prepare(tables)?;
    let tables: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    anyhow::ensure!(tables.len() > 40, "only {} tables", tables.len());
    let mut differ = Vec::new();
    for table in tables {
        if has_same_rows(file, &table)? {
            continue;
        }
        let count = |sql: String| file.query_row(&sql, [], |row| row.get::<_, i64>(0));
        let only = |a: &str, b: &str| {
            count(format!("SELECT count(*) FROM (SELECT * FROM {a}.\"{table}\" EXCEPT SELECT * FROM {b}.\"{table}\")"))
        };
        let (of_book, of_node) = (only("main", "node")?, only("node", "main")?);
        differ.push(format!("{table}: {of_book} rows are in the book alone, {of_node} in the copy alone"));
    }
    Ok(differ)
}

/// Walks a table of the book and of the copy side by side: what a book of a hundred rounds holds is not sorted anew for each look.
fn has_same_rows(file: &Connection, table: &str) -> anyhow::Result<bool> {
    let keys = "SELECT group_concat('\"' || name || '\"') FROM (SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk)";
    let keys: Option<String> = file.query_row(keys, [table], |row| row.get(0))?;
    let keys = keys.with_context(|| format!("{table} has no primary key"))?;
    let walk = |of: &str| file.prepare(&format!("SELECT * FROM {of}.\"{table}\" ORDER BY {keys}"));
    let (mut of_book, mut of_node) = (walk("main")?, walk("node")?);
    if of_book.column_count() != of_node.column_count() {
        return Ok(false);
    }
    let columns = of_book.column_count();
    let (mut of_book, mut of_node) = (of_book.query([])?, of_node.query([])?);
    loop {
        match (of_book.next()?, of_node.next()?) {
            (None, None) => return Ok(true),
            (Some(one), Some(other)) => {
                for column in 0..columns {
                    if one.get_ref(column)? != other.get_ref(column)? {
                        return Ok(false);
                    }
                }
            }
            _ => return Ok(false),
        }
    }
}
