//! All pages of a data file as another file: made under a name that nobody can guess, for its owner alone, and given its own name
//! only once it is whole, if nobody else has it.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use tempfile::NamedTempFile;

use crate::store::{FileError, names};

/// A copy that does not have its name yet. Dropped, it is gone.
pub(super) struct Aside {
    file: NamedTempFile,
    to: PathBuf,
}

impl Aside {
    /// An empty one, beside what it is to be.
    pub(super) fn of(to: &Path) -> Result<Self, FileError> {
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        // Made new, with an unguessable name, for its owner alone.
        let file = tempfile::Builder::new().prefix(&format!(".{name}.")).suffix(".part").tempfile_in(names::folder(to));
        Ok(Self { file: file.map_err(|reason| FileError::io(to, reason))?, to: to.to_owned() })
    }

    /// Where it is meanwhile.
    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Syncs it and gives it its name in one step in place of the file that has it, and syncs the folder.
    pub(super) fn put_over(self) -> Result<(), FileError> {
        let io = |reason| FileError::io(&self.to, reason);
        self.file.as_file().sync_all().map_err(io)?;
        self.file.persist(&self.to).map_err(|error| FileError::io(&self.to, error.error))?;
        sync_folder(&self.to)
    }

    /// Syncs it, gives it its name unless that is taken, and syncs the folder.
    pub(super) fn put_in_place(self) -> Result<(), FileError> {
        let io = |reason| FileError::io(&self.to, reason);
        self.file.as_file().sync_all().map_err(io)?;
        self.file.persist_noclobber(&self.to).map_err(|error| FileError::io(&self.to, error.error))?;
        sync_folder(&self.to)
    }
}

/// Copies all pages that a connection sees into an empty file.
pub(super) fn copy_pages(snapshot: &Connection, to: &Path) -> Result<(), FileError> {
    let sqlite = |reason| FileError::sqlite(to, &reason);
    let write = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE.union(rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let mut copy = Connection::open_with_flags(to, write).map_err(sqlite)?;
    // Nobody goes on with a copy that is not finished, so it needs no journal.
    copy.pragma_update(None, "journal_mode", "OFF").map_err(sqlite)?;
    copy.pragma_update(None, "synchronous", "OFF").map_err(sqlite)?;
    let pages = Backup::new(snapshot, &mut copy).map_err(sqlite)?;
    match pages.step(-1).map_err(sqlite)? {
        StepResult::Done => Ok(()),
        _ => Err(FileError::Locked { path: to.to_owned() }),
    }
}

/// Makes a copy a file by itself, which is sound: the WAL of the original is not its own.
pub(super) fn settle_copy(copied: &Connection, of: &Path, to: &Path) -> Result<(), FileError> {
    let sqlite = |reason: rusqlite::Error| FileError::sqlite(to, &reason);
    let verdict: String = copied.query_row("PRAGMA quick_check", [], |row| row.get(0)).map_err(sqlite)?;
    if verdict != "ok" {
        return Err(FileError::Damaged { path: of.to_owned(), reason: verdict });
    }
    copied.pragma_update(None, "journal_mode", "DELETE").map_err(sqlite)?;
    copied.pragma_update(None, "user_version", 0).map_err(sqlite)
}

/// Syncs the folder of a file, so that its name lasts.
pub(super) fn sync_folder(of: &Path) -> Result<(), FileError> {
    File::open(names::folder(of)).and_then(|folder| folder.sync_all()).map_err(|reason| FileError::io(of, reason))
}
