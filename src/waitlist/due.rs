//! What becomes due on waitlists by itself: seats came back, or an offer's time is over. `jobs` decides when to look.

use std::sync::Arc;

use crate::clock::Instant;
use crate::ids::ConcertKey;
use crate::office::Office;
use crate::reservation::{Rendering, SeatMaps, Seen};
use crate::waitlist::domain;
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

/// Offers what is free of a concert to those who wait for it. The writer is asked for no more than that: whether anybody is
/// suited by what is free is asked of memory, and whether an offer's time is over, of a reader.
///
/// # Errors
/// Only the store's, or the catalogue's when the concert is not there any more.
pub async fn offer(office: &Arc<Office>, concert: ConcertKey) -> Result<(), WaitlistError> {
    loop {
        // Asked for anew each time: others may have been faster than memory.
        let maps = match office.part::<SeatMaps>().of_concert(office, concert).await {
            Ok(maps) => maps,
            Err(crate::catalog::CatalogError::Store(error)) => return Err(error.into()),
            // What is not there any more has no seats.
            Err(_) => return Ok(()),
        };
        let now = office.now();
        let has_free = |map: &&Arc<Rendering>| map.map.available(now).values().any(|free| *free > 0);
        let seen: Arc<[Seen]> = maps.iter().filter(has_free).map(|map| map.map.seen(now)).collect();
        if !office.part::<Waits>().any_suited(concert, &seen)
            && !office.store.read(move |tx| domain::any_passing(tx, concert)).await?
        {
            return Ok(());
        }
        if !office.store.write(move |tx| offers::offer(tx, concert, &seen)).await? {
            return Ok(());
        }
    }
}
