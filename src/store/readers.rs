//! The readers: a pool of connections that can only query. A read never waits for the writer.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::Connection;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::clock::Moment;
use crate::config::Limits;
use crate::entropy::{Entropy, SystemEntropy};
use crate::store::statements::Statements;
use crate::store::{FileError, SharedTerms, StoreError, Tx, file, sequence};
use crate::terms::Terms;

#[derive(Clone)]
pub(super) struct Readers {
    pool: r2d2::Pool<SqliteConnectionManager>,
    /// Bounds the blocking threads that reads occupy, so that a rush waits here and not inside the pool.
    places: Arc<Semaphore>,
    patience: Duration,
    terms: SharedTerms,
}

impl Readers {
    pub(super) fn open(path: &Path, limits: &Limits, terms: SharedTerms) -> Result<Self, FileError> {
        let manager = SqliteConnectionManager::file(path).with_init(|connection| file::settle_reader(connection));
        let pool = r2d2::Pool::builder()
            .max_size(limits.readers)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(limits.reader_patience)
            .build(manager)
            .map_err(|error| FileError::Io { path: path.to_owned(), reason: std::io::Error::other(error) })?;
        let places = Arc::new(Semaphore::new(limits.readers as usize));
        Ok(Self { pool, places, patience: limits.reader_patience, terms })
    }

    pub(super) async fn place(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        match tokio::time::timeout(self.patience, self.places.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(StoreError::Stopped),
            Err(_) => Err(StoreError::Overloaded),
        }
    }

    pub(super) fn run<T, E: From<StoreError>>(
        &self,
        now: Moment,
        entropy: &dyn Entropy,
        operation: impl FnOnce(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.pool.get().map_err(|_| StoreError::Overloaded)?;
        let terms = self.terms.read().clone();
        in_snapshot(&connection, now, entropy, &terms, operation)
    }
}

/// A deferred transaction makes all statements of one read see the same commit.
fn in_snapshot<T, E: From<StoreError>>(
    connection: &Connection,
    now: Moment,
    entropy: &dyn Entropy,
    terms: &Terms,
    operation: impl FnOnce(&Tx) -> Result<T, E>,
) -> Result<T, E> {
    // Ends the transaction on every way out, a panic included: the pool would hand the connection on as it is.
    let snapshot = connection.unchecked_transaction().map_err(StoreError::from)?;
    let statements = Statements::of(connection);
    let seq = sequence::last(&statements).map_err(StoreError::from)?;
    let result = operation(&Tx::new(&statements, now, entropy, terms, seq));
    snapshot.finish().map_err(StoreError::from)?;
    result
}

/// Runs one read on a connection of its own.
pub(super) fn look<T, E: From<StoreError>>(
    connection: &Connection,
    operation: impl FnOnce(&Tx) -> Result<T, E>,
) -> Result<T, E> {
    use crate::clock::{Clock, SystemClock};
    in_snapshot(connection, SystemClock::start().moment(), &SystemEntropy, &Terms::default(), operation)
}
