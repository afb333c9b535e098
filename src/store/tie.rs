//! What ties a WAL to its data file.
//!
//! SQLite takes whatever lies at `FILE-wal` for the latest changes of FILE. When somebody copies a backup over the file of
//! a box office that crashed, those changes are of another file, and putting the two together destroys both. So every
//! start marks the file with a new number (in its header, while the WAL is empty) and writes the same number into
//! `FILE-run`, which stays until the WAL is empty again. A WAL whose mark is not the file's belongs to another file.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::Connection;

use crate::store::{FileError, place};

/// Marks the file for this run. Does nothing while somebody reads an old state of it, which keeps the WAL from being
/// emptied: then the marks of the last run still hold.
pub(super) fn renew(connection: &Connection, path: &Path, mark: u32) -> Result<(), FileError> {
    let sqlite = |reason| FileError::sqlite(path, &reason);
    if !empty_wal(connection).map_err(sqlite)? {
        return Ok(());
    }
    // The number is kept as SQLite keeps it: signed.
    connection.pragma_update(None, "user_version", mark.cast_signed()).map_err(sqlite)?;
    let run = place::beside(path, "-run");
    if !empty_wal(connection).map_err(sqlite)? {
        return forget(path);
    }
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&run)?;
        file.write_all(mark.to_string().as_bytes())?;
        file.sync_all()
    };
    write().map_err(|reason| FileError::io(&run, reason))
}

/// Takes away the mark beside the file; without one every WAL is taken for the file's own.
pub(super) fn forget(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_file(place::beside(path, "-run")) {
        Err(reason) if reason.kind() != std::io::ErrorKind::NotFound => Err(FileError::io(path, reason)),
        _ => Ok(()),
    }
}

/// Does the WAL beside the file belong to another file? `alone` sees the file without its WAL.
pub(super) fn is_strange(alone: &Connection, path: &Path) -> rusqlite::Result<bool> {
    let Ok(run) = std::fs::read_to_string(place::beside(path, "-run")) else { return Ok(false) };
    let mark: i32 = alone.pragma_query_value(None, "user_version", |row| row.get(0))?;
    // A start marks anew while the WAL is empty; an empty one belongs to anybody.
    let is_empty = std::fs::metadata(place::beside(path, "-wal")).map_or(0, |wal| wal.len()) == 0;
    Ok(!is_empty && run.trim().parse() != Ok(mark.cast_unsigned()))
}

/// Copies the WAL into the file and empties it. False while a reader stands in the way.
fn empty_wal(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).map(|busy| busy == 0)
}
