//! What happens without a request: the task that sleeps until something is due and then does it.
//!
//! No law rests on it: what has expired is dead at its instant, because every operation looks at the time itself. It
//! only lets the next buyer in, and tells those who watch, without waiting for a request to come by.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;

/// Sleep no longer while something is due, in case the machine's clock was set.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// How often what is over is forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Runs until it is dropped.
pub async fn run(app: Arc<App>) {
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    loop {
        let sleep = app.live.next_due().map(|at| {
            let ms = u64::try_from(at.0 - app.now().0).unwrap_or(0);
            Duration::from_millis(ms).min(LONGEST_SLEEP)
        });
        tokio::select! {
            () = app.live.woken() => {}
            () = nap(sleep) => {}
            _ = sweep.tick() => {
                if let Err(error) = app.sweep().await {
                    tracing::warn!(%error, "old sessions and answers stay until the next sweep");
                }
            }
        }
        while app.run_due().await {}
    }
}

async fn nap(sleep: Option<Duration>) {
    match sleep {
        Some(sleep) => tokio::time::sleep(sleep).await,
        None => std::future::pending().await,
    }
}
