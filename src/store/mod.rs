//! The store: one SQLite file, one writer thread, a pool of readers.
//!
//! # Why one writer
//! SQLite lets one connection write at a time. In WAL mode readers see the last commit and never wait for the writer,
//! but two writers do wait: with `BEGIN DEFERRED` a transaction that read before it writes cannot even wait (its
//! snapshot is stale, `SQLITE_BUSY_SNAPSHOT`), and with a pool of `BEGIN IMMEDIATE` writers the losers sleep and poll,
//! for seconds under load. So there is no contest here: every change is a closure sent to one thread ([`writer`]),
//! which runs all that wait inside one `BEGIN IMMEDIATE` ([`group`]), commits once, and answers all. One sync then
//! pays for many changes (group commit), and a closure that errs undoes only itself.
//!
//! # Durability
//! `synchronous=FULL`: the WAL is synced at every commit, so what was answered survives power loss. `NORMAL` would
//! keep the file consistent but forget acknowledged commits; it is never used.
//!
//! # What may not happen here
//! No rule of the box office, no HTTP. And `rusqlite` is named nowhere else, so that another engine could be put
//! beneath these verbs ([`Tx`]) without touching a rule.

mod error;
mod file;
mod group;
mod pace;
mod readers;
mod sequence;
mod statements;
mod tx;
mod writer;

use std::any::Any;
use std::path::Path;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

pub use error::StoreError;
pub use file::FileError;
pub use rusqlite::{Row, params};
pub use tx::{Query, Tx};

use crate::clock::{Clock, Instant};
use crate::config::Limits;
use crate::entropy::Entropy;
use crate::terms::Terms;

/// What a row closure gives: a value or the store's error.
pub type RowResult<T> = rusqlite::Result<T>;

/// What an operation says happened. The store only hands it on; its subject knows what it means.
pub type Fact = Box<dyn Any + Send>;

/// Receives the facts of a commit, after it and before any of its answers leave.
pub type Publish = Box<dyn FnMut(Vec<Fact>, Instant) + Send>;

/// The terms in force, for whoever begins an operation.
type SharedTerms = Arc<RwLock<Arc<Terms>>>;

/// An open data file.
pub struct Store {
    writer: writer::Writer,
    readers: readers::Readers,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    terms: SharedTerms,
    lock: Mutex<Option<file::Lock>>,
}

impl Store {
    /// Opens `path`, makes it if it is missing, locks it against a second process and brings its schema up to date.
    ///
    /// # Errors
    /// [`FileError`] says what stands in the way and how to remove it.
    pub fn open(
        path: &Path,
        limits: &Limits,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<(Self, StartWriter), FileError> {
        let lock = file::Lock::take(path)?;
        let connection = file::open_for_writing(path)?;
        let terms = SharedTerms::default();
        let readers = readers::Readers::open(path, limits, terms.clone())?;
        let (writer, start) = writer::Writer::new(connection, limits, clock.clone(), entropy.clone(), terms.clone());
        Ok((Self { writer, readers, clock, entropy, terms, lock: Mutex::new(Some(lock)) }, StartWriter(start)))
    }

    /// The terms in force.
    pub fn terms(&self) -> Arc<Terms> {
        self.terms.read().clone()
    }

    /// Puts other terms in force, for every operation that begins from now on.
    pub fn set_terms(&self, terms: Terms) {
        *self.terms.write() = Arc::new(terms);
    }

    /// Runs `operation` on the writer thread, as if it were alone, and waits until it is committed and published. It may
    /// run twice, when another one of its group has to be undone; of the first run nothing stands then.
    ///
    /// # Errors
    /// What the operation says; then nothing of it stands. [`StoreError::Overloaded`] when too many wait already.
    pub async fn write<T, E, F>(&self, operation: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&Tx) -> Result<T, E> + Send + 'static,
    {
        self.writer.submit(operation)?.await.unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    /// As [`Store::write`], for a thread that may block (start-up, tests, benchmarks).
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T, E, F>(&self, operation: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&Tx) -> Result<T, E> + Send + 'static,
    {
        self.writer.submit(operation)?.blocking_recv().unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    /// Runs `operation` on a reader, in one consistent snapshot, off the async threads.
    ///
    /// # Errors
    /// What the operation says, or [`StoreError::Overloaded`] when no reader comes free in time.
    pub async fn read<T, E, F>(&self, operation: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx) -> Result<T, E> + Send + 'static,
    {
        let (readers, now, entropy) = (self.readers.clone(), self.clock.moment(), self.entropy.clone());
        let _place = self.readers.place().await?;
        tokio::task::spawn_blocking(move || readers.run(now, entropy.as_ref(), operation))
            .await
            .unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    /// As [`Store::read`], for a thread that may block.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_blocking<T, E, F>(&self, operation: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&Tx) -> Result<T, E>,
    {
        self.readers.run(self.clock.moment(), self.entropy.as_ref(), operation)
    }

    /// Accepts no more changes, finishes those accepted and checkpoints. Waits for the writer's end; then the data file is
    /// free for another, though a task that is about to end may still hold this store.
    pub fn stop(&self) {
        self.writer.stop();
        drop(self.lock.lock().take());
    }

    /// True once the writer met an error after which nothing may be acknowledged; the process should end.
    pub fn has_failed(&self) -> bool {
        self.writer.has_failed()
    }

    /// How many groups ran a second time because an operation failed after it had changed something. An ordinary refusal
    /// never does that.
    pub fn groups_run_again(&self) -> u64 {
        self.writer.groups_run_again()
    }

    /// Resolves when the writer has failed.
    pub async fn failed(&self) {
        self.writer.failed().await;
    }
}

/// The writer of a freshly opened store: it runs once somebody listens to its facts.
pub struct StartWriter(writer::Start);

impl StartWriter {
    /// Lets the writer run; `publish` gets the facts of every commit.
    pub fn start(self, publish: Publish) {
        self.0.spawn(publish);
    }
}

/// Opens any data file for looking only: no lock, no migration, nothing written.
///
/// # Errors
/// [`FileError`] when it is missing or not a boxoffice file.
pub fn inspect<T, E: From<StoreError>>(
    path: &Path,
    look: impl FnOnce(&Tx) -> Result<T, E>,
) -> Result<Result<T, E>, FileError> {
    let connection = file::open_for_looking(path)?;
    Ok(readers::look(&connection, look))
}

pub use file::backup;
