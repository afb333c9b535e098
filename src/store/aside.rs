//! Data files that are put aside: kept, under names that say why and when.

use std::path::{Path, PathBuf};

use crate::clock::Instant;
use crate::store::pages::sync_folder;
use crate::store::{FileError, names};

/// Renames a data file and what is kept beside it, so that they still belong together, to names that say why and when; `moved` gets
/// the old and the new names. The file goes first: a start that finds only its WAL refuses.
pub(super) fn put_aside(
    path: &Path,
    why: &str,
    now: Instant,
    moved: &mut Vec<(PathBuf, PathBuf)>,
) -> Result<(), FileError> {
    let to = aside_name(path, why, now, "");
    if path.symlink_metadata().is_ok() {
        rename(path, &to)?;
        moved.push((path.to_owned(), to));
    }
    put_beside_aside(path, why, now, moved)
}

/// The same for what is kept beside a data file alone.
pub(super) fn put_beside_aside(
    path: &Path,
    why: &str,
    now: Instant,
    moved: &mut Vec<(PathBuf, PathBuf)>,
) -> Result<(), FileError> {
    for suffix in ["-wal", "-shm", "-run"] {
        let (from, to) = (names::beside(path, suffix), aside_name(path, why, now, suffix));
        if from.symlink_metadata().is_ok() {
            rename(&from, &to)?;
            moved.push((from, to));
        }
    }
    sync_folder(path)
}

/// The name of a data file, or of what is kept beside it, once it is put aside.
pub(super) fn aside_name(path: &Path, why: &str, now: Instant, suffix: &str) -> PathBuf {
    let when: String = now.to_rfc3339().replace(':', "-");
    names::beside(path, &format!(".{why}-{when}{suffix}"))
}

/// Gives a file a name that nobody has.
fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    let (here, keep) = (rustix::fs::CWD, rustix::fs::RenameFlags::NOREPLACE);
    rustix::fs::renameat_with(here, from, here, to, keep).map_err(|reason| FileError::io(to, reason.into()))
}
