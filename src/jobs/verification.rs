//! The job that verifies the living file: every so often, and when the desk asks for it.
//!
//! It must not cost the sale anything that matters: it looks on a connection of its own, from a thread of the lowest priority,
//! part by part, so that neither the writer nor a reader ever waits for it. What it finds stands in memory until the next
//! time; it changes nothing.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use crate::clock::Instant;
use crate::jobs::idle;
use crate::office::Office;
use crate::picture::{Memory, Plain};
use crate::store::{FileError, Inspector, Interrupt, StoreError};
use crate::verify::{self, Breach};

/// Sleep no longer while something is due: the time of day may be set.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// The first one comes so soon after a start, if the next is not due before.
const FIRST: Duration = Duration::from_secs(3600);
/// What takes longer is given up: some part of the file is too large to be looked at beside a sale.
const LONGEST: Duration = Duration::from_secs(3600);
/// How often the log's size is looked at meanwhile.
const LOOK_AT_LOG_EVERY: Duration = Duration::from_secs(1);
/// So many breaches are kept; all are counted.
const KEPT: usize = 50;

/// The desk asked for a verification.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct VerificationAsked;

impl Plain for VerificationAsked {
    const NAME: &'static str = "verification";
}

/// How the verifications of the living file stand.
#[derive(Default)]
pub struct Verification {
    status: Mutex<VerificationStatus>,
    asked: Notify,
    /// One at a time.
    alone: tokio::sync::Mutex<()>,
}

/// How they stand.
#[derive(Clone, Debug, Default)]
pub struct VerificationStatus {
    /// The one that goes on.
    pub running: Option<Running>,
    /// What the last one found; none since the start.
    pub last: Option<Verified>,
    /// When the next is due by itself, by the time of day; never where the operator wants none.
    pub due: Option<Instant>,
}

/// One that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Since when, by the time of day.
    pub since: Instant,
    /// Parts that were looked at.
    pub done: usize,
    /// Parts in all; 0 until that is known.
    pub parts: usize,
}

/// What one found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// When it began, by the time of day.
    pub began_at: Instant,
    /// When it ended.
    pub ended_at: Instant,
    /// How many breaches there are; of one kind only so many are counted.
    pub breach_count: usize,
    /// The first of them.
    pub breaches: Vec<Breach>,
    /// Why it could not look at everything.
    pub problem: Option<String>,
}

impl Verified {
    /// All was looked at, and nothing breaks a law.
    pub fn is_sound(&self) -> bool {
        self.breach_count == 0 && self.problem.is_none()
    }
}

impl Verification {
    /// How they stand.
    pub fn status(&self) -> VerificationStatus {
        self.status.lock().clone()
    }

    /// How many breaches the last one found.
    pub fn breach_count(&self) -> usize {
        self.status.lock().last.as_ref().map_or(0, |last| last.breach_count)
    }

    fn progress(&self, done: usize, parts: usize) {
        if let Some(running) = &mut self.status.lock().running {
            (running.done, running.parts) = (done, parts);
        }
    }
}

impl Memory<VerificationAsked> for Verification {
    fn apply(&self, _: &[&VerificationAsked], _: Instant) {
        self.asked.notify_one();
    }
}

/// Runs until it is dropped.
pub(super) async fn run(office: Arc<Office>) {
    let verification = office.part::<Verification>().clone();
    let every = office.config.verify_every.0;
    let mut due = every.map(|every| office.wall().after(every.min(FIRST)));
    loop {
        verification.status.lock().due = due;
        let wait = due.map_or(LONGEST_SLEEP, |due| office.wall().until(due).min(LONGEST_SLEEP));
        tokio::select! {
            () = verification.asked.notified() => {}
            () = tokio::time::sleep(wait), if due.is_some() => {
                if due.is_some_and(|due| office.wall() < due) {
                    continue;
                }
            }
        }
        verify_living(&office).await;
        due = every.map(|every| office.wall().after(every));
    }
}

/// Ends the look when nobody waits for it any more.
struct EndsLook(Interrupt);

impl Drop for EndsLook {
    fn drop(&mut self) {
        self.0.now();
    }
}

/// Verifies the living file now, and keeps what was found.
pub async fn verify_living(office: &Arc<Office>) -> Verified {
    let verification = office.part::<Verification>().clone();
    let _alone = verification.alone.lock().await;
    let began_at = office.wall();
    verification.status.lock().running = Some(Running { since: began_at, done: 0, parts: 0 });
    let (breaches, problem) = match walk(office, &verification).await {
        Ok(breaches) => (breaches, None),
        Err((breaches, problem)) => (breaches, Some(problem)),
    };
    let (breach_count, ended_at) = (breaches.len(), office.wall());
    let breaches = breaches.into_iter().take(KEPT).collect();
    let verified = Verified { began_at, ended_at, breach_count, breaches, problem };
    match &verified {
        Verified { problem: Some(problem), .. } => {
            tracing::error!(problem, breach_count, "the file was not verified whole")
        }
        Verified { breaches, .. } => match breaches.first() {
            Some(first) => tracing::error!(breach_count, law = first.law, what = first.what, "the file breaks a law"),
            None => tracing::info!("the file was verified: it is sound"),
        },
    }
    let mut status = verification.status.lock();
    (status.running, status.last) = (None, Some(verified.clone()));
    verified
}

type Walked = Result<Vec<Breach>, (Vec<Breach>, String)>;

async fn walk(office: &Office, verification: &Arc<Verification>) -> Walked {
    let none = |problem: String| (Vec::new(), problem);
    let inspector = office.store.inspector().map_err(|error: FileError| none(error.to_string()))?;
    let ends = EndsLook(inspector.interrupt());
    let (done, mut walked) = oneshot::channel();
    let told = verification.clone();
    idle::spawn("verify", move || drop(done.send(walk_here(&inspector, &told))))
        .map_err(|error| none(error.to_string()))?;
    let given_up = tokio::select! {
        walked = &mut walked => {
            return walked.unwrap_or_else(|_| Err(none("the thread that looks at it ended".to_owned())));
        }
        () = tokio::time::sleep(LONGEST) => format!("it took longer than {} minutes", LONGEST.as_secs() / 60),
        () = log_has_grown(office) => "the file's log grew too large meanwhile; it is looked at again".to_owned(),
    };
    drop(ends);
    let (breaches, _) = walked.await.ok().and_then(Result::err).unwrap_or_default();
    Err((breaches, given_up))
}

/// Resolves once the data file's log is larger by [`log_bytes`](crate::config::Limits::log_bytes) than it was when asked: whoever looks at
/// an old state keeps it from being emptied, and where the machine is busy a thread of the lowest priority looks for long.
pub async fn log_has_grown(office: &Office) {
    let [_, was] = office.store.file_bytes();
    let mut every = tokio::time::interval(LOOK_AT_LOG_EVERY);
    loop {
        every.tick().await;
        if office.store.file_bytes()[1] > was.saturating_add(office.limits.log_bytes) {
            return;
        }
    }
}

fn walk_here(inspector: &Inspector, told: &Verification) -> Walked {
    let steps = inspector.look(verify::steps).map_err(|error| (Vec::new(), error.to_string()))?;
    let mut found = Vec::new();
    for (done, step) in steps.iter().enumerate() {
        told.progress(done, steps.len());
        match inspector.look(|tx| step.check(tx)) {
            Ok(breaches) => found.extend(breaches),
            Err(error) => return Err((found, StoreError::to_string(&error))),
        }
    }
    told.progress(steps.len(), steps.len());
    Ok(found)
}
