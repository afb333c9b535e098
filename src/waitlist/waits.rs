//! What memory knows of the waitlists: for which concerts somebody waits, and which of them are to be looked at. Where nobody
//! waits it costs a sale one look.

use std::collections::HashMap;

use parking_lot::RwLock;
use tokio::sync::Mutex;

use crate::catalog::CatalogFact;
use crate::clock::Instant;
use crate::ids::ConcertKey;
use crate::picture::{Memory, Schedule};
use crate::reservation::{SeatFact, SeatState};
use crate::store::{StoreError, Tx};
use crate::waitlist::domain;
use crate::waitlist::facts::WaitlistFact;

/// The concerts for which somebody waits.
#[derive(Default)]
pub struct Waits {
    living: RwLock<HashMap<ConcertKey, u32>>,
    due: Schedule<ConcertKey>,
    /// Held by whoever makes offers.
    pub doing_due: Mutex<()>,
}

impl Waits {
    /// With those there are; what came back while nobody looked is offered first.
    ///
    /// # Errors
    /// Only the store's.
    pub fn load(tx: &Tx) -> Result<Self, StoreError> {
        let waits = Self::default();
        let living = domain::all_living(tx)?;
        waits.due.extend(living.iter().map(|(concert, _)| (*concert, tx.now())));
        waits.living.write().extend(living);
        Ok(waits)
    }

    /// Does anybody wait for seats of this concert, or have some offered?
    pub fn anybody(&self, concert: ConcertKey) -> bool {
        let living = self.living.read();
        !living.is_empty() && living.contains_key(&concert)
    }

    /// Which concerts are to be looked at.
    pub fn due(&self) -> &Schedule<ConcertKey> {
        &self.due
    }
}

impl Memory<WaitlistFact> for Waits {
    fn apply(&self, facts: &[&WaitlistFact], now: Instant) {
        let mut living = self.living.write();
        for fact in facts {
            if fact.living == 0 {
                living.remove(&fact.concert);
            } else {
                living.insert(fact.concert, fact.living);
                self.due.set(fact.concert, Some(now));
            }
        }
    }
}

impl Memory<SeatFact> for Waits {
    fn apply(&self, facts: &[&SeatFact], now: Instant) {
        if self.living.read().is_empty() {
            return;
        }
        for fact in facts {
            let freed = match fact {
                SeatFact::Changed { concert, seats, .. } => {
                    seats.iter().any(|seat| seat.state == SeatState::Available).then_some(concert)
                }
                // Whatever is not a new hold may have freed places.
                SeatFact::StandingChanged { concert, change, .. } => change.began.is_none().then_some(concert),
                SeatFact::HoldPlaced { .. } | SeatFact::HoldEnded { .. } => None,
            };
            if let Some(concert) = freed.filter(|concert| self.anybody(**concert)) {
                self.due.set(*concert, Some(now));
            }
        }
    }
}

/// A performance that is played in another version of its hall may have seats that it had not.
impl Memory<CatalogFact> for Waits {
    fn apply(&self, facts: &[&CatalogFact], now: Instant) {
        for fact in facts {
            if let CatalogFact::PerformanceRedrawn { concert, .. } | CatalogFact::PerformancesChanged { concert, .. } =
                fact
                && self.anybody(*concert)
            {
                self.due.set(*concert, Some(now));
            }
        }
    }
}
