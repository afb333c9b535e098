//! `boxoffice restore`: a backup in place of a data file, checked before and after, and with new keys.
//!
//! Numbers are given again after a restore. A queue token that was signed after the backup was made could otherwise mean
//! the place of somebody else, so the key that signs them is turned: buyers ask for their token again (`current_token`).
//! Sessions, tickets and the operator's key are those of the backup.

use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::keys;
use crate::store::{self, FileError, StoreError};
use crate::verify;

/// Why a backup was not put back.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup breaks a law.
    #[error("{backup} has {breaches} breaches and was not put back; `boxoffice verify {backup}` lists them", backup = .backup.display())]
    Broken {
        /// The backup.
        backup: PathBuf,
        /// How many were found.
        breaches: usize,
    },
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The keys could not be turned.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts `backup` in the place of the data file `file`. Gives the names under which what was there is kept.
///
/// # Errors
/// [`RestoreError`]; then `file` is what it was.
pub fn restore(
    backup: &Path,
    file: &Path,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Vec<PathBuf>, RestoreError> {
    let check = |checked: &Path| {
        let breaches = verify::verify(checked)?.breaches.len();
        if breaches == 0 { Ok(()) } else { Err(RestoreError::Broken { backup: backup.to_owned(), breaches }) }
    };
    check(backup)?;
    store::restore(backup, file, (clock.now(), entropy), |tx| Ok(keys::turn(tx)?), check)
}
