//! Checks the laws on any data file, in use or not. It only reads, and it trusts nothing: every count is made from the
//! rows themselves.

mod breach;
mod desk;
mod draws;
mod places;
mod sql;
mod step;

pub use breach::Breach;
pub use step::{Step, steps};

use std::path::Path;

use crate::store::{self, FileError, StoreError};

/// What was looked at and what was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Users, entries, seats, payments, postings: how many rows were checked.
    pub counts: Vec<(&'static str, u32)>,
    /// What breaks a law.
    pub breaches: Vec<Breach>,
    /// True when the WAL beside the file is another file's, and so was not looked at.
    pub without_wal: bool,
}

/// Checks a data file.
///
/// # Errors
/// [`FileError`] when the file cannot be opened or is of another version; a damaged file that opens gives breaches of law 0.
pub fn verify(path: &Path) -> Result<Report, FileError> {
    let checked = store::inspect(path, |tx| {
        let mut report = Report { counts: sql::counts(tx)?, ..Report::default() };
        report.breaches.extend(tx.faults()?.into_iter().map(|what| Breach { law: 0, what }));
        for step in step::of_laws(tx)? {
            report.breaches.extend(step.check(tx)?);
        }
        Ok::<_, StoreError>(report)
    });
    let unreadable = |what: String| Report { breaches: vec![Breach { law: 0, what }], ..Report::default() };
    match checked {
        Ok(Ok(report)) => Ok(Report { without_wal: store::has_strange_wal(path), ..report }),
        Ok(Err(error)) if error.is_disk_failure() => {
            Err(FileError::Sick { path: path.to_owned(), reason: error.to_string() })
        }
        Ok(Err(error)) => Ok(unreadable(format!("the file cannot be read: {error}"))),
        Err(FileError::Damaged { reason, .. }) => Ok(unreadable(format!("the file cannot be read: {reason}"))),
        Err(error) => Err(error),
    }
}
