//! The one writer thread: group commit with a savepoint per operation. `store`'s page says why there is one.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::clock::Clock;
use crate::config::Limits;
use crate::entropy::Entropy;
use crate::events::Event;
use crate::store::{Publish, StoreError, Tx};

/// How many pages the WAL may hold before a commit copies them back into the file (SQLite's own checkpoint, on this
/// thread: a background one let the WAL grow without end, because it never found a quiet moment). Larger ones give the
/// same throughput and a worse p99, because that commit's buyers wait for the copying (docs/speed.md).
const AUTOCHECKPOINT_PAGES: i32 = 1000;

/// An operation on its way through the writer.
trait Job: Send {
    /// Runs it. True when its changes shall stand.
    fn run(&mut self, tx: &Tx) -> bool;
    /// Replaces its result by a failure of the store.
    fn fail(&mut self, failure: StoreError);
    /// Sends the result to whoever waits.
    fn answer(self: Box<Self>);
}

struct Operation<T, E, F> {
    operation: Option<F>,
    result: Option<Result<T, E>>,
    answer_to: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Operation<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnOnce(&Tx) -> Result<T, E> + Send,
{
    fn run(&mut self, tx: &Tx) -> bool {
        let Some(operation) = self.operation.take() else { return false };
        let result = catch_unwind(AssertUnwindSafe(|| operation(tx))).unwrap_or_else(|panic| {
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

    fn answer(self: Box<Self>) {
        if let Some(result) = self.result {
            // Whoever asked may have gone; the change stands all the same.
            let _ = self.answer_to.send(result);
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
    jobs: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    sender: mpsc::WeakSender<Box<dyn Job>>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    failed: watch::Sender<bool>,
}

/// What the writer thread needs to begin.
pub(super) struct Start {
    connection: Connection,
    jobs: mpsc::Receiver<Box<dyn Job>>,
    group: usize,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    failed: watch::Sender<bool>,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        limits: &Limits,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> (Self, Start) {
        let (sender, jobs) = mpsc::channel(limits.writer_queue);
        let thread = Arc::new(Mutex::new(None));
        let failed = watch::channel(false).0;
        let writer = Self {
            sender: sender.downgrade(),
            jobs: Mutex::new(Some(sender)),
            thread: thread.clone(),
            failed: failed.clone(),
        };
        (writer, Start { connection, jobs, group: limits.group_commit, clock, entropy, thread, failed })
    }

    pub(super) fn submit<T, E, F>(&self, operation: F) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx) -> Result<T, E> + Send + 'static,
    {
        let sender = self.sender.upgrade().ok_or(StoreError::Stopped)?;
        let (answer_to, answer) = oneshot::channel();
        let job = Box::new(Operation { operation: Some(operation), result: None, answer_to });
        match sender.try_send(job) {
            Ok(()) => Ok(answer),
            Err(mpsc::error::TrySendError::Full(_)) => Err(StoreError::Overloaded),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(StoreError::Stopped),
        }
    }

    pub(super) fn stop(&self) {
        drop(self.jobs.lock().take());
        if let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the writer thread panicked");
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        *self.failed.borrow()
    }

    pub(super) async fn failed(&self) {
        let _ = self.failed.subscribe().wait_for(|failed| *failed).await;
    }
}

impl Start {
    pub(super) fn spawn(self, publish: Publish) {
        let slot = self.thread.clone();
        let thread = std::thread::Builder::new().name("writer".into()).spawn(move || self.serve(publish));
        match thread {
            Ok(handle) => *slot.lock() = Some(handle),
            Err(error) => tracing::error!(%error, "the writer thread cannot be started"),
        }
    }

    fn serve(mut self, mut publish: Publish) {
        if let Err(error) = self.connection.pragma_update(None, "wal_autocheckpoint", AUTOCHECKPOINT_PAGES) {
            tracing::error!(%error, "cannot set the checkpoint size");
        }
        let mut group = Vec::with_capacity(self.group);
        while let Some(first) = self.jobs.blocking_recv() {
            group.push(first);
            while group.len() < self.group
                && let Ok(job) = self.jobs.try_recv()
            {
                group.push(job);
            }
            let events = self.commit(&mut group);
            if !events.is_empty() {
                publish(events, self.clock.now());
            }
            for job in group.drain(..) {
                job.answer();
            }
            if *self.failed.borrow() {
                tracing::error!("the store stops: nothing can be acknowledged after a failed commit");
                return;
            }
        }
        if let Err(error) = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the last checkpoint failed; the next start will do it");
        }
    }

    /// Runs the group inside one transaction. Gives the events of what stands.
    fn commit(&self, group: &mut [Box<dyn Job>]) -> Vec<Event> {
        let mut events = Vec::new();
        match self.run_group(group, &mut events) {
            Ok(()) => match execute(&self.connection, "COMMIT") {
                Ok(()) => return events,
                Err(error) => {
                    // After an I/O error in COMMIT nobody knows what reached the disk: neither success nor a retry
                    // would be honest. The next start recovers what was synced.
                    self.failed.send_replace(true);
                    self.lose(group, &error);
                }
            },
            Err(error) => self.lose(group, &error),
        }
        Vec::new()
    }

    fn run_group(&self, group: &mut [Box<dyn Job>], events: &mut Vec<Event>) -> rusqlite::Result<()> {
        execute(&self.connection, "BEGIN IMMEDIATE")?;
        for job in group {
            execute(&self.connection, "SAVEPOINT operation")?;
            let tx = Tx::new(&self.connection, self.clock.now(), self.entropy.as_ref());
            if job.run(&tx) {
                events.append(&mut tx.into_events());
            } else {
                // A full disk or an I/O error may have ended the whole transaction, not only the savepoint.
                if self.connection.is_autocommit() {
                    return Err(rusqlite::Error::ExecuteReturnedResults);
                }
                execute(&self.connection, "ROLLBACK TO operation")?;
            }
            execute(&self.connection, "RELEASE operation")?;
        }
        Ok(())
    }

    fn lose(&self, group: &mut [Box<dyn Job>], error: &rusqlite::Error) {
        tracing::error!(%error, "a group of changes was rolled back");
        if !self.connection.is_autocommit() {
            let _ = execute(&self.connection, "ROLLBACK");
        }
        for job in group {
            job.fail(StoreError::BatchLost(error.to_string()));
        }
    }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
