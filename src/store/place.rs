//! Where the data file is: its name, the file that the name leads to, and the lock that belongs to it.
//!
//! A name is not a file: links lead to it, and it can be moved, removed, replaced or overwritten while it is open. So the lock is one
//! of the operating system on the file itself (`flock`, which knows nothing of SQLite's own POSIX locks), and whoever
//! works on the file asks now and then whether the name still leads to it. Not for network file systems, where `flock`
//! may be something else: SQLite's WAL does not work on those either.

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::store::{FileError, names, tie};

/// What tells one file from another, whatever they are called: device and inode.
type Identity = (u64, u64);

/// A data file that this process alone may change.
///
/// The handle must be closed after the last SQLite connection of this process to the file: closing it before would drop
/// SQLite's own locks (<https://sqlite.org/howtocorrupt.html>, §2.2). Hence whoever has a connection keeps the place too.
pub(crate) struct Place {
    path: PathBuf,
    handle: File,
    identity: Identity,
    wal: OnceLock<Identity>,
    /// What this run has marked the file with: see [`tie`].
    mark: OnceLock<u32>,
    made: bool,
}

impl Place {
    /// Takes the file for this process alone; makes an empty one that only its owner may read if there is none.
    pub(super) fn claim(path: &Path) -> Result<Self, FileError> {
        let path = resolve(path)?;
        let io = |reason| FileError::io(&path, reason);
        refuse_lone_wal(&path)?;
        let made = match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path) {
            Ok(handle) => Some(handle),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => None,
            Err(error) => return Err(io(error)),
        };
        let (made, handle) = match made {
            Some(handle) => (true, handle),
            None => (false, File::open(&path).map_err(io)?),
        };
        match handle.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FileError::InUse { path }),
            Err(TryLockError::Error(reason)) => return Err(io(reason)),
        }
        let metadata = handle.metadata().map_err(io)?;
        let place =
            Self { identity: identity(&metadata), path, handle, wal: OnceLock::new(), mark: OnceLock::new(), made };
        if metadata.nlink() > 1 {
            return Err(FileError::Linked { path: place.path });
        }
        // Between opening and locking, whoever had it may have put another file in its place.
        if place.is_kept() { Ok(place) } else { Err(FileError::InUse { path: place.path }) }
    }

    /// The name without links, from the root.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// True when the file was made just now.
    pub(super) fn is_new(&self) -> bool {
        self.made
    }

    /// Does the name still lead to this file, and is it the one that was opened and not another's content?
    pub(super) fn is_kept(&self) -> bool {
        let has_name = std::fs::metadata(&self.path).is_ok_and(|metadata| identity(&metadata) == self.identity);
        has_name && !self.is_overwritten()
    }

    /// Takes note of the mark in the file's header, once this run has set it.
    pub(super) fn note_mark(&self) {
        if let Ok(mark) = tie::mark_of(&self.handle) {
            let _ = self.mark.set(mark);
        }
    }

    /// Has somebody written another file's content into this one? Copies carry other marks, so their header shows it. By the handle
    /// that is open already: closing one of its own would drop SQLite's locks.
    pub(super) fn is_overwritten(&self) -> bool {
        self.mark.get().is_some_and(|mark| tie::mark_of(&self.handle).ok() != Some(*mark))
    }

    /// Takes note of the WAL, once SQLite has made it.
    pub(super) fn note_wal(&self) {
        if let Ok(metadata) = std::fs::metadata(names::beside(&self.path, "-wal")) {
            let _ = self.wal.set(identity(&metadata));
        }
    }

    /// Does the WAL's name still lead to the WAL that SQLite writes?
    pub(super) fn has_wal(&self) -> bool {
        let now = std::fs::metadata(names::beside(&self.path, "-wal")).ok().map(|metadata| identity(&metadata));
        self.wal.get().is_none_or(|wal| now == Some(*wal))
    }

    /// Who else may read the file, as permission bits; none when it is the owner's alone.
    pub(super) fn open_to_others(&self) -> Option<u32> {
        let mode = self.handle.metadata().ok()?.mode() & 0o777;
        (mode & 0o077 != 0).then_some(mode)
    }

    /// Bytes of the file and of its WAL; 0 for what cannot be seen.
    pub(super) fn bytes(&self) -> [u64; 2] {
        let wal = std::fs::metadata(names::beside(&self.path, "-wal"));
        [self.handle.metadata().map_or(0, |file| file.len()), wal.map_or(0, |wal| wal.len())]
    }

    /// Bytes that the disk still takes from us.
    pub(super) fn disk_free_bytes(&self) -> Option<u64> {
        let disk = rustix::fs::fstatvfs(&self.handle).ok()?;
        disk.f_bavail.checked_mul(disk.f_frsize)
    }

    /// Lets another process have the file. The handle stays open: connections may still be.
    pub(super) fn release(&self) {
        // With the WAL empty the file stands alone.
        if self.is_kept() && std::fs::metadata(names::beside(&self.path, "-wal")).map_or(0, |wal| wal.len()) == 0 {
            let _ = tie::forget(&self.path);
        }
        let _ = self.handle.unlock();
    }
}

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// The name without links, from the root: so SQLite reads no other meaning into it (`:memory:`, `file:…?mode=memory`).
pub(super) fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    let io = |reason| FileError::io(path, reason);
    if path.as_os_str().is_empty() || path.as_os_str().as_encoded_bytes() == b":memory:" {
        return Err(FileError::NoFile { path: path.to_owned() });
    }
    if path.is_dir() {
        return Err(FileError::Directory { path: path.to_owned() });
    }
    match path.canonicalize() {
        Ok(path) => Ok(path),
        Err(error) if error.kind() == ErrorKind::NotFound && path.symlink_metadata().is_err() => {
            let name: OsString = path.file_name().ok_or(ErrorKind::InvalidFilename.into()).map_err(io)?.to_owned();
            Ok(names::folder(path).canonicalize().map_err(io)?.join(name))
        }
        Err(error) => Err(io(error)),
    }
}

/// A WAL whose data file is gone holds what was acknowledged and not yet copied. SQLite would empty it for a new file.
pub(super) fn refuse_lone_wal(path: &Path) -> Result<(), FileError> {
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let is_lone = length(path) == 0 && length(&names::beside(path, "-wal")) > 0;
    if is_lone { Err(FileError::LoneWal { path: path.to_owned() }) } else { Ok(()) }
}
