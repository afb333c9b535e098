//! The job that looks whether the data file still has its name.

use std::sync::Arc;
use std::time::Duration;

use crate::office::Office;

/// Runs until it is dropped. When the file has lost its name the store has failed, and with it the box office stops.
pub(super) async fn watch(office: Arc<Office>) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    while office.store.check_file() {
        second.tick().await;
    }
    std::future::pending().await
}
