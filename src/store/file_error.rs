//! Why a data file cannot be used: one text for each cause, with what helps against it.

use std::error::Error;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::store::names;

/// Why a data file cannot be used. Each text names the cause and the remedy.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "`path` is the file's name in every variant")]
pub enum FileError {
    /// A second process wants the file.
    #[error("{path} is in use by another boxoffice process; stop that one first, or name another file with --data")]
    InUse { path: PathBuf },
    /// There is no such file.
    #[error("{path} does not exist; give the path of a data file that `boxoffice serve` made")]
    Missing { path: PathBuf },
    /// An SQLite file of another program, or no SQLite file at all.
    #[error("{path} is not a boxoffice data file; name another file with --data")]
    Foreign { path: PathBuf },
    /// A folder where a file should be.
    #[error("{path} is a directory; name a file in it")]
    Directory { path: PathBuf },
    /// A name that stands for no file.
    #[error("{path:?} names no file, and what is kept in memory would be lost; name a file with --data")]
    NoFile { path: PathBuf },
    /// Two names for one file: SQLite finds the WAL by the name.
    #[error(
        "{path} has a second name (a hard link), and its changes could go to a WAL beside either; remove the other \
         name, or work on a copy (`boxoffice backup`)"
    )]
    Linked { path: PathBuf },
    /// The file is missing or empty, its WAL is not.
    #[error(
        "{path} is missing or empty, but {path}-wal beside it holds changes of it that are nowhere else; put the file \
         back where it was, or move the -wal away if it is of no use"
    )]
    LoneWal { path: PathBuf },
    /// The WAL beside the file is another file's.
    #[error(
        "{path} is not the file that {path}-wal belongs to: it was replaced since; `boxoffice restore` puts a backup in \
         place in order, or put the former file back, or move {path}-wal away if its changes are of no use"
    )]
    StrangeWal { path: PathBuf },
    /// A copy is to be made where a file is.
    #[error("{path} exists already; boxoffice never overwrites a file with a backup")]
    Exists { path: PathBuf },
    /// A node's copy of what is in PostgreSQL.
    #[error(
        "{path} is a node's copy of a venue that is kept in PostgreSQL; serve that one (`--data postgres://…`), or bring it back into a \
         file with `boxoffice move`"
    )]
    Copy { path: PathBuf },
    /// The folder or file cannot be read or written. (The reason is not a `source`, which would be printed twice.)
    #[error("cannot use {path}: {reason}; check that the folder exists and that this user may read it and write to it")]
    Io { path: PathBuf, reason: String },
    /// No space is left.
    #[error("the disk of {path} is full; free some space and start again: nothing that was acknowledged is lost")]
    Full { path: PathBuf },
    /// The disk fails.
    #[error(
        "the disk of {path} fails: {reason}; look into the system's log, and if it does not recover, go on from a \
         backup on another disk"
    )]
    Sick { path: PathBuf, reason: String },
    /// The content is not what SQLite wrote.
    #[error(
        "{path} is damaged: {reason}; `boxoffice verify` says more, `boxoffice restore` puts a backup in its place"
    )]
    Damaged { path: PathBuf, reason: String },
    /// The schema comes from a later version.
    #[error(
        "{path} was made by a newer version of boxoffice: {reason}; use the boxoffice version that made it, or a newer one"
    )]
    Newer { path: PathBuf, reason: String },
    /// The schema comes from an earlier version.
    #[error(
        "{path} was made by an older version of boxoffice: {reason}; `boxoffice serve` brings it up to date, or use the \
         version that made it"
    )]
    Older { path: PathBuf, reason: String },
    /// The schema is of no version that was released.
    #[error("{path} was made by another build of boxoffice: {reason}; use the one that made it")]
    Diverged { path: PathBuf, reason: String },
    /// Another program keeps a lock on the file.
    #[error("{path} is locked by another program; close whatever else has it open")]
    Locked { path: PathBuf },
    /// The file changed while it was read without locks.
    #[error("{path} was changed while it was read; try again")]
    Changed { path: PathBuf },
    /// Anything else that SQLite says.
    #[error("cannot open {path}: {reason}")]
    Sqlite { path: PathBuf, reason: String },
}

impl FileError {
    /// What the operating system said.
    pub(super) fn io(path: &Path, reason: std::io::Error) -> Self {
        let (path, text) = (path.to_owned(), reason.to_string());
        match reason.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { path },
            ErrorKind::AlreadyExists => Self::Exists { path },
            _ if reason.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
                Self::Sick { path, reason: text }
            }
            _ => Self::Io { path, reason: text },
        }
    }

    /// What SQLite said. Of a full disk it often says only that reading or writing failed.
    pub(super) fn sqlite(path: &Path, reason: &rusqlite::Error) -> Self {
        let (path, text) = (path.to_owned(), reason.to_string());
        match reason.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) if is_full(&path) => Self::Full { path },
            Some(ErrorCode::SystemIoFailure) => Self::Sick { path, reason: text },
            Some(ErrorCode::NotADatabase) => Self::Foreign { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, reason: text },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            // SQLite's text repeats the name as it was given to it.
            Some(ErrorCode::CannotOpen) => Self::Io { path, reason: "SQLite cannot open it".to_owned() },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::Io { path, reason: text },
            _ => Self::Sqlite { path, reason: text },
        }
    }

    /// What the migrations said.
    pub(super) fn migration(path: &Path, reason: &refinery::Error) -> Self {
        let sqlite = reason.source().and_then(|source| source.downcast_ref::<rusqlite::Error>());
        match sqlite {
            Some(sqlite) => Self::sqlite(path, sqlite),
            None => Self::Diverged { path: path.to_owned(), reason: reason.to_string() },
        }
    }
}

/// True when not even one small file fits.
fn is_full(path: &Path) -> bool {
    rustix::fs::statvfs(names::folder(path)).is_ok_and(|disk| disk.f_bavail * disk.f_frsize < 64 * 1024)
}
