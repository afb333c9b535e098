//! What was sold since the start, counted from what was committed, for whoever shows figures: in all, and for each concert
//! by minute.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::clock::Instant;
use crate::ids::ConcertKey;
use crate::money::Amount;
use crate::picture::{Memory, Plain};

/// So many minutes are kept of a concert.
pub const MINUTES: usize = 60;
/// Of so many concerts; the one that sold last longest ago makes room.
const CONCERTS: usize = 200;

/// A payment was made.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct Paid {
    /// For which concert.
    pub concert: ConcertKey,
    /// Its tickets.
    pub tickets: u64,
    /// What was paid.
    pub amount: Amount,
}

impl Plain for Paid {
    const NAME: &'static str = "paid";
}

/// What was sold since the start.
#[derive(Debug, Default)]
pub struct Sales {
    payments: AtomicU64,
    tickets: AtomicU64,
    takings: AtomicI64,
    of_concert: Mutex<HashMap<ConcertKey, OfConcert>>,
}

/// What was sold of a concert since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfConcert {
    /// Payments.
    pub payments: u64,
    /// Tickets.
    pub tickets: u64,
    /// What was paid, in minor units.
    pub takings: i64,
    /// Minute, tickets, what was paid; only minutes in which something was sold.
    minutes: VecDeque<(i64, u32, i64)>,
}

impl OfConcert {
    fn add(&mut self, paid: &Paid, minute: i64) {
        self.payments += 1;
        self.tickets += paid.tickets;
        self.takings += paid.amount.0;
        if self.minutes.back().is_none_or(|(last, ..)| *last < minute) {
            self.minutes.push_back((minute, 0, 0));
        }
        if let Some((_, tickets, takings)) = self.minutes.back_mut() {
            *tickets += paid.tickets as u32;
            *takings += paid.amount.0;
        }
        if self.minutes.len() > MINUTES {
            self.minutes.pop_front();
        }
    }

    /// Tickets and takings of each of the last [`MINUTES`], oldest first, the present one last.
    pub fn by_minute(&self, now: Instant) -> (Vec<u32>, Vec<i64>) {
        let (mut tickets, mut takings) = (vec![0; MINUTES], vec![0; MINUTES]);
        for (minute, sold, paid) in &self.minutes {
            let ago = usize::try_from(minute_of(now) - minute).unwrap_or(0);
            if let Some(at) = (MINUTES - 1).checked_sub(ago) {
                (tickets[at], takings[at]) = (*sold, *paid);
            }
        }
        (tickets, takings)
    }
}

fn minute_of(at: Instant) -> i64 {
    at.0.div_euclid(60_000)
}

impl Sales {
    /// Payments, tickets, and what was paid in minor units.
    pub fn so_far(&self) -> (u64, u64, i64) {
        (self.payments.load(Relaxed), self.tickets.load(Relaxed), self.takings.load(Relaxed))
    }

    /// What was sold of a concert.
    pub fn of_concert(&self, concert: ConcertKey) -> OfConcert {
        self.of_concert.lock().get(&concert).cloned().unwrap_or_default()
    }
}

impl Memory<Paid> for Sales {
    fn apply(&self, facts: &[&Paid], now: Instant) {
        self.payments.fetch_add(facts.len() as u64, Relaxed);
        self.tickets.fetch_add(facts.iter().map(|paid| paid.tickets).sum(), Relaxed);
        self.takings.fetch_add(facts.iter().map(|paid| paid.amount.0).sum(), Relaxed);
        let mut of_concert = self.of_concert.lock();
        for paid in facts {
            if of_concert.len() >= CONCERTS && !of_concert.contains_key(&paid.concert) {
                let last = |of: &OfConcert| of.minutes.back().map(|(minute, ..)| *minute);
                let oldest = of_concert.iter().min_by_key(|(_, of)| last(of)).map(|(concert, _)| *concert);
                oldest.map(|concert| of_concert.remove(&concert));
            }
            of_concert.entry(paid.concert).or_default().add(paid, minute_of(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CONCERTS, MINUTES, Paid, Sales};
    use crate::clock::Instant;
    use crate::ids::ConcertKey;
    use crate::money::Amount;
    use crate::picture::Memory;

    fn paid(concert: i64) -> Paid {
        Paid { concert: ConcertKey(concert), tickets: 2, amount: Amount(100) }
    }

    #[test]
    fn each_concert_has_its_last_hour_by_minute() {
        let sales = Sales::default();
        sales.apply(&[&paid(1), &paid(2)], Instant(0));
        sales.apply(&[&paid(1)], Instant(59_999));
        sales.apply(&[&paid(1)], Instant(60_000));
        let of = sales.of_concert(ConcertKey(1));
        assert_eq!((of.payments, of.tickets, of.takings), (3, 6, 300));
        let (tickets, takings) = of.by_minute(Instant(119_999));
        assert_eq!(
            (tickets.len(), &tickets[MINUTES - 2..], &takings[MINUTES - 2..]),
            (MINUTES, &[4, 2][..], &[200, 100][..])
        );
        let (later, _) = of.by_minute(Instant(60_000 * 60));
        assert_eq!(later[0], 2, "what was sold in minute 0 is an hour ago");
        assert_eq!(sales.so_far(), (4, 8, 400));
    }

    #[test]
    fn memory_is_bounded() {
        let sales = Sales::default();
        for at in 0..500 {
            sales.apply(&[&paid(1)], Instant(at * 60_000));
            sales.apply(&[&paid(at + 2)], Instant(at * 60_000));
        }
        assert_eq!(sales.of_concert.lock().len(), CONCERTS);
        assert_eq!(sales.of_concert(ConcertKey(1)).tickets, 1000, "who goes on selling stays");
        assert_eq!(sales.of_concert(ConcertKey(1)).minutes.len(), MINUTES);
    }
}
