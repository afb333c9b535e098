//! What ties a WAL to its data file.
//!
//! SQLite takes whatever lies at `FILE-wal` for the latest changes of FILE. When somebody copies a backup over the file of
//! a box office that crashed, those changes are of another file, and putting the two together destroys both. So every
//! start marks the file with a new number (in its header, while the WAL is empty) and writes the same number into
//! `FILE-run`, which stays until the WAL is empty again. A WAL whose mark is not the file's belongs to another file.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rusqlite::Connection;

use crate::store::{FileError, names};

/// Marks the file for this run. Does nothing while somebody reads an old state of it, which keeps the WAL from being
/// emptied: then the marks of the last run still hold. Gives whether the file's own header shows the mark now.
pub(super) fn renew(connection: &Connection, path: &Path, mark: u32) -> Result<bool, FileError> {
    let sqlite = |reason| FileError::sqlite(path, &reason);
    if !empty_wal(connection).map_err(sqlite)? {
        return Ok(false);
    }
    // The number is kept as SQLite keeps it: signed.
    connection.pragma_update(None, "user_version", mark.cast_signed()).map_err(sqlite)?;
    let run = names::beside(path, "-run");
    if !empty_wal(connection).map_err(sqlite)? {
        return forget(path).map(|()| false);
    }
    write(&run, mark).map_err(|reason| FileError::io(&run, reason))?;
    Ok(true)
}

fn write(run: &Path, mark: u32) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(run)?;
    file.write_all(mark.to_string().as_bytes())?;
    file.sync_all()
}

/// Ties the WAL beside the file to the file that is there now, if there is a WAL and nothing ties it yet: so that it is another's
/// as soon as another file has the name.
pub(super) fn hold(path: &Path) -> Result<(), FileError> {
    let (wal, run) = (names::beside(path, "-wal"), names::beside(path, "-run"));
    if run.exists() || std::fs::metadata(wal).map_or(0, |wal| wal.len()) == 0 {
        return Ok(());
    }
    let tie = || write(&run, mark_of(&std::fs::File::open(path)?)?);
    tie().map_err(|reason| FileError::io(path, reason))
}

/// The mark in a data file's header, where SQLite keeps `user_version` (<https://sqlite.org/fileformat2.html>, §1.3).
pub(super) fn mark_of(file: &std::fs::File) -> std::io::Result<u32> {
    let mut mark = [0; 4];
    file.read_exact_at(&mut mark, 60)?;
    Ok(u32::from_be_bytes(mark))
}

/// Takes away the mark beside the file; without one every WAL is taken for the file's own.
pub(super) fn forget(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_file(names::beside(path, "-run")) {
        Err(reason) if reason.kind() != std::io::ErrorKind::NotFound => Err(FileError::io(path, reason)),
        _ => Ok(()),
    }
}

/// Does the WAL beside the file belong to another file? `alone` sees the file without its WAL.
pub(super) fn is_strange(alone: &Connection, path: &Path) -> rusqlite::Result<bool> {
    let Ok(run) = std::fs::read_to_string(names::beside(path, "-run")) else { return Ok(false) };
    let mark: i32 = alone.pragma_query_value(None, "user_version", |row| row.get(0))?;
    // A start marks anew while the WAL is empty; an empty one belongs to anybody.
    let is_empty = std::fs::metadata(names::beside(path, "-wal")).map_or(0, |wal| wal.len()) == 0;
    Ok(!is_empty && run.trim().parse() != Ok(mark.cast_unsigned()))
}

/// Copies the WAL into the file and empties it. False while a reader stands in the way.
fn empty_wal(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).map(|busy| busy == 0)
}
