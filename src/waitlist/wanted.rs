//! Whether those on a waitlist come before somebody who takes places: what memory knew of their wishes and of what is free,
//! put right by the data file.

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal};
use crate::reservation::{FreePlaces, SeatMap, Seen};
use crate::store::Tx;
use crate::waitlist::error::WaitlistError;
use crate::waitlist::free::choice;
use crate::waitlist::sql;
use crate::waitlist::waits::{Least, Waits};

/// What memory knew of a performance for which somebody waits.
#[derive(Clone, Debug)]
pub struct Wanted {
    concert: ConcertKey,
    /// The last of the waitlist that memory knew.
    last: Ordinal,
    least: Least,
    seen: Seen,
}

impl Wanted {
    /// What memory knows at `now`. Copies what all seats are: for where somebody waits ([`Waits::anybody`]).
    pub fn of(waits: &Waits, map: &SeatMap, now: Instant) -> Self {
        let concert = map.performance.concert;
        // The wishes first: who joins after has seen that nothing is free.
        let (last, least) = waits.wanted(concert, map.performance.key);
        Self { concert, last, least, seen: map.seen(now) }
    }

    /// Nobody else takes places of the performance while the waitlist has not been offered what is free of it.
    ///
    /// # Errors
    /// [`WaitlistError::First`]; [`crate::reservation::HoldError::Outrun`].
    pub fn require_none_waits(&self, tx: &Tx) -> Result<(), WaitlistError> {
        if self.seen.performance().not_on_sale(tx.wall()).is_some() {
            return Ok(());
        }
        let mut free = FreePlaces::of(tx, &self.seen)?;
        let mut suits = false;
        for (grade, quantity) in &self.least {
            let grade = grade.as_deref();
            suits = suits || free.section(grade, *quantity).is_some() || free.has(tx, grade, *quantity)?;
        }
        if !suits {
            for entry in sql::joined_since(tx, self.concert, self.last)? {
                suits = suits || choice(tx, &entry.wish, &mut free)?.is_some();
            }
            return if suits { Err(WaitlistError::First) } else { Ok(()) };
        }
        // Those whom memory knew may have left since.
        for entry in sql::waiting(tx, self.concert, free.most())? {
            if choice(tx, &entry.wish, &mut free)?.is_some() {
                return Err(WaitlistError::First);
            }
        }
        Ok(())
    }
}
