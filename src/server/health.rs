//! Can this box office sell? Asked by whatever watches it; looked at once a second at most, whoever asks how often.

use std::sync::Arc;
use std::time::Duration;

use poem::http::StatusCode;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::clock::Instant;
use crate::desk::attention::CLOCK_AHEAD_MS;
use crate::office::Office;
use crate::standing::{Role, Standing};
use crate::store::StoreError;

/// The writer is dead or hopelessly behind when an empty change takes longer.
const WRITER_PATIENCE: Duration = Duration::from_secs(2);
/// With less left on the disk, sales are about to stop.
const DISK_LEFT_BYTES: u64 = 64 << 20;
/// A node that follows shows what it knows for so long after it last heard of the venue's book: as long as one that leads does
/// without reaching it. Most of that is waited for a database that is about to come back.
const FEED_PATIENCE_MS: i64 = 60_000;
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
        let is_current = match self.office.part::<Standing>().leads() {
            true => Check { what: "writer", fault: self.writer().await },
            false => Check { what: "feed", fault: self.feed() },
        };
        let checks =
            vec![is_current, Check { what: "disk", fault: self.disk() }, Check { what: "clock", fault: self.clock() }];
        *last = Some((now, checks.clone()));
        checks
    }

    /// An answer for what asks by HTTP: ready, or what is in the way.
    pub(super) async fn readiness(&self) -> (StatusCode, String) {
        let checks = self.checks().await;
        let faults: Vec<_> =
            checks.into_iter().filter_map(|check| Some(format!("{}: {}\n", check.what, check.fault?))).collect();
        if faults.is_empty() {
            (StatusCode::OK, format!("ready\n{}", self.about_node()))
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, faults.concat())
        }
    }

    /// An answer for a load balancer that looks for the node that leads.
    pub(super) fn leadership(&self) -> (StatusCode, String) {
        match self.office.part::<Standing>().role() {
            Role::Leading => (StatusCode::OK, "leads\n".to_owned()),
            Role::Following { leader: Some(leader) } => {
                (StatusCode::SERVICE_UNAVAILABLE, format!("follows {leader}\n"))
            }
            Role::Following { leader: None } => (StatusCode::SERVICE_UNAVAILABLE, "nobody leads\n".to_owned()),
        }
    }

    /// What there is to say of one of several nodes; nothing on a data file.
    fn about_node(&self) -> String {
        let standing = self.office.part::<Standing>();
        if standing.leads() && !standing.has_nodes() {
            return String::new();
        }
        let (role, seq, behind) = (self.leadership().1, standing.applied().0, standing.behind());
        let fed = self.fed_ms_ago().map(|ms| format!("fed: {ms} ms ago\n")).unwrap_or_default();
        format!("role: {role}seq: {seq}\nbehind: {behind}\n{fed}")
    }

    /// How long ago a node that follows last heard of the venue's book.
    fn fed_ms_ago(&self) -> Option<i64> {
        let standing = self.office.part::<Standing>();
        let fed_at = standing.fed_at().filter(|_| !standing.leads())?;
        Some((self.office.now().0 - fed_at.0).max(0))
    }

    fn feed(&self) -> Option<String> {
        if self.office.has_failed() {
            return Some("it has failed".to_owned());
        }
        match self.fed_ms_ago() {
            None => Some("not heard of yet".to_owned()),
            Some(ms) => (ms > FEED_PATIENCE_MS).then(|| format!("not heard of for {} s", ms / 1000)),
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
