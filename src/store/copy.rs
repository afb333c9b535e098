//! Copies of a data file: a backup beside a sale that goes on, and a backup put back in place of a data file.
//!
//! A copy is made under a name of its own, compared with the snapshot that it was taken from, synced, and only then given
//! its name, if nobody else has it: a file of that name is always whole, and never one that was there before.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::clock::{Instant, Moment};
use crate::entropy::Entropy;
use crate::ids::Seq;
use crate::store::aside::{aside_name, put_beside_aside};
use crate::store::file::{self, APPLICATION_ID};
use crate::store::pages::{Aside, copy_pages, settle_copy};
use crate::store::place::{self, Place};
use crate::store::statements::Statements;
use crate::store::{FileError, StoreError, Tx, schema, sequence, tie};
use crate::terms::Terms;

/// Writes a consistent copy of the data file at `from`, in use or not, to the new file `to`, which only its owner may
/// read. Of several that make the same `to` at one time, one does.
///
/// # Errors
/// [`FileError`]; then this call made no file `to`.
pub fn backup(from: &Path, to: &Path) -> Result<(), FileError> {
    let to = place::resolve(to)?;
    if to.symlink_metadata().is_ok() {
        return Err(FileError::Exists { path: to });
    }
    copy_of(from, &to)?.put_in_place()
}

/// A whole copy of a data file, which does not have its name yet.
fn copy_of(from: &Path, to: &Path) -> Result<Aside, FileError> {
    let aside = Aside::of(to)?;
    file::look_from_outside(from, |source| {
        let snapshot = source.unchecked_transaction().map_err(|reason| FileError::sqlite(from, &reason))?;
        let of_source = Summary::of(&snapshot).map_err(|reason| FileError::sqlite(from, &reason))?;
        copy_pages(&snapshot, aside.path())?;
        // Looked at by a name that must be there, with the file behind it that was made: not by making it.
        let sqlite = |reason: rusqlite::Error| FileError::sqlite(to, &reason);
        let copied = Connection::open_with_flags(aside.path(), file::READ_WRITE).map_err(sqlite)?;
        if Summary::of(&copied).map_err(sqlite)? != of_source {
            let reason = "its copy does not hold what it holds".to_owned();
            return Err(FileError::Damaged { path: from.to_owned(), reason });
        }
        settle_copy(&copied, from, to)
    })?;
    Ok(aside)
}

/// What two data files that hold the same have in common.
#[derive(PartialEq, Eq)]
struct Summary {
    migrations: Vec<(i64, String)>,
    is_ours: bool,
    rows: Vec<(String, i64)>,
}

impl Summary {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
        let tables: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let count = |table: String| {
            let quoted = table.replace('"', "\"\"");
            let rows = connection.query_row(&format!("SELECT count(*) FROM \"{quoted}\""), [], |row| row.get(0))?;
            Ok((table, rows))
        };
        let rows = tables.into_iter().map(count).collect::<rusqlite::Result<_>>()?;
        Ok(Self { migrations: schema::applied(connection)?, is_ours: id == APPLICATION_ID, rows })
    }
}

/// Puts a copy of `backup` in the place of the data file `path`, changed by `change` and approved by `check`, which gets
/// its path. What was there (the file, its WAL and the WAL's index) is put aside under names that begin with `path` and
/// say `now`; their list is returned. Nothing is touched before the copy is whole, and `path` names a whole file at every moment:
/// where power is lost in the middle, the next start finds the former file, the restored one, or a WAL that is another's, and says so.
///
/// # Errors
/// [`FileError`], or what `change` and `check` refuse; then `path` is as it was. Only if what is kept beside the file cannot be
/// renamed once the copy has its name, the former file stays under its new one, and a start refuses the WAL that is another's.
pub fn restore<E: From<FileError> + From<StoreError>>(
    backup: &Path,
    path: &Path,
    (now, entropy): (Instant, &dyn Entropy),
    change: impl FnOnce(&Tx) -> Result<(), E>,
    check: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<Vec<PathBuf>, E> {
    let path = place::resolve(path)?;
    // Not made here: a start that comes in between shall not find an empty file.
    let claimed = if path.exists() { Some(Place::claim(&path)?) } else { None };
    let copy = copy_of(backup, &path)?;
    change_alone(copy.path(), now, entropy, change)?;
    check(copy.path())?;
    let mut moved = Vec::new();
    if claimed.is_some() {
        let to = aside_name(&path, "before", now, "");
        std::fs::hard_link(&path, &to).map_err(|reason| FileError::io(&to, reason))?;
        // A WAL that nothing ties to its file would be taken for the copy's: it is not left alone with it.
        tie::hold(&path)?;
        if let Err(error) = copy.put_over() {
            let _ = std::fs::remove_file(&to);
            return Err(error.into());
        }
        moved.push((path.clone(), to));
    } else {
        copy.put_in_place()?;
    }
    put_beside_aside(&path, "before", now, &mut moved)?;
    drop(claimed);
    Ok(moved.into_iter().map(|(_, to)| to).collect())
}

/// Ten thousand commits a second for three hours, or a hundred for twelve days.
const SEQ_LEAP: i64 = 100_000_000;

/// Runs one change on a data file that nobody else knows, and leaves it as one file.
fn change_alone<E: From<FileError> + From<StoreError>>(
    path: &Path,
    now: Instant,
    entropy: &dyn Entropy,
    change: impl FnOnce(&Tx) -> Result<(), E>,
) -> Result<(), E> {
    let sqlite = |reason| FileError::sqlite(path, &reason);
    let connection = Connection::open_with_flags(path, file::READ_WRITE).map_err(sqlite)?;
    let transaction = connection.unchecked_transaction().map_err(sqlite)?;
    let statements = Statements::of(&transaction);
    // Commits are counted on far beyond any that the lost file can have had: what somebody remembers of those by their
    // number (a seat map's version) must not fit one that is still to come.
    let seq = Seq(sequence::last(&statements).map_err(sqlite)?.0 + SEQ_LEAP);
    change(&Tx::new(&statements, Moment::on_time(now), entropy, &Terms::default(), seq))?;
    sequence::set(&statements, seq).map_err(sqlite)?;
    drop(statements);
    transaction.commit().map_err(sqlite)?;
    Ok(())
}
