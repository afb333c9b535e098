//! What those who watch share: one look at the office and one rendering of a sale, each good for a moment, however many
//! watch; and how much was refused before, which only a look now and then can tell.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use hyper::body::Bytes;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::clock::Instant;
use crate::desk::attention::Need;

/// A look is good for so long.
pub const LASTS_MS: i64 = 900;
/// So far apart are the looks at refusals that are kept, and so long are they kept.
const APART_MS: i64 = 5_000;
const MINUTE_MS: i64 = 60_000;
/// So many sales are kept rendered.
const SALES: usize = 64;

/// What those who watch share.
#[derive(Default)]
pub struct Watched {
    needs: Mutex<Option<(Instant, Arc<Vec<Need>>)>>,
    sales: Mutex<HashMap<Uuid, (Instant, Bytes)>>,
    refusals: Mutex<VecDeque<(Instant, u64)>>,
}

fn is_fresh(at: Instant, now: Instant) -> bool {
    now < at.plus_ms(LASTS_MS)
}

impl Watched {
    /// What needs attention, if that was looked at just now.
    pub fn needs(&self, now: Instant) -> Option<Arc<Vec<Need>>> {
        self.needs.lock().as_ref().filter(|(at, _)| is_fresh(*at, now)).map(|(_, needs)| needs.clone())
    }

    /// It was looked at.
    pub fn keep_needs(&self, now: Instant, needs: Arc<Vec<Need>>) {
        *self.needs.lock() = Some((now, needs));
    }

    /// A concert's sale as bytes, if it was rendered just now.
    pub fn sale(&self, concert_id: Uuid, now: Instant) -> Option<Bytes> {
        self.sales.lock().get(&concert_id).filter(|(at, _)| is_fresh(*at, now)).map(|(_, bytes)| bytes.clone())
    }

    /// It was rendered.
    pub fn keep_sale(&self, concert_id: Uuid, now: Instant, bytes: Bytes) {
        let mut sales = self.sales.lock();
        if sales.len() >= SALES {
            sales.retain(|_, (at, _)| is_fresh(*at, now));
        }
        if sales.len() < SALES {
            sales.insert(concert_id, (now, bytes));
        }
    }

    /// How much was refused in the last minute and in the one before, of `total` since the start; none until it was watched for
    /// two minutes.
    pub fn refused(&self, now: Instant, total: u64) -> Option<[u64; 2]> {
        let mut looks = self.refusals.lock();
        if looks.back().is_none_or(|(at, _)| at.plus_ms(APART_MS) <= now) {
            looks.push_back((now, total));
        }
        // The newest look that is two minutes old stays.
        let is_old = |at: &Instant, minutes: i64| at.plus_ms(minutes * MINUTE_MS) <= now;
        while looks.get(1).is_some_and(|(at, _)| is_old(at, 2)) {
            looks.pop_front();
        }
        let before = looks.front().filter(|(at, _)| is_old(at, 2))?.1;
        let minute_ago = looks.iter().rev().find(|(at, _)| is_old(at, 1))?.1;
        Some([total.saturating_sub(minute_ago), minute_ago.saturating_sub(before)])
    }
}

#[cfg(test)]
mod tests {
    use hyper::body::Bytes;
    use uuid::Uuid;

    use super::{SALES, Watched};
    use crate::clock::Instant;

    #[test]
    fn refusals_are_told_minute_by_minute_once_two_were_watched() {
        let watched = Watched::default();
        for second in 0..120 {
            assert_eq!(watched.refused(Instant(second * 1000), second as u64), None, "at {second} s");
        }
        assert_eq!(watched.refused(Instant(120_000), 120), Some([60, 60]));
        assert_eq!(watched.refused(Instant(180_000), 1120), Some([1000, 60]));
        // Whoever comes back after a pause has seen no minute before the last.
        assert_eq!(watched.refused(Instant(900_000), 1120), Some([0, 0]));
        assert!(watched.refusals.lock().len() < 30);
    }

    #[test]
    fn a_rendering_lasts_a_moment_and_few_are_kept() {
        let watched = Watched::default();
        let id = |at: usize| Uuid::from_u128(at as u128);
        watched.keep_sale(id(0), Instant(0), Bytes::from_static(b"{}"));
        assert!(watched.sale(id(0), Instant(899)).is_some());
        assert!(watched.sale(id(0), Instant(900)).is_none());
        for at in 0..1000 {
            watched.keep_sale(id(at), Instant(900), Bytes::new());
        }
        assert_eq!(watched.sales.lock().len(), SALES);
    }
}
