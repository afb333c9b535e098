//! The job that folds dead queue entries into counts (`queue::fold`), so that a data file does not grow with everyone who ever
//! stood in line. In commits of a bounded size; what it has not come to, the next sweep does.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::{self, CatalogError};
use crate::ids::{ConcertKey, Ordinal};
use crate::office::Office;
use crate::queue::{Line, Lines, fold};
use crate::store::Tx;
use crate::visit;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(600);
/// So many entries go in one commit at most: they are neighbours in the order of joining.
const PER_COMMIT: u32 = 250;
/// So many queues that are over are looked up at once.
const QUEUES: u32 = 500;

/// How far each living queue was looked at: what lives or stays there is not read again at each sweep. A start forgets it.
#[derive(Default)]
pub struct Looked(HashMap<ConcertKey, Ordinal>);

/// Folds all that can be folded now. Gives how many entries.
///
/// # Errors
/// Only the store's.
pub async fn fold_entries(office: &Office, looked: &mut Looked) -> Result<u32, CatalogError> {
    let lines = office.part::<Lines>();
    let living = lines.all();
    looked.0.retain(|concert, _| living.iter().any(|line| line.concert == *concert));
    let mut count = 0;
    for line in living {
        count += fold_living(office, &line, looked.0.entry(line.concert).or_insert(Ordinal(0))).await?;
    }
    let mut after = ConcertKey(0);
    loop {
        let some = office.store.read(move |tx| fold::unfolded(tx, after, QUEUES)).await?;
        let Some(&last) = some.last() else { return Ok(count) };
        let shown_ms = i64::from(office.limits.draw_shown_seconds) * 1000;
        let due = move |tx: &Tx| catalog::concert::domain::over_for(tx, &some, shown_ms);
        for concert in office.store.read(due).await? {
            count += fold_over(office, concert).await?;
        }
        after = last;
    }
}

/// Of a queue that goes on: who took part in no draw and did not pay, once their tokens are over.
async fn fold_living(office: &Office, line: &Arc<Line>, looked: &mut Ordinal) -> Result<u32, CatalogError> {
    let (concert, mut count) = (line.concert, 0);
    if line.queue().last_ordinal <= *looked {
        return Ok(0);
    }
    loop {
        let after = *looked;
        let found = office.store.read(move |tx| fold::find(tx, concert, after, PER_COMMIT)).await?;
        if !found.needless.is_empty() {
            let needless = found.needless;
            let folded = office.store.write(move |tx| visit::domain::fold(tx, concert, &needless)).await?;
            office.part::<Lines>().note_folded(folded);
            count += folded;
        }
        *looked = found.up_to;
        if !found.has_more {
            return Ok(count);
        }
    }
}

/// Of a queue whose concert is long over: everyone.
async fn fold_over(office: &Office, concert: ConcertKey) -> Result<u32, CatalogError> {
    let mut count = 0;
    loop {
        let folded = office.store.write(move |tx| visit::domain::fold_over(tx, concert, PER_COMMIT)).await?;
        office.part::<Lines>().note_folded(folded);
        count += folded;
        if folded < PER_COMMIT {
            return Ok(count);
        }
    }
}

/// Runs until it is dropped.
pub(super) async fn run(office: Arc<Office>) {
    let (mut every, mut looked) = (tokio::time::interval(EVERY), Looked::default());
    loop {
        every.tick().await;
        match fold_entries(&office, &mut looked).await {
            Ok(0) => {}
            Ok(folded) => tracing::info!(folded, "dead queue entries were folded"),
            Err(error) => tracing::warn!(%error, "dead queue entries stay until the next sweep"),
        }
    }
}
