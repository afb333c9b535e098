//! What memory knows of the waitlists: what those who wait want, and which concerts are to be looked at. Where nobody waits it
//! costs a sale one look.

use std::collections::{BTreeMap, HashMap};

use parking_lot::RwLock;
use tokio::sync::Mutex;

use crate::catalog::CatalogFact;
use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal, PerformanceKey};
use crate::picture::{Memory, Schedule};
use crate::reservation::{SeatFact, SeatState, Seen};
use crate::store::{StoreError, Tx};
use crate::waitlist::domain;
use crate::waitlist::facts::WaitlistFact;
use crate::waitlist::record::{Status, Wish};

/// The concerts for which somebody waits.
#[derive(Default)]
pub struct Waits {
    living: RwLock<HashMap<ConcertKey, Living>>,
    due: Schedule<ConcertKey>,
    /// Held by whoever makes offers.
    pub doing_due: Mutex<()>,
}

/// Those who wait for seats of one concert, or have some offered.
struct Living {
    count: u32,
    /// The last that joined.
    last: Ordinal,
    /// What those want who wait, and how many want just that.
    waiting: HashMap<Wish, u32>,
}

/// The fewest places that somebody who waits wants of each grade, or of any: where so many are not free, nobody is suited.
pub(super) type Least = BTreeMap<Option<String>, u32>;

impl Waits {
    /// With those there are; what came back while nobody looked is offered first.
    ///
    /// # Errors
    /// Only the store's.
    pub fn load(tx: &Tx) -> Result<Self, StoreError> {
        let waits = Self::default();
        domain::all_living(tx, |fact| take_in(&mut waits.living.write(), &fact))?;
        waits.due.extend(waits.living.read().keys().map(|concert| (*concert, tx.now())));
        Ok(waits)
    }

    /// Does anybody wait for seats of this concert, or have some offered?
    pub fn anybody(&self, concert: ConcertKey) -> bool {
        let living = self.living.read();
        !living.is_empty() && living.contains_key(&concert)
    }

    /// The last that joined a concert's waitlist, as far as somebody is on it, and what of a performance is wanted.
    pub(super) fn wanted(&self, concert: ConcertKey, performance: PerformanceKey) -> (Ordinal, Least) {
        let (living, mut least) = (self.living.read(), Least::new());
        let Some(of) = living.get(&concert) else { return (Ordinal(0), least) };
        for wish in of.waiting.keys().filter(|wish| wish.is_for(performance)) {
            let fewest = least.entry(wish.grade.clone()).or_insert(wish.quantity);
            *fewest = wish.quantity.min(*fewest);
        }
        (of.last, least)
    }

    /// Whether somebody wants what memory saw free of these performances.
    pub(super) fn any_suited(&self, concert: ConcertKey, seen: &[Seen]) -> bool {
        seen.iter().any(|seen| {
            let (_, least) = self.wanted(concert, seen.performance().key);
            least.iter().any(|(grade, quantity)| seen.had(grade.as_deref(), *quantity))
        })
    }

    /// Which concerts are to be looked at.
    pub fn due(&self) -> &Schedule<ConcertKey> {
        &self.due
    }
}

/// What memory makes of a fact.
fn take_in(living: &mut HashMap<ConcertKey, Living>, fact: &WaitlistFact) {
    let new = || Living { count: 0, last: fact.ordinal, waiting: HashMap::new() };
    let of = living.entry(fact.concert).or_insert_with(new);
    of.last = of.last.max(fact.ordinal);
    let lives = |status| matches!(status, Status::Waiting | Status::Offered);
    match (fact.was.is_some_and(lives), lives(fact.is)) {
        (false, true) => of.count += 1,
        (true, false) => of.count = of.count.saturating_sub(1),
        _ => {}
    }
    if fact.was == Some(Status::Waiting)
        && let Some(count) = of.waiting.get_mut(&fact.wish)
    {
        *count -= 1;
        if *count == 0 {
            of.waiting.remove(&fact.wish);
        }
    }
    if fact.is == Status::Waiting {
        *of.waiting.entry(fact.wish.clone()).or_default() += 1;
    }
    if of.count == 0 {
        living.remove(&fact.concert);
    }
}

impl Memory<WaitlistFact> for Waits {
    fn apply(&self, facts: &[&WaitlistFact], now: Instant) {
        let mut living = self.living.write();
        for fact in facts {
            take_in(&mut living, fact);
            // Whoever joins may want what came back meanwhile.
            if fact.is == Status::Waiting {
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
