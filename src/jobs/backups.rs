//! The job that makes backups by itself: a copy every so often, verified before it counts, kept for so many days.
//!
//! It must not cost the sale anything that matters: copying and checking run on a thread of the lowest priority. It removes
//! nothing but its own copies, and none of them unless the newest is known to be sound.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::clock::Instant;
use crate::jobs::backup_files::{self, BackupFile, Worth};
use crate::jobs::idle;
use crate::office::Office;
use crate::store::{self, FileError};
use crate::verify;

/// Sleep no longer while something is due: the time of day may be set.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// After a failure it is tried again so soon, or at the next turn if that comes before.
const RETRY: Duration = Duration::from_secs(60);

/// What became of the backups that the box office makes by itself.
#[derive(Debug, Default)]
pub struct Backups {
    status: Mutex<Status>,
    /// One at a time.
    alone: tokio::sync::Mutex<()>,
}

/// How the backups stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The time of day at which the newest one was made, by this process or by one before it.
    pub newest: Option<Instant>,
    /// Whether the last attempt failed.
    pub is_failing: bool,
    due: Option<Instant>,
}

impl Backups {
    /// How they stand.
    pub fn status(&self) -> Status {
        *self.status.lock()
    }
}

/// Why there is no new backup.
#[derive(Debug, thiserror::Error)]
enum BackupError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the copy has {count} breaches, the first of law {first}; it is kept as {aside}, and so are all before it", aside = .aside.display())]
    Broken { aside: PathBuf, count: usize, first: String },
    #[error("{path}: {reason}", path = .path.display())]
    Folder { path: PathBuf, reason: io::Error },
    #[error("the thread that makes it ended")]
    Died,
}

/// Runs until it is dropped.
pub(super) async fn run(office: Arc<Office>) {
    while let Some(due) = back_up_if_due(&office).await {
        tokio::time::sleep(office.wall().until(due).min(LONGEST_SLEEP)).await;
    }
    // Nobody asked for any.
    std::future::pending().await
}

/// Makes a backup if one is due, and removes those that were kept long enough. Gives when the next is due by the time of
/// day; nothing unless the operator named a folder for them.
pub async fn back_up_if_due(office: &Arc<Office>) -> Option<Instant> {
    let settings = &office.config.backups;
    let folder = settings.to.as_deref()?;
    let backups = office.part::<Backups>();
    let _alone = backups.alone.lock().await;
    let now = office.wall();
    let due = backups.status().due.unwrap_or_else(|| first_due(office, folder));
    // One that lies further ahead than it can was reckoned by a clock that has been set back since.
    if now < due && due <= now.after(settings.every.0) {
        backups.status.lock().due = Some(due);
        return Some(due);
    }
    let made = make(office, folder, now).await;
    let mut status = backups.status.lock();
    status.is_failing = made.is_err();
    let wait = match made {
        Ok(copy) => {
            tracing::info!(copy = %copy.display(), "backup made and verified");
            status.newest = Some(now);
            settings.every.0
        }
        Err(error) => {
            tracing::error!(%error, "no backup was made");
            settings.every.0.min(RETRY)
        }
    };
    status.due = Some(now.after(wait));
    status.due
}

/// The backups there are, the newest first: those made before a time of day, so many at most. None where nobody named a folder
/// for them, or where it was not made yet.
///
/// # Errors
/// When the folder cannot be read.
pub async fn list_backups(office: &Office, before: Option<Instant>, limit: usize) -> io::Result<Vec<BackupFile>> {
    let Some(folder) = office.config.backups.to.clone() else { return Ok(Vec::new()) };
    let data = office.config.data.clone();
    let listing = tokio::task::spawn_blocking(move || backup_files::list(&folder, &data));
    match listing.await.map_err(io::Error::other)? {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
        Ok(found) => {
            let older = |file: &BackupFile| before.is_none_or(|before| file.made_at < before);
            Ok(found.into_iter().rev().filter(older).take(limit).map(BackupFile::measured).collect())
        }
    }
}

/// What an earlier process made counts: a restart alone is no reason for another one.
fn first_due(office: &Office, folder: &Path) -> Instant {
    let found = backup_files::list(folder, &office.config.data).unwrap_or_default();
    let newest = found.iter().rfind(|file| file.worth == Worth::Sound).map(|file| file.made_at);
    office.part::<Backups>().status.lock().newest = newest;
    newest.map_or(office.wall(), |newest| newest.after(office.config.backups.every.0))
}

async fn make(office: &Office, folder: &Path, now: Instant) -> Result<PathBuf, BackupError> {
    let (data, folder) = (office.config.data.clone(), folder.to_owned());
    let oldest = now.plus_ms(-i64::from(office.config.backups.keep_days) * 24 * 3600 * 1000);
    let (done, made) = oneshot::channel();
    let thread = idle::spawn("backup", move || drop(done.send(make_here(&data, &folder, now, oldest))));
    thread.map_err(|reason| BackupError::Folder { path: office.config.data.clone(), reason })?;
    made.await.unwrap_or(Err(BackupError::Died))
}

fn make_here(data: &Path, folder: &Path, now: Instant, oldest: Instant) -> Result<PathBuf, BackupError> {
    let in_folder = |reason| BackupError::Folder { path: folder.to_owned(), reason };
    backup_files::make_folder(folder).map_err(in_folder)?;
    let named = |worth| BackupFile::new(folder, data, now, worth).path;
    // It has the name of a backup once it is known to be one, also where the process ends meanwhile.
    let (copy, sound) = (named(Worth::Unknown), named(Worth::Sound));
    store::backup(data, &copy)?;
    let breaches = verify::verify(&copy)?.breaches;
    if let Some(first) = breaches.first() {
        let first = format!("{}: {}", first.law, first.what);
        // Nobody shall put it back by its name, and it is no reason to remove others.
        let aside = named(Worth::Broken);
        std::fs::rename(&copy, &aside).map_err(in_folder)?;
        return Err(BackupError::Broken { aside, count: breaches.len(), first });
    }
    std::fs::rename(&copy, &sound).map_err(in_folder)?;
    for old in backup_files::list(folder, data).map_err(in_folder)? {
        let is_over = match old.worth {
            Worth::Sound => old.made_at < oldest && old.path != sound,
            // Whoever made it was ended in the middle.
            Worth::Unknown => true,
            Worth::Broken => false,
        };
        if is_over {
            std::fs::remove_file(&old.path).map_err(|reason| BackupError::Folder { path: old.path, reason })?;
        }
    }
    Ok(sound)
}
