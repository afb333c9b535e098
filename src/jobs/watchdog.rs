//! The job that tells a service manager that the box office lives: systemd's watchdog (`sd_notify(3)`), where it is on.

use std::sync::Arc;

use sd_notify::NotifyState;

use crate::office::Office;
use crate::store::StoreError;

/// Runs until it is dropped. It speaks only after the writer has answered: a process that only looks alive is started anew.
pub(super) async fn run(office: Arc<Office>) {
    let Some(patience) = sd_notify::watchdog_enabled() else { return std::future::pending().await };
    let mut twice_in_that_time = tokio::time::interval(patience / 2);
    loop {
        twice_in_that_time.tick().await;
        match office.store.write(|_| Ok::<_, StoreError>(())).await {
            // Its writer takes no changes; if it cannot go on, the process ends by itself.
            Err(StoreError::Follows) if !office.has_failed() => drop(sd_notify::notify(&[NotifyState::Watchdog])),
            // There is nobody to tell when nobody can be told.
            Ok(()) => drop(sd_notify::notify(&[NotifyState::Watchdog])),
            Err(error) => tracing::warn!(%error, "the writer did not answer the watchdog"),
        }
    }
}
