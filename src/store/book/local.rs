//! The node's own copy of a book: a data file that is thrown away and made anew at each start. A note beside it says that it
//! is one: no file without that note is ever thrown away, and none with it is served as if it were the truth.

use std::path::Path;

use rusqlite::Connection;

use super::error::BookError;
use crate::store::place::{self, Place};
use crate::store::{FileError, file, names};

/// What stands in a note's name.
const NOTE: &str = "-copy";

/// Is this file a copy of a book?
pub(crate) fn is_copy(path: &Path) -> bool {
    place::resolve(path).is_ok_and(|path| names::beside(&path, NOTE).exists())
}

/// An empty copy in place of the one before.
pub(super) fn empty(path: &Path, of: &str, mark: u32) -> Result<(Place, Connection), BookError> {
    let path = place::resolve(path)?;
    let note = names::beside(&path, NOTE);
    if path.exists() {
        if !note.exists() {
            return Err(BookError::NotACopy(path));
        }
        // Refused while another process has it.
        drop(Place::claim(&path)?);
    }
    let io = |reason| FileError::io(&note, reason);
    std::fs::write(&note, format!("A copy of {of}, made anew at each start; not to be served or kept.\n"))
        .map_err(io)?;
    for suffix in ["", "-wal", "-shm", "-run"] {
        match std::fs::remove_file(names::beside(&path, suffix)) {
            Err(reason) if reason.kind() != std::io::ErrorKind::NotFound => {
                return Err(FileError::io(&path, reason).into());
            }
            _ => {}
        }
    }
    let place = Place::claim(&path)?;
    let connection = file::open_for_writing(&place, mark, crate::clock::Instant(0))?;
    // The truth is in the book; what a power cut takes of the copy is loaded again.
    connection.pragma_update(None, "synchronous", "OFF")?;
    Ok((place, connection))
}
