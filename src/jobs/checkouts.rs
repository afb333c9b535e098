//! The job that asks after checkouts whose buyers did not come back and whose providers told nothing, and that gives money
//! back through providers.

use std::sync::Arc;
use std::time::Duration;

use crate::checkout;
use crate::office::Office;

/// How often it looks at least whether one is due; opening one wakes nobody.
const EVERY: Duration = Duration::from_secs(5);

/// Asks after all that are due. Gives whether there were any.
pub(super) async fn sweep_due(office: &Arc<Office>) -> bool {
    let (swept, carried) = (checkout::sweep(office).await, checkout::carry_back(office).await);
    match (swept, carried) {
        (Ok(swept), Ok(carried)) => swept || carried,
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "checkouts are asked after later");
            false
        }
    }
}

/// Runs until it is dropped.
pub(super) async fn checkouts(office: Arc<Office>) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        sweep_due(&office).await;
    }
}
