//! The data file as SQLite sees it: making, recognising, and opening it for writing, for reading beside the
//! writer, and for looking from outside.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::clock::Instant;
use crate::store::place::{self, Place};
use crate::store::{FileError, names, schema, tie};

/// `BOXO`: the mark in the file header by which a data file of ours is known from other SQLite files.
pub(super) const APPLICATION_ID: i32 = 0x424F_584F;

/// Bytes of a page; a data file keeps those it was made with. Twice SQLite's default sells an eighth more when buyers lie
/// far apart among a million, and the same when they are neighbours (docs/speed.md).
const PAGE_BYTES: i32 = 8192;

/// The writer's page cache, in KiB (negative says so to SQLite). Not larger than what pays: whenever SQLite rearranges
/// neighbouring pages, which every second group does, its commit walks the whole cache (docs/speed.md).
const WRITER_CACHE_KIB: i32 = -16_384;

/// Nothing but the writer may make a file.
pub(super) const READ_ONLY: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
pub(super) const READ_WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// `mark` is a number of this run's own: see [`tie`]; `wall` the time of day, by which a copy is called that is made before an
/// older file is brought up to date.
pub(super) fn open_for_writing(place: &Place, mark: u32, wall: Instant) -> Result<Connection, FileError> {
    let path = place.path();
    let sqlite = |reason| FileError::sqlite(path, &reason);
    let fresh = std::fs::metadata(path).map_or(true, |metadata| metadata.len() == 0);
    if !fresh {
        // By a connection of its own, before anything can be written beside a file of another program.
        look_at(path, |connection| check_known(connection, path))??;
        if is_strange(path)? {
            return Err(FileError::StrangeWal { path: path.to_owned() });
        }
    }
    let mut connection = Connection::open_with_flags(path, READ_WRITE).map_err(sqlite)?;
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
    schema::bring_up_to_date(&mut connection, path, wall)?;
    place.note_wal();
    if tie::renew(&connection, path, mark)? {
        place.note_mark();
    }
    Ok(connection)
}

pub(super) fn settle_reader(connection: &Connection) -> rusqlite::Result<()> {
    settle(connection)?;
    connection.pragma_update(None, "query_only", true)
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

/// Opens a data file of this version for looking, from outside: without lock, in use or not, in a folder where nothing may
/// be written. `look` may run more than once: a file that nobody seems to use is read as if it could not change, and if it
/// did meanwhile, once more with SQLite's locks.
pub(super) fn look_from_outside<T>(
    path: &Path,
    mut look: impl FnMut(&Connection) -> Result<T, FileError>,
) -> Result<T, FileError> {
    let path = place::resolve(path).map_err(|error| match error {
        FileError::Io { .. } if !path.exists() => FileError::Missing { path: path.to_owned() },
        error => error,
    })?;
    place::refuse_lone_wal(&path)?;
    if !path.exists() {
        return Err(FileError::Missing { path });
    }
    look_at(&path, |connection| {
        check_known(connection, &path)?;
        schema::check(connection, &path)?;
        look(connection)
    })?
}

/// Runs `look` on a connection that writes nothing beside the file.
fn look_at<T>(
    path: &Path,
    mut look: impl FnMut(&Connection) -> Result<T, FileError>,
) -> Result<Result<T, FileError>, FileError> {
    const TRIES: u32 = 3;
    let sqlite = |reason| FileError::sqlite(path, &reason);
    for _ in 0..TRIES {
        let before = State::of(path);
        if before.has_wal && !is_strange(path)? {
            // Without the index of its WAL nobody uses it, and SQLite would make one beside it: a copy is looked at.
            let copied = (!names::beside(path, "-shm").exists()).then(|| copied_aside(path)).transpose()?;
            let open = copied.as_ref().map_or(path, |(_, copy)| copy);
            let connection = Connection::open_with_flags(open, READ_ONLY).map_err(sqlite)?;
            settle_reader(&connection).map_err(sqlite)?;
            let looked = look(&connection);
            if copied.is_none() || State::of(path) == before {
                return Ok(looked);
            }
            continue;
        }
        // With no WAL of its own there is nothing but the file itself. Opened in the ordinary way SQLite would make a WAL beside it.
        let connection = open_alone(path).map_err(sqlite)?;
        settle_reader(&connection).map_err(sqlite)?;
        let looked = look(&connection);
        if State::of(path) == before {
            return Ok(looked);
        }
    }
    Err(FileError::Changed { path: path.to_owned() })
}

/// A data file and its WAL in a folder of its own, which is gone when it is dropped.
fn copied_aside(path: &Path) -> Result<(TempDir, PathBuf), FileError> {
    let io = |reason| FileError::io(path, reason);
    let folder = tempfile::tempdir().map_err(io)?;
    let copy = folder.path().join("copy.db");
    for suffix in ["", "-wal"] {
        std::fs::copy(names::beside(path, suffix), names::beside(&copy, suffix)).map_err(io)?;
    }
    Ok((folder, copy))
}

/// Does the WAL beside the file belong to another file? Whoever looks then sees the file without it.
///
/// Somebody may be copying the WAL into the file at this moment, first page first: then the header counts pages that are
/// not there yet, which SQLite would take for damage, but for `writable_schema`. Only the mark in the header is read.
fn is_strange(path: &Path) -> Result<bool, FileError> {
    let look = || {
        let alone = open_alone(path)?;
        alone.pragma_update(None, "writable_schema", true)?;
        tie::is_strange(&alone, path)
    };
    look().map_err(|reason| FileError::sqlite(path, &reason))
}

/// True when looking at this file leaves out the WAL beside it, because it belongs to another.
pub(super) fn has_strange_wal(path: &Path) -> bool {
    place::resolve(path).is_ok_and(|path| is_strange(&path).unwrap_or(false))
}

/// What shows that somebody wrote.
#[derive(PartialEq, Eq)]
struct State {
    length: u64,
    modified: Option<(i64, i64)>,
    has_wal: bool,
}

impl State {
    fn of(path: &Path) -> Self {
        let metadata = std::fs::metadata(path).ok();
        Self {
            length: metadata.as_ref().map_or(0, std::fs::Metadata::len),
            modified: metadata.map(|metadata| (metadata.mtime(), metadata.mtime_nsec())),
            has_wal: std::fs::metadata(names::beside(path, "-wal")).is_ok_and(|wal| wal.len() > 0)
                || names::beside(path, "-shm").exists(),
        }
    }
}

/// Opens a file as one that cannot change: SQLite then locks nothing, makes nothing beside it and sees no WAL.
fn open_alone(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    Connection::open_with_flags(uri + "?immutable=1", READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
}

/// Is it a data file of ours, of whatever version?
fn check_known(connection: &Connection, path: &Path) -> Result<(), FileError> {
    let id: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|reason| FileError::sqlite(path, &reason))?;
    if id == APPLICATION_ID { Ok(()) } else { Err(FileError::Foreign { path: path.to_owned() }) }
}
