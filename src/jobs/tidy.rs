//! The jobs that forget what is over: sessions, recorded answers, seat maps of concerts that are over, crowds that are gone,
//! shares that are whole again. In commits of a
//! bounded size, found by an index or by their order, so that nobody waits for them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::{self, CatalogError};
use crate::limiter::Limiter;
use crate::office::Office;
use crate::queue::{self, Lines};
use crate::reservation::SeatMaps;
use crate::store::StoreError;
use crate::{account, idempotency, mail, staff, webhook};

/// How often each looks.
const EVERY: Duration = Duration::from_secs(600);
/// How often those are forgotten who asked for something lately.
const LIMITS_EVERY: Duration = Duration::from_secs(10);
/// Each so many of those times the log says what was refused.
const TELL_EACH: u64 = 6;
/// So many rows go in one commit at most: sessions lie in the order of their secrets, each on a page of its own.
const PER_COMMIT: u32 = 100;

/// Forgets sessions that are over. Gives how many.
///
/// # Errors
/// Only the store's.
pub async fn sweep_sessions(office: &Office) -> Result<usize, account::AccountError> {
    let mut forgotten = 0;
    loop {
        let some = office.store.write(|tx| account::domain::sweep_sessions(tx, PER_COMMIT)).await?;
        forgotten += some;
        if some < PER_COMMIT as usize {
            return Ok(forgotten);
        }
    }
}

/// Forgets links that are over. Gives how many.
///
/// # Errors
/// Only the store's.
pub async fn sweep_links(office: &Office) -> Result<usize, account::AccountError> {
    let mut forgotten = 0;
    loop {
        let some = office.store.write(|tx| account::own::sweep_links(tx, PER_COMMIT)).await?;
        forgotten += some;
        if some < PER_COMMIT as usize {
            return Ok(forgotten);
        }
    }
}

/// Forgets desk sessions that are over. Gives how many.
///
/// # Errors
/// Only the store's.
pub async fn sweep_desk_sessions(office: &Office) -> Result<usize, staff::StaffError> {
    let mut forgotten = 0;
    loop {
        let some = office.store.write(|tx| staff::domain::sweep_desk_sessions(tx, PER_COMMIT)).await?;
        forgotten += some;
        if some < PER_COMMIT as usize {
            return Ok(forgotten);
        }
    }
}

/// Forgets recorded answers that were kept long enough. Gives how many.
///
/// # Errors
/// Only the store's.
pub async fn sweep_answers(office: &Office) -> Result<usize, StoreError> {
    let keep = office.limits.idempotency_seconds;
    let mut forgotten = 0;
    loop {
        let some = office.store.write(move |tx| idempotency::sweep(tx, keep, PER_COMMIT)).await?;
        forgotten += some;
        if some < PER_COMMIT as usize {
            return Ok(forgotten);
        }
    }
}

/// Forgets mails and messages to webhooks that were told, or given up, long ago. Gives how many.
///
/// # Errors
/// Only the store's.
pub async fn sweep_told(office: &Office) -> Result<usize, StoreError> {
    let keep = office.limits.told_seconds;
    let mut forgotten = 0;
    loop {
        let mails = office.store.write(move |tx| mail::domain::sweep(tx, keep, PER_COMMIT)).await?;
        let messages = office.store.write(move |tx| webhook::domain::sweep(tx, keep, PER_COMMIT)).await?;
        forgotten += mails + messages;
        if mails + messages == 0 {
            return Ok(forgotten);
        }
    }
}

/// How long after its end a concert's queue stays in memory.
const KEPT_AFTER_END_MS: i64 = 3_600_000;

/// Lets memory forget the queues of concerts that are over and in which nobody lives. Gives how many.
///
/// # Errors
/// Only the store's.
pub async fn retire_queues(office: &Office) -> Result<usize, CatalogError> {
    let empty = office.part::<Lines>().empty();
    let over = office.store.read(move |tx| catalog::concert::domain::over_for(tx, &empty, KEPT_AFTER_END_MS)).await?;
    let mut retired = 0;
    for concert in over {
        let done = office.store.write(move |tx| queue::life::retire(tx, concert)).await;
        retired += usize::from(done?);
    }
    Ok(retired)
}

/// Runs until it is dropped.
pub(super) async fn queues(office: Arc<Office>) {
    let mut every = tokio::time::interval(EVERY);
    loop {
        every.tick().await;
        match retire_queues(&office).await {
            Ok(0) => {}
            Ok(retired) => tracing::debug!(retired, "queues of concerts that are over left memory"),
            Err(error) => tracing::warn!(%error, "queues of concerts that are over stay until the next sweep"),
        }
    }
}

/// Runs until it is dropped.
pub(super) async fn sessions(office: Arc<Office>) {
    let mut every = tokio::time::interval(EVERY);
    loop {
        every.tick().await;
        if let Err(error) = sweep_sessions(&office).await {
            tracing::warn!(%error, "old sessions stay until the next sweep");
        }
        if let Err(error) = sweep_links(&office).await {
            tracing::warn!(%error, "old links stay until the next sweep");
        }
        if let Err(error) = sweep_desk_sessions(&office).await {
            tracing::warn!(%error, "old desk sessions stay until the next sweep");
        }
    }
}

/// Runs until it is dropped.
pub(super) async fn answers(office: Arc<Office>) {
    let mut every = tokio::time::interval(EVERY);
    loop {
        every.tick().await;
        if let Err(error) = sweep_answers(&office).await {
            tracing::warn!(%error, "old answers stay until the next sweep");
        }
        if let Err(error) = sweep_told(&office).await {
            tracing::warn!(%error, "old mails and messages stay until the next sweep");
        }
    }
}

/// Says how much was refused by limits, and forgets those who have their share again. Runs until it is dropped.
pub(super) async fn limits(office: Arc<Office>) {
    let limiter = office.part::<Limiter>();
    let (mut every, mut told) = (tokio::time::interval(LIMITS_EVERY), HashMap::new());
    for turn in 1_u64.. {
        every.tick().await;
        limiter.forget();
        if turn.is_multiple_of(TELL_EACH) {
            for (what, refused) in limiter.refused() {
                let before = told.insert(what.as_str(), refused).unwrap_or(0);
                if refused > before {
                    tracing::warn!(limit = what.as_str(), refused = refused - before, "asked for too much");
                }
            }
        }
    }
}

/// Runs until it is dropped.
pub(super) async fn maps(office: Arc<Office>) {
    let mut every = tokio::time::interval(EVERY);
    loop {
        every.tick().await;
        let (maps, lines) = (office.part::<SeatMaps>().evict(office.wall()), office.part::<Lines>().shrink());
        if maps + lines > 0 {
            tracing::debug!(maps, lines, "what is over left memory");
        }
    }
}
