//! The store: one SQLite file, one writer thread, a pool of readers.
//!
//! # Why one writer
//! SQLite lets one connection write at a time. In WAL mode readers see the last commit and never wait for the writer,
//! but two writers do wait: with `BEGIN DEFERRED` a transaction that read before it writes cannot even wait (its
//! snapshot is stale, `SQLITE_BUSY_SNAPSHOT`), and with a pool of `BEGIN IMMEDIATE` writers the losers sleep and poll,
//! for seconds under load. So there is no contest here: every change is a closure sent to one thread (`writer`),
//! which runs what waits inside one `BEGIN IMMEDIATE` (`group`), commits once, and answers all. Those inside the box
//! office go before those outside (`lanes`). One sync then
//! pays for many changes (group commit), and a closure that errs undoes only itself.
//!
//! # Durability
//! `synchronous=FULL`: the WAL is synced at every commit, so what was answered survives power loss. `NORMAL` would
//! keep the file consistent but forget acknowledged commits; it is never used.
//!
//! # When nobody knows
//! A commit whose sync fails may be on disk or not, and so may be what the writer had under way when it died. Neither
//! success nor refusal would be honest then: the answer is [`StoreError::Unknown`], the store says that it has failed, and
//! the process shall end; the next start finds out. The same when the data file loses its name (`place`).
//!
//! # Many machines
//! With a [`book`] a commit must stand in PostgreSQL before it counts; the data file is this node's copy then. The seam is one place
//! in `group`; nobody above knows. A node that follows is fed by the same thread (`following`) and refuses changes
//! ([`StoreError::Follows`]) until it leads.
//!
//! # What may not happen here
//! No rule of the box office, no HTTP. And `rusqlite` is named nowhere else, so that another engine could be put
//! beneath these verbs ([`Tx`]) without touching a rule.

mod around;
mod aside;
pub mod book;
mod copy;
mod error;
mod facts;
mod figures;
mod file;
mod file_error;
mod following;
mod group;
mod hearer;
mod inspector;
mod integrity;
mod lanes;
mod names;
mod pace;
mod pages;
mod params;
mod place;
mod readers;
mod schema;
mod sequence;
mod shared;
mod statements;
mod tie;
mod tx;
mod types;
mod writer;

use std::path::Path;
use std::sync::Arc;

pub use copy::{backup, restore};
pub use error::StoreError;
pub use figures::Figures;
pub use file_error::FileError;
pub use hearer::Hearer;
pub use inspector::{Inspector, Interrupt};
pub use lanes::Lane;
pub use params::{many_params, params};
pub use rusqlite::Row;
pub use tx::{SharedRow, Tx};
pub use types::{Fact, Part, Publish, Query, RowResult};

use crate::clock::Clock;
use crate::config::Limits;
use crate::entropy::Entropy;
use crate::standing::{Role, Standing};
use crate::terms::{SharedTerms, Terms};
use writer::Node;

/// An open data file.
pub struct Store {
    writer: writer::Writer,
    readers: readers::Readers,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    terms: SharedTerms,
    is_new: bool,
    standing: Arc<Standing>,
    /// Last, as its own page says.
    place: Arc<place::Place>,
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
        if book::is_copy(path) {
            return Err(FileError::Copy { path: path.to_owned() });
        }
        let place = place::Place::claim(path)?;
        let connection = file::open_for_writing(&place, run_mark(entropy.as_ref()), clock.wall())?;
        let is_new = place.is_new();
        let node = (Node::Alone, tokio::sync::watch::channel(false).0, Arc::new(Standing::alone()));
        Self::on((place, connection), node, is_new, limits, clock, entropy)
    }

    /// Opens a book, led here or followed, with a copy at `copy`, which is made anew. One that follows takes no changes, and
    /// leads by itself once nobody else does ([`Store::standing`] tells).
    ///
    /// # Errors
    /// [`book::BookError`] says what stands in the way and how to remove it.
    pub fn open_in_book(
        seat: book::Seat,
        copy: &Path,
        limits: &Limits,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<(Self, StartWriter), book::BookError> {
        let mark = run_mark(entropy.as_ref());
        let (standing, file, node, lost, is_new) = match seat {
            book::Seat::Leads(lead) => {
                let (standing, is_new, lost) = (Standing::of(Role::Leading), lead.is_new(), lead.lost());
                let (place, connection, book) = lead.load(copy, mark, &standing)?;
                (standing, (place, connection), Node::Leads(Box::new(book)), lost, is_new)
            }
            book::Seat::Follows(follower) => {
                let (standing, lost) = (Standing::of(Role::Following { leader: None }), follower.lost());
                let (place, connection, follower) = follower.load(copy, mark, &standing)?;
                (standing, (place, connection), Node::Follows(Box::new(follower)), lost, false)
            }
        };
        Ok(Self::on(file, (node, lost, Arc::new(standing)), is_new, limits, clock, entropy)?)
    }

    fn on(
        (place, connection): (place::Place, rusqlite::Connection),
        (node, failed, standing): (Node, tokio::sync::watch::Sender<bool>, Arc<Standing>),
        is_new: bool,
        limits: &Limits,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<(Self, StartWriter), FileError> {
        let place = Arc::new(place);
        let terms = SharedTerms::writing(limits.numbers_per_commit);
        let readers = readers::Readers::open(&place, limits, terms.clone())?;
        if let Some(mode) = place.open_to_others() {
            let path = place.path().display();
            tracing::warn!(
                "others on this machine may read {path} (mode {mode:03o}), secrets and all: chmod 600 helps"
            );
        }
        let around = around::Around { clock: clock.clone(), entropy: entropy.clone(), terms: terms.clone() };
        let here = (place.clone(), standing.clone());
        let (writer, start) = writer::Writer::new((connection, node, failed), limits, around, here);
        Ok((Self { writer, readers, clock, entropy, terms, is_new, standing, place }, StartWriter(start)))
    }

    /// What this node is among those of its venue, and how far it has come.
    pub fn standing(&self) -> &Arc<Standing> {
        &self.standing
    }

    /// The terms in force.
    pub fn terms(&self) -> Arc<Terms> {
        self.terms.get()
    }

    /// Where the terms in force stand, for whoever puts others in their place.
    pub fn shared_terms(&self) -> SharedTerms {
        self.terms.clone()
    }

    /// True when the venue's data was made by this opening.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Looks whether the data file (and its WAL) still has its name and its content, and fails the store when it has not: what
    /// would be acknowledged from then on, nobody would find again. To be called about every second; each commit looks for itself
    /// too. True while all is well.
    pub fn check_file(&self) -> bool {
        // Asked in this order: a stop may take the WAL away, and then nothing is accepted any more.
        let kept = (self.place.is_kept() && self.place.has_wal()) || self.writer.is_stopping();
        if !kept && !self.has_failed() {
            let path = self.place.path().display();
            tracing::error!(
                "{path} or its WAL was moved, removed, replaced or overwritten under the running box office: it stops"
            );
            self.writer.fail();
        }
        kept
    }

    /// Runs `operation` on the writer thread, as if it were alone, and waits until it is committed and published. It may
    /// run twice, when another one of its group has to be undone; of the first run nothing stands then.
    ///
    /// # Errors
    /// What the operation says; then nothing of it stands. [`StoreError::Overloaded`] when too many wait already;
    /// [`StoreError::Follows`] where another node leads; [`StoreError::Unknown`] when nobody knows whether it stands.
    pub async fn write<T, E, F>(&self, operation: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&Tx) -> Result<T, E> + Send + 'static,
    {
        self.write_from(Lane::Inside, operation).await
    }

    /// As [`Store::write`], in the lane of whoever asks.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_from<T, E, F>(&self, lane: Lane, operation: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&Tx) -> Result<T, E> + Send + 'static,
    {
        self.writer.submit(lane, operation)?.await.unwrap_or_else(|_| Err(unanswered().into()))
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
        self.writer.submit(Lane::Inside, operation)?.blocking_recv().unwrap_or_else(|_| Err(unanswered().into()))
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
        self.read_from(Lane::Inside, operation).await
    }

    /// As [`Store::read`], in the lane of whoever asks: those outside never have all readers.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn read_from<T, E, F>(&self, lane: Lane, operation: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx) -> Result<T, E> + Send + 'static,
    {
        let (readers, clock, entropy) = (self.readers.clone(), self.clock.clone(), self.entropy.clone());
        let place = self.readers.place(lane).await?;
        let reading = tokio::task::spawn_blocking(move || {
            let _place = place;
            readers.run(clock.as_ref(), entropy.as_ref(), operation)
        });
        let lost = |error: tokio::task::JoinError| {
            if error.is_panic() { StoreError::Panicked } else { StoreError::Stopped }
        };
        reading.await.unwrap_or_else(|error| Err(lost(error).into()))
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
        self.readers.run(self.clock.as_ref(), self.entropy.as_ref(), operation)
    }

    /// What looks at the living file for long, without keeping a reader or the writer.
    ///
    /// # Errors
    /// [`FileError`] when it cannot be opened once more.
    pub fn inspector(&self) -> Result<Inspector, FileError> {
        Inspector::open(&self.place)
    }

    /// Accepts no more changes, finishes those accepted and checkpoints. Waits for the writer's end; then the data file is
    /// free for another, though a task that is about to end may still hold this store.
    pub fn stop(&self) {
        self.writer.stop();
        self.place.release();
    }

    /// How many more changes, of those inside and of those outside, would be accepted now, and how many more reads in all and
    /// of those outside.
    pub fn free_places(&self) -> ([usize; 2], [usize; 2]) {
        (self.writer.free_places(), self.readers.free_places())
    }

    /// True once the writer met an error after which nothing may be acknowledged; the process should end.
    pub fn has_failed(&self) -> bool {
        self.writer.has_failed()
    }

    /// As [`Figures::groups_run_again`].
    pub fn groups_run_again(&self) -> u64 {
        self.figures().groups_run_again()
    }

    /// What the writer has done since the start.
    pub fn figures(&self) -> &Figures {
        self.writer.figures()
    }

    /// How many changes wait for the writer, of those inside and of those outside.
    pub fn waiting(&self) -> [usize; 2] {
        self.writer.waiting()
    }

    /// Bytes of the data file and of its WAL; 0 for what cannot be seen.
    pub fn file_bytes(&self) -> [u64; 2] {
        self.place.bytes()
    }

    /// Bytes that the disk of the data file still takes; `None` where it does not say.
    pub fn disk_free_bytes(&self) -> Option<u64> {
        self.place.disk_free_bytes()
    }

    /// Resolves when the writer has failed.
    pub async fn failed(&self) {
        self.writer.failed().await;
    }
}

/// Another may open the file as soon as nobody has this store any more.
impl Drop for Store {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The writer of a freshly opened store: it runs once somebody listens to its facts.
pub struct StartWriter(writer::Start);

impl StartWriter {
    /// Lets the writer run; `publish` gets the facts of every commit.
    pub fn start(self, publish: Publish) {
        self.0.spawn(Box::new(publish));
    }

    /// Lets the writer run; `hearer` gets the facts of every commit, made here or elsewhere.
    pub fn start_with(self, hearer: Box<dyn Hearer>) {
        self.0.spawn(hearer);
    }
}

/// A number by which a WAL is known to belong to its file: another at each start, never 0.
fn run_mark(entropy: &dyn Entropy) -> u32 {
    let mut mark = [0; 4];
    entropy.fill(&mut mark);
    u32::from_le_bytes(mark) | 1
}

/// An operation takes its answer's sender with it and answers in any case, so this is never seen.
fn unanswered() -> StoreError {
    StoreError::Unknown("no answer came".to_owned())
}

/// Opens any data file of this version for looking, in use or not: no lock is taken, nothing is made or written beside a
/// file at rest, and the data file itself is never touched. `look` may run more than once.
///
/// # Errors
/// [`FileError`] when it is missing or not a boxoffice file of this version.
pub fn inspect<T, E: From<StoreError>>(
    path: &Path,
    mut look: impl FnMut(&Tx) -> Result<T, E>,
) -> Result<Result<T, E>, FileError> {
    file::look_from_outside(path, |connection| Ok(readers::look(connection, &mut look)))
}

/// True when [`inspect`] and [`backup`] leave out the WAL beside this file, because it belongs to another file: a copy was
/// put in the place of one that was in use.
pub fn has_strange_wal(path: &Path) -> bool {
    file::has_strange_wal(path)
}
