//! The data file: making, recognising, locking, migrating and copying it.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// `BOXO`: the mark in the file header by which a data file of ours is known from other SQLite files.
const APPLICATION_ID: i32 = 0x424F_584F;

/// Bytes of a page; a data file keeps those it was made with. Twice SQLite's default sells an eighth more when buyers lie
/// far apart among a million, and the same when they are neighbours (docs/speed.md).
const PAGE_BYTES: i32 = 8192;

/// The writer's page cache, in KiB (negative says so to SQLite). Not larger than what pays: whenever SQLite rearranges
/// neighbouring pages, which every second group does, its commit walks the whole cache (docs/speed.md).
const WRITER_CACHE_KIB: i32 = -16_384;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Why a data file cannot be used. Each text names the cause and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A second process wants the file.
    #[error("{path} is in use by another boxoffice process; stop that one first, or name another file with --data")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("{path} does not exist; give the path of a data file that `boxoffice serve` made")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// An SQLite file of another program, or no SQLite file at all.
    #[error("{path} is not a boxoffice data file; name another file with --data")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A folder where a file should be.
    #[error("{path} is a directory; name a file in it")]
    Directory {
        /// The folder.
        path: PathBuf,
    },
    /// The folder or file cannot be read or written.
    #[error("cannot use {path}: {reason}; check that the folder exists and that this user may write to it")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason (not a `source`, which would be printed twice).
        reason: std::io::Error,
    },
    /// SQLite's reason.
    #[error("cannot open {path}: {reason}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's reason.
        reason: rusqlite::Error,
    },
    /// The schema is not one that this version knows.
    #[error("{path} was made by another version: {reason}; use the boxoffice version that made it, or a newer one")]
    Schema {
        /// The file.
        path: PathBuf,
        /// What the migrations said.
        reason: String,
    },
    /// The copy exists already.
    #[error("{path} exists already; boxoffice never overwrites a file with a backup")]
    Exists {
        /// The file.
        path: PathBuf,
    },
}

/// The lock beside the data file (`FILE.lock`). The data file itself must not be opened a second time by this
/// process: closing that handle would drop SQLite's own POSIX locks.
pub(super) struct Lock(#[expect(dead_code, reason = "the lock lives as long as the handle")] File);

impl Lock {
    pub(super) fn take(data: &Path) -> Result<Self, FileError> {
        refuse_directory(data)?;
        let mut path = data.as_os_str().to_owned();
        path.push(".lock");
        let io = |reason| FileError::Io { path: data.to_owned(), reason };
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(std::fs::TryLockError::WouldBlock) => Err(FileError::InUse { path: data.to_owned() }),
            Err(std::fs::TryLockError::Error(reason)) => Err(io(reason)),
        }
    }
}

pub(super) fn open_for_writing(path: &Path) -> Result<Connection, FileError> {
    let sqlite = |reason| FileError::Sqlite { path: path.to_owned(), reason };
    let fresh = std::fs::metadata(path).map_or(true, |meta| meta.len() == 0);
    if !fresh {
        refuse_foreign(path)?;
    }
    let mut connection = Connection::open(path).map_err(sqlite)?;
    if fresh {
        connection.pragma_update(None, "page_size", PAGE_BYTES).map_err(sqlite)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(sqlite)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL").map_err(sqlite)?;
    settle(&connection).map_err(sqlite)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(sqlite)?;
    connection.pragma_update(None, "cache_size", WRITER_CACHE_KIB).map_err(sqlite)?;
    // What a savepoint or a statement could undo is kept in memory, not in a temporary file.
    connection.pragma_update(None, "temp_store", "MEMORY").map_err(sqlite)?;
    embedded::migrations::runner()
        .set_abort_divergent(true)
        .set_abort_missing(true)
        .run(&mut connection)
        .map_err(|error| FileError::Schema { path: path.to_owned(), reason: error.to_string() })?;
    Ok(connection)
}

pub(super) fn open_for_reading(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    settle_reader(&connection)?;
    Ok(connection)
}

pub(super) fn settle_reader(connection: &Connection) -> rusqlite::Result<()> {
    settle(connection)?;
    connection.pragma_update(None, "query_only", true)
}

pub(super) fn open_for_looking(path: &Path) -> Result<Connection, FileError> {
    if !path.exists() {
        return Err(FileError::Missing { path: path.to_owned() });
    }
    refuse_directory(path)?;
    refuse_foreign(path)?;
    open_for_reading(path).map_err(|reason| FileError::Sqlite { path: path.to_owned(), reason })
}

/// Pragmas that belong to a connection, not to the file.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}

fn refuse_directory(path: &Path) -> Result<(), FileError> {
    if path.is_dir() { Err(FileError::Directory { path: path.to_owned() }) } else { Ok(()) }
}

fn refuse_foreign(path: &Path) -> Result<(), FileError> {
    let foreign = || FileError::Foreign { path: path.to_owned() };
    let sqlite = |reason| FileError::Sqlite { path: path.to_owned(), reason };
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(|_| foreign())?;
    if id == APPLICATION_ID { Ok(()) } else { Err(foreign()) }
}

/// Writes a consistent copy of the data file at `from`, in use or not, to the new file `to`.
///
/// `VACUUM INTO` reads one snapshot but does not sync what it writes, so the copy is made aside, checked, synced,
/// renamed, and its folder synced: `to` exists only when it is whole.
///
/// # Errors
/// [`FileError`]; then there is no file `to`.
pub fn backup(from: &Path, to: &Path) -> Result<(), FileError> {
    if to.exists() {
        return Err(FileError::Exists { path: to.to_owned() });
    }
    let io = |reason| FileError::Io { path: to.to_owned(), reason };
    let sqlite = |reason| FileError::Sqlite { path: to.to_owned(), reason };
    let connection = open_for_looking(from)?;
    connection.pragma_update(None, "query_only", false).map_err(sqlite)?;
    let mut aside = to.as_os_str().to_owned();
    aside.push(".part");
    let aside = PathBuf::from(aside);
    let copy = || -> Result<(), FileError> {
        connection.execute("VACUUM INTO ?1", [aside.to_string_lossy()]).map_err(sqlite)?;
        let check = Connection::open(&aside).map_err(sqlite)?;
        let verdict: String = check.query_row("PRAGMA quick_check", [], |row| row.get(0)).map_err(sqlite)?;
        if verdict != "ok" {
            return Err(FileError::Schema { path: aside.clone(), reason: verdict });
        }
        drop(check);
        File::open(&aside).and_then(|file| file.sync_all()).map_err(io)?;
        std::fs::rename(&aside, to).map_err(io)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
    };
    let done = copy();
    if done.is_err() {
        let _ = std::fs::remove_file(&aside);
    }
    done
}
