//! The one writer thread: takes what waits, lets it run and commit as one [group](super::group), publishes its facts,
//! then answers. `store`'s page says why there is one.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::clock::Clock;
use crate::config::Limits;
use crate::entropy::Entropy;
use crate::store::group::{Groups, Job, Outcome};
use crate::store::pace::Pace;
use crate::store::{Publish, SharedTerms, StoreError, Tx};

/// How many pages the WAL may hold before a commit copies them back into the file (SQLite's own checkpoint, on this
/// thread: a background one let the WAL grow without end, because it never found a quiet moment). Larger ones give the
/// same throughput and a worse p99, because that commit's buyers wait for the copying (docs/speed.md).
const AUTOCHECKPOINT_PAGES: i32 = 500;

struct Operation<T, E, F> {
    operation: F,
    result: Option<Result<T, E>>,
    answer_to: oneshot::Sender<Result<T, E>>,
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
    run_again: Arc<AtomicU64>,
}

/// What the writer thread needs to begin.
pub(super) struct Start {
    connection: Connection,
    jobs: mpsc::Receiver<Box<dyn Job>>,
    pace: Pace,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    terms: SharedTerms,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    failed: watch::Sender<bool>,
    run_again: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        limits: &Limits,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        terms: SharedTerms,
    ) -> (Self, Start) {
        let (sender, jobs) = mpsc::channel(limits.writer_queue);
        let thread = Arc::new(Mutex::new(None));
        let failed = watch::channel(false).0;
        let run_again = Arc::<AtomicU64>::default();
        let writer = Self {
            sender: sender.downgrade(),
            jobs: Mutex::new(Some(sender)),
            thread: thread.clone(),
            failed: failed.clone(),
            run_again: run_again.clone(),
        };
        (writer, Start { connection, jobs, pace: Pace::new(limits), clock, entropy, terms, thread, failed, run_again })
    }

    pub(super) fn submit<T, E, F>(&self, operation: F) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&Tx) -> Result<T, E> + Send + 'static,
    {
        let sender = self.sender.upgrade().ok_or(StoreError::Stopped)?;
        let (answer_to, answer) = oneshot::channel();
        let job = Box::new(Operation { operation, result: None, answer_to });
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

    pub(super) fn groups_run_again(&self) -> u64 {
        self.run_again.load(Ordering::Relaxed)
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

    fn serve(self, mut publish: Publish) {
        let Self { connection, mut jobs, pace, clock, entropy, terms, failed, run_again, .. } = self;
        if let Err(error) = connection.pragma_update(None, "wal_autocheckpoint", AUTOCHECKPOINT_PAGES) {
            tracing::error!(%error, "cannot set the checkpoint size");
        }
        let groups = Groups::on(&connection, clock.clone(), entropy, terms, pace, run_again);
        let mut groups = match groups {
            Ok(groups) => groups,
            Err(error) => {
                tracing::error!(%error, "the writer cannot read the data file");
                failed.send_replace(true);
                return;
            }
        };
        let mut group = Vec::new();
        while let Some(first) = jobs.blocking_recv() {
            group.push(first);
            while group.len() < groups.most()
                && let Ok(job) = jobs.try_recv()
            {
                group.push(job);
            }
            let lost = match groups.commit(&mut group) {
                Outcome::Committed(facts) => {
                    if !facts.is_empty() {
                        publish(facts, clock.now());
                    }
                    None
                }
                Outcome::RolledBack(error) => Some(error),
                Outcome::Unknown(error) => {
                    failed.send_replace(true);
                    Some(error)
                }
            };
            if let Some(error) = lost {
                tracing::error!(%error, "a group of changes was rolled back");
                group.iter_mut().for_each(|job| job.fail(StoreError::BatchLost(error.to_string())));
            }
            group.drain(..).for_each(Job::answer);
            if *failed.borrow() {
                tracing::error!("the store stops: nothing can be acknowledged after a failed commit");
                return;
            }
        }
        drop(groups);
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the last checkpoint failed; the next start will do it");
        }
    }
}
