//! `boxoffice turn-keys`: new keys in a data file that is not in use, at nobody's cost. Whoever is in line, logged in or has a
//! ticket notices nothing; what a leaked copy of the file could have signed from now on is worth nothing.

use std::path::Path;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Limits;
use crate::entropy::Entropy;
use crate::store::{FileError, Store, StoreError};
use crate::{keys, payment};

/// Why no keys were turned.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The file cannot be used, or is in use.
    #[error(transparent)]
    File(#[from] FileError),
    /// They could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such file.
    #[error("there is no data file {0}")]
    Missing(String),
}

/// Turns the keys of a data file.
///
/// # Errors
/// [`RotationError`]; then they are what they were.
pub fn turn_keys(file: &Path, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<(), RotationError> {
    if !file.exists() {
        return Err(RotationError::Missing(file.display().to_string()));
    }
    let (store, writer) = Store::open(file, &Limits::default(), clock, entropy)?;
    writer.start(Box::new(|_, _| {}));
    let turned = store.write_blocking(|tx| keys::turn_softly(tx, payment::domain::last_ticket(tx)?));
    store.stop();
    Ok(turned?)
}
