//! Why a book cannot be used: one text for each cause, with what helps against it.

use crate::store::FileError;

/// Why a book cannot be used. Each text names the cause and the remedy.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say what the fields are")]
pub enum BookError {
    /// It begins like an address and is not one.
    #[error("this is no address of a book: {0}")]
    Address(&'static str),
    /// Nobody answers who may be written to.
    #[error("{address} does not answer: {reason}; is PostgreSQL there, and is one of these hosts its primary?")]
    Away { address: String, reason: String },
    /// The server would forget what was acknowledged.
    #[error("the settings of this PostgreSQL do not keep what is acknowledged: {0}")]
    Unsafe(String),
    /// Leases and tickets mean times.
    #[error(
        "the clocks of this machine and of PostgreSQL differ by {0} ms; let both follow NTP, then start again: no office may \
         lead whose clock is more than a second off"
    )]
    Clock(i64),
    /// There is no book yet.
    #[error("there is no book at {0}; `boxoffice serve` or `boxoffice move` makes one")]
    Missing(String),
    /// There is a book already.
    #[error("there is a book at {0} already; move into a schema that has none")]
    Exists(String),
    /// Tables of another version.
    #[error(
        "the book at {address} was made by another version of boxoffice (its tables are {found}, this one's {own}); use that one, or \
         update this one"
    )]
    OtherVersion { address: String, found: String, own: String },
    /// The venue went back to a file.
    #[error("this book was moved to {to}; the venue goes on there")]
    Moved { to: String },
    /// Somebody serves it.
    #[error("another box office leads here; stop it first")]
    Led,
    /// A file lies where the copy should be.
    #[error(
        "{0} is there and is no copy of a book; name another file with --copy (it is thrown away and made anew at each start)"
    )]
    NotACopy(std::path::PathBuf),
    /// What PostgreSQL refused.
    #[error("PostgreSQL: {0}")]
    Said(String),
    /// The file on this side.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file on this side.
    #[error("the copy of the book: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// An error of PostgreSQL's with what is behind it: its own text says only which step failed.
pub(super) fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(refusal) => format!("{} ({})", refusal.message(), refusal.code().code()),
        None => match std::error::Error::source(error) {
            Some(behind) => format!("{error}: {behind}"),
            None => error.to_string(),
        },
    }
}

pub(super) fn at_postgres(error: tokio_postgres::Error) -> BookError {
    BookError::Said(said(&error))
}
