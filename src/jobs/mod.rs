//! What happens without a request: named tasks (the scheduler), each in a loop of its own, so that none waits for
//! another; and their supervisor, because what nobody watches dies unseen.
//!
//! No law rests on them: what has expired is dead at its instant, because every operation looks at the time itself. They let
//! the next buyer in, tell those who watch, and forget what is over, without waiting for a request to come by.

mod backup_files;
mod backups;
mod checkouts;
mod due;
mod file;
mod folds;
mod idle;
mod mails;
mod presence;
mod refunds;
mod tidy;
mod verification;
mod watchdog;
mod webhooks;

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

pub use backup_files::{BackupFile, Worth};
pub use backups::{Backups, Status as BackupStatus, back_up_if_due, list_backups};
pub use due::run_due;
pub use folds::{Looked, fold_entries};
pub use presence::report_heard;
pub use tidy::{retire_queues, sweep_answers, sweep_desk_sessions, sweep_sessions, sweep_told};
pub use verification::{
    Running, Verification, VerificationAsked, VerificationStatus, Verified, log_has_grown, verify_living,
};

use crate::office::Office;
use crate::standing::Role;

/// The jobs of an open box office. They end with this.
pub struct Jobs {
    supervisor: JoinHandle<()>,
    /// Held open as long as they shall run.
    running: oneshot::Sender<()>,
}

impl Jobs {
    /// Starts them all.
    pub fn start(office: &Arc<Office>) -> Self {
        let mut jobs = JoinSet::new();
        let mut start = |name: &'static str, job: BoxedJob| {
            jobs.spawn(async move {
                job.await;
                name
            });
        };
        // On every node: what memory and the machine need.
        start("clock", Box::pin(due::watch_clock(office.clone())));
        start("sales", Box::pin(due::sales(office.clone())));
        start("maps", Box::pin(tidy::maps(office.clone())));
        start("limits", Box::pin(tidy::limits(office.clone())));
        start("file", Box::pin(file::watch(office.clone())));
        start("orders", Box::pin(due::orders(office.clone())));
        start("presence", Box::pin(presence::run(office.clone())));
        start("watchdog", Box::pin(watchdog::run(office.clone())));
        // Where the venue is led: what changes something, or speaks for the venue.
        let mut start = |name: &'static str, job: BoxedJob| {
            let roles = office.store.standing().roles();
            start(name, Box::pin(once_it_leads(roles, job)));
        };
        start("queues", Box::pin(due::queues(office.clone())));
        start("draws", Box::pin(due::draws(office.clone())));
        start("holds", Box::pin(due::holds(office.clone())));
        start("offers", Box::pin(due::offers(office.clone())));
        start("sessions", Box::pin(tidy::sessions(office.clone())));
        start("answers", Box::pin(tidy::answers(office.clone())));
        start("refunds", Box::pin(refunds::refunds(office.clone())));
        start("checkouts", Box::pin(checkouts::checkouts(office.clone())));
        start("mails", Box::pin(mails::mails(office.clone())));
        start("webhooks", Box::pin(webhooks::webhooks(office.clone())));
        start("over", Box::pin(tidy::queues(office.clone())));
        start("folds", Box::pin(folds::run(office.clone())));
        start("backups", Box::pin(backups::run(office.clone())));
        start("verification", Box::pin(verification::run(office.clone())));
        let (running, stop) = oneshot::channel();
        Self { supervisor: tokio::spawn(supervise(office.clone(), jobs, stop)), running }
    }

    /// Stops them all and waits until none holds the box office any more.
    pub async fn stop(self) {
        drop(self.running);
        let _ = self.supervisor.await;
    }
}

/// A node that leads does so until it ends.
async fn once_it_leads(mut roles: watch::Receiver<Role>, job: BoxedJob) {
    if roles.wait_for(|role| *role == Role::Leading).await.is_ok() {
        job.await;
    }
}

type BoxedJob = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Jobs never end by themselves. One that did, or that panicked, would leave a box office that lets nobody in or never
/// forgets: it ends the process in order instead, and the next start goes on where it was.
async fn supervise(office: Arc<Office>, mut jobs: JoinSet<&'static str>, mut stop: oneshot::Receiver<()>) {
    loop {
        let ended = tokio::select! {
            _ = &mut stop => break,
            Some(ended) = jobs.join_next() => ended,
            else => break,
        };
        match ended {
            Ok(job) => tracing::error!(job, "a job ended; the box office stops"),
            Err(error) => tracing::error!(%error, "a job died; the box office stops"),
        }
        office.broken.send_replace(true);
    }
    jobs.shutdown().await;
}
