//! What becomes due on waitlists by itself: seats came back, or an offer's time is over. `jobs` decides when to look.

use std::sync::Arc;

use crate::clock::Instant;
use crate::ids::ConcertKey;
use crate::office::Office;
use crate::reservation::SeatMaps;
use crate::waitlist::error::WaitlistError;
use crate::waitlist::offers;
use crate::waitlist::waits::Waits;

/// When what the store refused is tried again.
const RETRY_MS: i64 = 100;

/// Offers what came back by `now`. Gives whether there was anything to look at.
pub async fn offers(office: &Arc<Office>, now: Instant) -> bool {
    let waits = office.part::<Waits>();
    let due = waits.due().take_due(now, usize::MAX);
    for &concert in &due {
        if let Err(error) = offer(office, concert).await {
            tracing::warn!(%error, "offers wait");
            waits.due().set(concert, Some(now.plus_ms(RETRY_MS)));
        }
    }
    !due.is_empty()
}

/// Offers what is free of a concert to those who wait for it.
///
/// # Errors
/// Only the store's, or the catalogue's when the concert is not there any more.
pub async fn offer(office: &Arc<Office>, concert: ConcertKey) -> Result<(), WaitlistError> {
    let maps = match office.part::<SeatMaps>().of_concert(office, concert).await {
        Ok(maps) => maps,
        Err(crate::catalog::CatalogError::Store(error)) => return Err(error.into()),
        // What is not there any more has no seats.
        Err(_) => return Ok(()),
    };
    let performances: Vec<_> = maps.iter().map(|map| map.map.performance.clone()).collect();
    let performances = Arc::new(performances);
    loop {
        let of = performances.clone();
        if !office.store.write(move |tx| offers::offer(tx, concert, &of)).await? {
            return Ok(());
        }
    }
}
