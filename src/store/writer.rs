//! The one writer thread: takes what waits, lets it run and commit as one [group](super::group), publishes its facts,
//! then answers. `store`'s page says why there is one.
//!
//! The box office cannot live without this thread. However it ends, but for an orderly stop, `failed` says so, and whoever
//! waits is told as much as is known: an operation that never ran changed nothing; of one that ran, and whose commit was
//! not seen to succeed, nobody knows.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::{oneshot, watch};

use crate::clock::Clock;
use crate::config::Limits;
use crate::priority;
use crate::standing::{Role, Standing};
use crate::store::around::Around;
use crate::store::book::{Book, Follower};
use crate::store::figures::Figures;
use crate::store::following::{self, End};
use crate::store::group::{Groups, Job, Outcome};
use crate::store::hearer::Hearer;
use crate::store::lanes::{Lane, Lanes, WriterEnd};
use crate::store::pace::Pace;
use crate::store::place::Place;
use crate::store::{StoreError, Tx};

/// How many pages the WAL may hold before a commit copies them back into the file (SQLite's own checkpoint, on this
/// thread: a background one let the WAL grow without end, because it never found a quiet moment). Larger ones give the
/// same throughput and a worse p99, because that commit's buyers wait for the copying (docs/speed.md).
const AUTOCHECKPOINT_PAGES: i32 = 500;

struct Operation<T, E: From<StoreError>, F> {
    operation: F,
    /// Of its last run.
    result: Option<Result<T, E>>,
    /// None once it is answered.
    answer_to: Option<oneshot::Sender<Result<T, E>>>,
}

/// Dropped without an answer: the thread that had it is dying, or will never take it.
impl<T, E: From<StoreError>, F> Drop for Operation<T, E, F> {
    fn drop(&mut self) {
        let failure = match self.result {
            None => StoreError::Stopped,
            Some(_) => StoreError::Unknown("the writer ended before it could answer".to_owned()),
        };
        if let Some(answer_to) = self.answer_to.take() {
            let _ = answer_to.send(Err(failure.into()));
        }
    }
}

impl<T, E, F> Job for Operation<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: Fn(&Tx) -> Result<T, E> + Send,
{
    fn run(&mut self, tx: &Tx) -> bool {
        let result = catch_unwind(AssertUnwindSafe(|| (self.operation)(tx))).unwrap_or_else(|panic| {
            tracing::error!(panic = panic_text(panic.as_ref()), "an operation panicked");
            Err(StoreError::Panicked.into())
        });
        let stands = result.is_ok();
        self.result = Some(result);
        stands
    }

    fn fail(&mut self, failure: StoreError) {
        self.result = Some(Err(failure.into()));
    }

    fn answer(mut self: Box<Self>) {
        if let (Some(result), Some(answer_to)) = (self.result.take(), self.answer_to.take()) {
            // Whoever asked may have gone; the change stands all the same.
            let _ = answer_to.send(result);
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// The handle that everyone else has of the writer thread.
pub(super) struct Writer {
    lanes: Arc<Lanes>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    standing: Arc<Standing>,
    /// Tells a thread that follows; one that leads hears of its lanes.
    stopping: watch::Sender<bool>,
    failed: watch::Sender<bool>,
    figures: Arc<Figures>,
}

/// What the writer is beside its file.
pub(super) enum Node {
    /// There is no other.
    Alone,
    /// It puts every commit into a book first.
    Leads(Box<Book>),
    /// It commits what another put there.
    Follows(Box<Follower>),
}

/// What the writer thread needs to begin.
pub(super) struct Start {
    connection: Connection,
    node: Node,
    standing: Arc<Standing>,
    stop: watch::Receiver<bool>,
    lanes: Arc<Lanes>,
    limits: Limits,
    around: Around,
    file: Arc<Place>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    failed: watch::Sender<bool>,
    figures: Arc<Figures>,
}

impl Writer {
    /// A book comes with the word that its lead, or its feed, was lost: a failure like any other.
    pub(super) fn new(
        (connection, node, failed): (Connection, Node, watch::Sender<bool>),
        limits: &Limits,
        around: Around,
        (file, standing): (Arc<Place>, Arc<Standing>),
    ) -> (Self, Start) {
        let lanes = Lanes::new(limits);
        let thread = Arc::new(Mutex::new(None));
        let figures = Arc::<Figures>::default();
        let (stopping, stop) = watch::channel(false);
        let writer = Self {
            lanes: lanes.clone(),
            thread: thread.clone(),
            standing: standing.clone(),
            stopping,
            failed: failed.clone(),
            figures: figures.clone(),
        };
        let limits = limits.clone();
        (writer, Start { connection, node, standing, stop, lanes, limits, around, file, thread, failed, figures })
    }

    pub(super) fn submit<T, E, F>(
        &self,
        lane: Lane,
        operation: F,
    ) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&Tx) -> Result<T, E> + Send + 'static,
    {
        if !self.standing.leads() {
            return Err(StoreError::Follows);
        }
        let (answer_to, answer) = oneshot::channel();
        self.lanes.push(lane, Box::new(Operation { operation, result: None, answer_to: Some(answer_to) }))?;
        Ok(answer)
    }

    pub(super) fn stop(&self) {
        self.lanes.close();
        self.stopping.send_replace(true);
        let thread = self.thread.lock().take();
        // An operation may have been the last to have the store; its thread cannot wait for itself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id())
            && thread.join().is_err()
        {
            tracing::error!("the writer thread panicked");
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        *self.failed.borrow()
    }

    pub(super) fn figures(&self) -> &Figures {
        &self.figures
    }

    /// How many wait inside and outside.
    pub(super) fn waiting(&self) -> [usize; 2] {
        self.lanes.waiting()
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.lanes.is_closed()
    }

    /// Says that the store has failed for a reason outside the writer. What is under way may still end.
    pub(super) fn fail(&self) {
        self.failed.send_replace(true);
    }

    /// How many more operations may wait inside and outside.
    pub(super) fn free_places(&self) -> [usize; 2] {
        self.lanes.free_places()
    }

    pub(super) async fn failed(&self) {
        let _ = self.failed.subscribe().wait_for(|failed| *failed).await;
    }
}

impl Start {
    pub(super) fn spawn(self, hearer: Box<dyn Hearer>) {
        let (slot, failed) = (self.thread.clone(), self.failed.clone());
        let thread = std::thread::Builder::new().name("writer".into()).spawn(move || self.serve(hearer));
        match thread {
            Ok(handle) => *slot.lock() = Some(handle),
            Err(error) => {
                failed.send_replace(true);
                tracing::error!(%error, "the writer thread cannot be started");
            }
        }
    }

    fn serve(mut self, mut hearer: Box<dyn Hearer>) {
        let lanes = WriterEnd(self.lanes.clone());
        // Everybody waits for this thread, and it for a core after every sync (docs/speed.md).
        let is_first = priority::raise();
        tracing::debug!(is_first, "the writer begins");
        // Armed until the end: whatever ends this thread otherwise has failed.
        let alarm = Alarm { failed: self.failed.clone() };
        if let Err(error) = self.connection.pragma_update(None, "wal_autocheckpoint", AUTOCHECKPOINT_PAGES) {
            tracing::error!(%error, "cannot set the checkpoint size");
        }
        // While somebody reads an old state for long, the log only grows; afterwards it need not stay so large.
        let kept = i64::try_from(self.limits.log_bytes).unwrap_or(i64::MAX);
        if let Err(error) = self.connection.pragma_update(None, "journal_size_limit", kept) {
            tracing::error!(%error, "the log keeps the size that it once had");
        }
        let book = match std::mem::replace(&mut self.node, Node::Alone) {
            Node::Alone => Ok(None),
            Node::Leads(book) => Ok(Some(*book)),
            Node::Follows(follower) => self.follow(*follower, hearer.as_mut()),
        };
        let ended = match book {
            Ok(book) => self.lead(book, &lanes.0, hearer.as_mut()),
            Err(end) => matches!(end, End::Stopped),
        };
        if !ended {
            return;
        }
        if self.file.is_overwritten() {
            // What is in the WAL belongs to the content that is gone.
            keep_wal(&self.connection);
            return;
        }
        let in_order = !*self.failed.borrow();
        if let Err(error) = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the last checkpoint failed; the next start will do it");
        }
        if in_order {
            alarm.disarm();
        }
    }

    /// Follows until this node leads: gives the book. Otherwise how it ended.
    fn follow(&self, follower: Follower, hearer: &mut dyn Hearer) -> Result<Option<Book>, End> {
        let around = (&self.around, self.standing.as_ref());
        match following::follow(&self.connection, follower, around, hearer, self.stop.clone()) {
            End::Leads(book) => Ok(Some(*book)),
            end => {
                if let End::Lost(why) = &end {
                    tracing::error!(
                        "this copy of the book cannot be followed any further, it is to be loaded anew: {why}"
                    );
                }
                Err(end)
            }
        }
    }

    /// Runs what waits, group by group, until nothing more is taken in or may be acknowledged. False when data file and WAL are
    /// to stay as they are.
    fn lead(&self, book: Option<Book>, lanes: &Lanes, hearer: &mut dyn Hearer) -> bool {
        let has_book = book.is_some();
        let (pace, figures) = (Pace::new(&self.limits), self.figures.clone());
        let groups = Groups::on(&self.connection, self.around.clone(), self.file.clone(), pace, figures, book);
        let mut groups = match groups {
            Ok(groups) => groups,
            Err(error) => {
                tracing::error!(%error, "the writer cannot read the data file");
                return false;
            }
        };
        if has_book {
            groups.tell(&self.standing);
            self.standing.set_role(Role::Leading);
        }
        let mut group = Vec::new();
        while lanes.take(&mut group, groups.most()) {
            if has_book {
                self.standing.begin_group();
            }
            let committed = groups.commit(&mut group, hearer);
            let next = conclude(committed, &mut group, hearer, self.around.clock.as_ref());
            if next != Next::GoOn {
                // Before the answers leave: whoever has one shall find the store failed, not silent.
                self.failed.send_replace(true);
            }
            if has_book {
                groups.tell(&self.standing);
                self.standing.end_group();
            }
            group.drain(..).for_each(Job::answer);
            if next != Next::GoOn {
                tracing::error!("the store stops: nothing more can be acknowledged");
                if next == Next::StopAsItIs || !self.file.has_wal() {
                    keep_wal(&self.connection);
                    return false;
                }
                return true;
            }
        }
        true
    }
}

/// How the writer goes on after a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    /// Copies the WAL into the data file and ends.
    Stop,
    /// Ends and leaves data file and WAL as they are.
    StopAsItIs,
}

/// Publishes what was committed, or gives the group's operations their failure.
fn conclude(outcome: Outcome, group: &mut [Box<dyn Job>], hearer: &mut dyn Hearer, clock: &dyn Clock) -> Next {
    let mut lose = |failure: &dyn Fn() -> StoreError| group.iter_mut().for_each(|job| job.fail(failure()));
    match outcome {
        Outcome::Committed(facts) if facts.is_empty() => Next::GoOn,
        Outcome::Committed(facts) => {
            // It is on disk, so its answers are true whatever becomes of memory's picture of it.
            let published = catch_unwind(AssertUnwindSafe(|| hearer.publish(facts, clock.now())));
            let Err(panic) = published else { return Next::GoOn };
            tracing::error!(panic = panic_text(panic.as_ref()), "memory could not follow a commit");
            Next::Stop
        }
        Outcome::RolledBack(error) => {
            tracing::error!(%error, "a group of changes was rolled back");
            lose(&|| StoreError::RolledBack(error.clone()));
            Next::GoOn
        }
        Outcome::Away(why) => {
            tracing::error!("nothing can be committed: {why}");
            lose(&|| StoreError::Away);
            Next::GoOn
        }
        Outcome::Unknown(error) => {
            tracing::error!(%error, "a commit failed: nobody knows whether its changes stand before the next start");
            lose(&|| StoreError::Unknown(error.clone()));
            Next::StopAsItIs
        }
        Outcome::Fenced(why) => {
            tracing::error!("this box office leads no longer: {why}");
            lose(&|| StoreError::Stopped);
            Next::Stop
        }
        Outcome::FileLost => {
            tracing::error!("the data file was moved, removed, replaced or overwritten under the running box office");
            lose(&|| StoreError::Stopped);
            Next::Stop
        }
    }
}

/// After a failed commit the WAL is evidence: closing the connection must not copy it into the file, nor empty it.
fn keep_wal(connection: &Connection) {
    let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
}

/// Says that the writer has failed, unless it is disarmed: a panic comes by here too.
struct Alarm {
    failed: watch::Sender<bool>,
}

impl Alarm {
    fn disarm(self) {
        std::mem::forget(self);
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.failed.send_replace(true);
    }
}
