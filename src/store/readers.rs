//! The readers: a pool of connections that can only query. A read never waits for the writer.

use std::sync::Arc;
use std::time::Duration;

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::Connection;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::clock::{Clock, Moment, SystemClock};
use crate::config::Limits;
use crate::entropy::{Entropy, SystemEntropy};
use crate::store::lanes::Lane;
use crate::store::place::Place;
use crate::store::statements::Statements;
use crate::store::{FileError, StoreError, Tx, file, sequence};
use crate::terms::{SharedTerms, Terms};

#[derive(Clone)]
pub(super) struct Readers {
    pool: r2d2::Pool<SqliteConnectionManager>,
    /// Bounds the blocking threads that reads occupy, so that a rush waits here and not inside the pool.
    places: Arc<Semaphore>,
    /// So many of them at most are for those outside.
    outside: Arc<Semaphore>,
    patience: Duration,
    terms: SharedTerms,
    /// Outlives the connections: see [`Place`].
    _place: Arc<Place>,
}

/// A place among the readers; free again when dropped.
pub(super) struct ReaderPlace {
    _place: OwnedSemaphorePermit,
    _outside: Option<OwnedSemaphorePermit>,
}

impl Readers {
    pub(super) fn open(place: &Arc<Place>, limits: &Limits, terms: SharedTerms) -> Result<Self, FileError> {
        let (path, of_reader) = (place.path(), place.clone());
        let manager = SqliteConnectionManager::file(path).with_flags(file::READ_ONLY).with_init(move |connection| {
            // The pool opens further connections when it needs them: by then another file may have the name.
            if !of_reader.is_kept() {
                return Err(rusqlite::Error::InvalidPath(of_reader.path().to_owned()));
            }
            file::settle_reader(connection)
        });
        let pool = r2d2::Pool::builder()
            .max_size(limits.readers)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(limits.reader_patience)
            .build(manager)
            .map_err(|error| {
                let reason =
                    format!("no connection to read it was ready within {:?} ({error})", limits.reader_patience);
                FileError::Sqlite { path: path.to_owned(), reason }
            })?;
        let places = Arc::new(Semaphore::new(limits.readers as usize));
        let outside = Arc::new(Semaphore::new((limits.readers as usize).div_ceil(2)));
        Ok(Self { pool, places, outside, patience: limits.reader_patience, terms, _place: place.clone() })
    }

    /// A place among the readers. It belongs to whatever occupies the reader, not to whoever waits for the result: a client
    /// that hangs up ends the waiting, not the read.
    pub(super) async fn place(&self, lane: Lane) -> Result<ReaderPlace, StoreError> {
        let both = async {
            let outside = match lane {
                Lane::Inside => None,
                Lane::Outside => Some(self.outside.clone().acquire_owned().await?),
            };
            Ok::<_, AcquireError>(ReaderPlace { _place: self.places.clone().acquire_owned().await?, _outside: outside })
        };
        match tokio::time::timeout(self.patience, both).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) => Err(StoreError::Stopped),
            Err(_) => Err(StoreError::Overloaded),
        }
    }

    /// How many places are free in all, and how many of those for who is outside.
    pub(super) fn free_places(&self) -> [usize; 2] {
        [self.places.available_permits(), self.outside.available_permits()]
    }

    pub(super) fn run<T, E: From<StoreError>>(
        &self,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
        operation: impl FnOnce(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.pool.get().map_err(|_| StoreError::Overloaded)?;
        // Not before the waiting: what expired meanwhile is dead (law 8).
        in_snapshot(&connection, clock.moment(), entropy, &self.terms.get(), operation)
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
    in_snapshot(connection, SystemClock::start().moment(), &SystemEntropy, &Terms::default(), operation)
}
