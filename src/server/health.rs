//! Can this box office sell? Asked by whatever watches it; looked at once a second at most, whoever asks how often.

use std::sync::Arc;
use std::time::Duration;

use poem::http::StatusCode;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::clock::Instant;
use crate::desk::attention::CLOCK_AHEAD_MS;
use crate::office::Office;
use crate::store::StoreError;

/// The writer is dead or hopelessly behind when an empty change takes longer.
const WRITER_PATIENCE: Duration = Duration::from_secs(2);
/// With less left on the disk, sales are about to stop.
const DISK_LEFT_BYTES: u64 = 64 << 20;
/// A look is good for so long.
const LOOKS_LAST_MS: i64 = 1000;

/// One thing that has to be well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) what: &'static str,
    /// What is wrong with it.
    pub(super) fault: Option<String>,
}

/// Looks at a box office.
pub(super) struct Health {
    office: Arc<Office>,
    last: Mutex<Option<(Instant, Vec<Check>)>>,
}

impl Health {
    pub(super) fn of(office: Arc<Office>) -> Self {
        Self { office, last: Mutex::default() }
    }

    /// All that has to be well.
    pub(super) async fn checks(&self) -> Vec<Check> {
        let mut last = self.last.lock().await;
        let now = self.office.now();
        if let Some((at, checks)) = &*last
            && now < at.plus_ms(LOOKS_LAST_MS)
        {
            return checks.clone();
        }
        let checks = vec![
            Check { what: "writer", fault: self.writer().await },
            Check { what: "disk", fault: self.disk() },
            Check { what: "clock", fault: self.clock() },
        ];
        *last = Some((now, checks.clone()));
        checks
    }

    /// An answer for what asks by HTTP: ready, or what is in the way.
    pub(super) async fn readiness(&self) -> (StatusCode, String) {
        let checks = self.checks().await;
        let faults: Vec<_> =
            checks.into_iter().filter_map(|check| Some(format!("{}: {}\n", check.what, check.fault?))).collect();
        if faults.is_empty() {
            (StatusCode::OK, "ready\n".to_owned())
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, faults.concat())
        }
    }

    async fn writer(&self) -> Option<String> {
        if self.office.has_failed() {
            return Some("it has failed".to_owned());
        }
        match timeout(WRITER_PATIENCE, self.office.store.write(|_| Ok::<_, StoreError>(()))).await {
            // Where another leads, this node's writer takes no changes.
            Ok(Ok(()) | Err(StoreError::Follows)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer in {} s", WRITER_PATIENCE.as_secs())),
        }
    }

    fn disk(&self) -> Option<String> {
        let left = self.office.store.disk_free_bytes().filter(|left| *left < DISK_LEFT_BYTES)?;
        Some(format!("{} MiB left", left >> 20))
    }

    fn clock(&self) -> Option<String> {
        let ahead = self.office.clock.wall_ahead_ms();
        (ahead.unsigned_abs() > CLOCK_AHEAD_MS).then(|| format!("it was set by {} s: restart", ahead / 1000))
    }
}
