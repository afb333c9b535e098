//! The job that refunds the tickets of cancelled performances: a few at each commit, so that others' changes go between. How
//! far it has come stands in the data file; it goes on from there after a crash.

use std::sync::Arc;
use std::time::Duration;

use crate::office::Office;
use crate::refund::{Cancellations, cancellation};

/// After a failure it is tried again so soon.
const RETRY: Duration = Duration::from_secs(5);

/// Refunds all that is to be refunded. Gives whether there was anything, or nothing where it could not go on.
pub(super) async fn refund_due(office: &Arc<Office>) -> Option<bool> {
    let mut any = false;
    loop {
        // Asked of a reader first: nothing is written while there is nothing to do.
        let step = match office.store.read(cancellation::next_step).await {
            Ok(Some(step)) => step,
            Ok(None) => return Some(any),
            Err(error) => {
                tracing::warn!(%error, "refunds of a cancelled performance wait");
                return None;
            }
        };
        if let Err(error) = office.store.write(move |tx| cancellation::go_on(tx, step)).await {
            tracing::warn!(%error, "refunds of a cancelled performance wait");
            return None;
        }
        any = true;
    }
}

/// Runs until it is dropped.
pub(super) async fn refunds(office: Arc<Office>) {
    let cancellations = office.part::<Cancellations>().clone();
    loop {
        let begun = cancellations.begun();
        match refund_due(&office).await {
            Some(_) => begun.await,
            None => tokio::time::sleep(RETRY).await,
        }
    }
}
