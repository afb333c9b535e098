//! A book's beginning: what PostgreSQL must promise, its tables, and whether they are this version's.

use rusqlite::Connection;
use tokio_postgres::types::ToSql;

use super::address::Address;
use super::error::{BookError, at_postgres};
use super::link::Link;
use super::load::{self, Progress};
use super::record::unlike_any_other;
use super::shape::Table;
use super::{feed, written};
use crate::clock::{Clock, SystemClock};
use crate::entropy::{SystemEntropy, new_secret};
use crate::standing::NODE_SECRET_BYTES;
use crate::store::schema;

/// Clocks that differ by more do not go together.
const CLOCKS_APART_MS: i64 = 1000;

/// Refuses a PostgreSQL that would forget what it acknowledged, and a clock that is off.
pub(super) async fn check(link: &Link, is_unreplicated: bool) -> Result<(), BookError> {
    let ask = "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), \
               current_setting('synchronous_standby_names'), current_setting('server_encoding'), \
               (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    let row = link.client.query_one(ask, &[]).await.map_err(at_postgres)?;
    let setting = |at: usize| row.get::<_, String>(at);
    let refuse = |why: String| Err(BookError::Unsafe(why));
    for (at, name) in [(0, "fsync"), (1, "full_page_writes")] {
        if setting(at) != "on" {
            return refuse(format!("{name} must be on"));
        }
    }
    if !["on", "remote_apply"].contains(&setting(2).as_str()) {
        return refuse(format!("synchronous_commit is {} and must be on (or remote_apply)", setting(2)));
    }
    if setting(3).is_empty() && !is_unreplicated {
        return refuse(
            "synchronous_standby_names is empty, so that a commit stands on one machine alone; name a standby there, or say \
             --unreplicated if that is meant"
                .to_owned(),
        );
    }
    if setting(4) != "UTF8" {
        return refuse(format!("the database's encoding is {} and must be UTF8", setting(4)));
    }
    let apart = row.get::<_, i64>(5) - SystemClock::start().wall().0;
    if apart.abs() > CLOCKS_APART_MS { Err(BookError::Clock(apart)) } else { Ok(()) }
}

/// What is at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    ABook,
}

/// This version of a book: the schema of its rows, and how its feed is written.
fn version() -> String {
    format!("{} feed:{}", schema::version(), written::FORMAT)
}

/// Looks for a book of this version.
pub(super) async fn look(link: &Link, address: &Address) -> Result<Found, BookError> {
    let find = "SELECT 1 FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'office'";
    if link.client.query_opt(find, &[&address.schema]).await.map_err(at_postgres)?.is_none() {
        return Ok(Found::Nothing);
    }
    let row = link.client.query_one("SELECT schema_version FROM office", &[]).await.map_err(at_postgres)?;
    let (found, own): (String, _) = (row.get(0), version());
    if found == own {
        return Ok(Found::ABook);
    }
    Err(BookError::OtherVersion { address: address.to_string(), found, own })
}

/// Makes the book out of a file's rows, whole or not at all. Of several that would, one does; false for the others.
pub(super) async fn make(
    link: &Link,
    address: &Address,
    tables: &[Table],
    file: &Connection,
    progress: Progress<'_>,
) -> Result<bool, BookError> {
    let run = |sql: String| async move { link.client.batch_execute(&sql).await.map_err(at_postgres) };
    run("BEGIN".to_owned()).await?;
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('boxoffice ' || $1, 0))";
    link.client.query(lock, &[&address.schema]).await.map_err(at_postgres)?;
    if look(link, address).await? == Found::ABook {
        run("ROLLBACK".to_owned()).await?;
        return Ok(false);
    }
    let is_there = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
    if link.client.query_opt(is_there, &[&address.schema]).await.map_err(at_postgres)?.is_none() {
        run(format!("CREATE SCHEMA \"{}\"", address.schema)).await?;
    }
    run(tables.iter().map(Table::create).collect::<Vec<_>>().join(";\n")).await?;
    load::from_file(link, tables, file, progress).await?;
    let office = "CREATE TABLE office (one boolean PRIMARY KEY DEFAULT true CHECK (one), seq bigint NOT NULL, mark bytea NOT NULL,
        epoch bigint NOT NULL, leader text NOT NULL, leader_url text NOT NULL, until timestamptz NOT NULL,
        node_secret bytea NOT NULL, schema_version text NOT NULL, moved_to text)";
    run(format!("{office}; {}", feed::CREATE)).await?;
    let seq: i64 = file.query_row("SELECT seq FROM office", [], |row| row.get(0))?;
    let first = "INSERT INTO office (seq, mark, epoch, leader, leader_url, until, node_secret, schema_version)
        VALUES ($1, $2, 0, '', '', '-infinity', $3, $4)";
    let secret = new_secret(&SystemEntropy);
    let own: [&(dyn ToSql + Sync); 4] = [&seq, &unlike_any_other(), &secret.as_slice(), &version()];
    link.client.execute(first, &own).await.map_err(at_postgres)?;
    run("COMMIT".to_owned()).await?;
    Ok(true)
}

/// What all nodes of the venue know and nobody else does.
pub(super) async fn node_secret(link: &Link) -> Result<[u8; NODE_SECRET_BYTES], BookError> {
    let row = link.client.query_one("SELECT node_secret FROM office", &[]).await.map_err(at_postgres)?;
    row.get::<_, &[u8]>(0).try_into().map_err(|_| BookError::Said("the nodes' secret has not its length".to_owned()))
}
