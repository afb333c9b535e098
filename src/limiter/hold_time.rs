//! For how long one account may keep seats of a concert from others without paying: by one hold, by holding the same seats
//! again, by coming back for another visit. Beyond that it rests, and the seats are anybody's.

use std::collections::HashMap;

use parking_lot::Mutex;
use uuid::Uuid;

use crate::clock::Instant;
use crate::limiter::what::{SlowDown, What};

/// How much is too much, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct HoldTerms {
    /// No new hold so long after the first.
    pub span_ms: i64,
    /// The rest, from the end of the last hold.
    pub rest_ms: i64,
}

impl HoldTerms {
    /// Where a hold lasts so long: two more of them, and as long a rest.
    pub fn of(hold_seconds: u32) -> Self {
        let ms = i64::from(hold_seconds) * 2000;
        Self { span_ms: ms, rest_ms: ms }
    }
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    since: Instant,
    until: Instant,
    rested: Instant,
}

/// Who keeps seats of what since when.
#[derive(Default)]
pub struct HoldTime {
    of: Mutex<HashMap<(Uuid, Uuid), Kept>>,
}

impl HoldTime {
    /// May `account` hold seats of `concert` now?
    ///
    /// # Errors
    /// When it has to rest.
    pub fn ask(&self, account: Uuid, concert: Uuid, terms: HoldTerms, now: Instant) -> Result<(), SlowDown> {
        let of = self.of.lock();
        let Some(kept) = of.get(&(account, concert)).filter(|kept| now < kept.rested) else { return Ok(()) };
        if now < kept.since.plus_ms(terms.span_ms) {
            return Ok(());
        }
        let seconds = |ms: i64| u64::try_from(ms).unwrap_or(0).div_ceil(1000);
        Err(SlowDown {
            what: What::HoldTime,
            quota: u32::try_from(seconds(terms.span_ms)).unwrap_or(u32::MAX),
            window_seconds: seconds(terms.span_ms + terms.rest_ms),
            retry_seconds: u32::try_from(seconds(kept.rested.0 - now.0)).unwrap_or(u32::MAX),
        })
    }

    /// It holds some, until then.
    pub fn holds(&self, account: Uuid, concert: Uuid, terms: HoldTerms, now: Instant, until: Instant) {
        let mut of = self.of.lock();
        let kept = of.entry((account, concert)).or_insert(Kept { since: now, until, rested: now });
        if now >= kept.rested {
            *kept = Kept { since: now, until, rested: now };
        }
        kept.until = kept.until.max(until);
        kept.rested = kept.until.plus_ms(terms.rest_ms);
    }

    /// It paid: nothing is held against it.
    pub fn paid(&self, account: Uuid, concert: Uuid) {
        self.of.lock().remove(&(account, concert));
    }

    pub(super) fn forget(&self, now: Instant) {
        self.of.lock().retain(|_, kept| now < kept.rested);
    }

    pub(super) fn len(&self) -> usize {
        self.of.lock().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_keeps_seats_again_and_again_has_to_rest() {
        let (kept, start) = (HoldTime::default(), Instant(1_800_000_000_000));
        let (account, concert, terms) = (Uuid::from_u128(1), Uuid::from_u128(2), HoldTerms::of(300));
        let (mut held, mut longest_rest, mut last_held) = (0, 0, start);
        // A look each second: it holds whenever it may.
        for second in 0..8000 {
            let now = start.plus_seconds(second);
            if kept.ask(account, concert, terms, now).is_ok() {
                kept.holds(account, concert, terms, now, now.plus_seconds(300));
                last_held = now.plus_seconds(300);
            }
            if now < last_held {
                held += 1;
            } else {
                longest_rest = longest_rest.max(now.0 - last_held.0 + 1000);
            }
            assert!(kept.ask(account, Uuid::from_u128(3), terms, now).is_ok(), "another concert");
        }
        assert_eq!(longest_rest, 600_000, "it rests twice as long as a hold lasts");
        assert!(held <= 8000 * 900 / 1500 + 900, "{held} of 8,000 seconds");
        kept.paid(account, concert);
        assert!(kept.ask(account, concert, terms, start.plus_seconds(8000)).is_ok());
    }
}
