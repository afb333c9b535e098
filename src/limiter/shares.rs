//! Everybody's shares of everything that is counted by a rate (GCRA, by the library).

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{NotUntil, Quota, RateLimiter};

use crate::clock::Clock;
use crate::config::{Limits, Rate};
use crate::limiter::guesses::Guesses;
use crate::limiter::hold_time::HoldTime;
use crate::limiter::what::{Asker, SlowDown, What};

/// The office's clock as the library wants it.
#[derive(Clone)]
struct Time(Arc<dyn Clock>);

impl governor::clock::Clock for Time {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(Duration::from_millis(u64::try_from(self.0.now().0).unwrap_or(0)))
    }
}

type Shares = RateLimiter<Asker, DashMapStateStore<Asker>, Time, NoOpMiddleware<Nanos>>;

/// Everybody's shares.
pub struct Limiter {
    time: Time,
    shares: Vec<Option<(Rate, Shares)>>,
    refused: [AtomicU64; What::ALL.len()],
    /// Passwords shown for each account.
    pub guesses: Guesses,
    /// For how long accounts keep seats.
    pub hold_time: HoldTime,
}

impl Limiter {
    /// Shares as large as `limits` say.
    pub fn new(limits: &Limits, clock: Arc<dyn Clock>) -> Self {
        let time = Time(clock);
        let shares = What::ALL.map(|what| {
            let rate = rate(limits, what)?;
            let quota = Quota::with_period(Duration::from_millis(u64::from(rate.one_each_ms)))?;
            let quota = quota.allow_burst(NonZeroU32::new(rate.at_once)?);
            Some((rate, Shares::dashmap_with_clock(quota, time.clone())))
        });
        Self {
            time,
            shares: shares.into(),
            refused: Default::default(),
            guesses: Guesses::default(),
            hold_time: HoldTime::default(),
        }
    }

    /// Takes one of its share.
    ///
    /// # Errors
    /// When the share is used up.
    pub fn spend(&self, what: What, asker: impl Into<Asker>) -> Result<(), SlowDown> {
        let Some((rate, shares)) = &self.shares[what as usize] else { return Ok(()) };
        let refused = match shares.check_key(&asker.into()) {
            Ok(()) => return Ok(()),
            Err(refused) => self.wait(&refused),
        };
        Err(self.refuse(SlowDown {
            what,
            quota: rate.at_once,
            window_seconds: (u64::from(rate.at_once) * u64::from(rate.one_each_ms)).div_ceil(1000),
            retry_seconds: refused,
        }))
    }

    fn wait(&self, refused: &NotUntil<Nanos>) -> u32 {
        let wait = refused.wait_time_from(governor::clock::Clock::now(&self.time));
        u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
    }

    /// Counts a refusal on its way out.
    pub fn refuse(&self, refusal: SlowDown) -> SlowDown {
        self.refused[refusal.what as usize].fetch_add(1, Ordering::Relaxed);
        refusal
    }

    /// How often each was refused since the start.
    pub fn refused(&self) -> impl Iterator<Item = (What, u64)> {
        What::ALL.into_iter().map(|what| (what, self.refused[what as usize].load(Ordering::Relaxed)))
    }

    /// Forgets those who have their whole share again. Gives how many are left.
    pub fn forget(&self) -> usize {
        let now = self.time.0.now();
        self.guesses.forget(now);
        self.hold_time.forget(now);
        let shares = self.shares.iter().flatten();
        let left = shares.map(|(_, shares)| {
            shares.retain_recent();
            shares.shrink_to_fit();
            shares.len()
        });
        left.sum::<usize>() + self.guesses.len() + self.hold_time.len()
    }
}

fn rate(limits: &Limits, what: What) -> Option<Rate> {
    Some(match what {
        What::SignUp => limits.sign_ups_per_client,
        What::LogIn => limits.log_ins_per_client,
        What::StrangeSession => limits.strange_sessions_per_client,
        What::WrongKey => limits.wrong_keys_per_client,
        What::Join => limits.joins_per_account,
        What::Hold => limits.holds_per_account,
        What::TopUp => limits.top_ups_per_account,
        What::Key => limits.keys_per_account,
        What::Guess | What::HoldTime => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use std::net::IpAddr;

    use super::*;
    use crate::clock::{Instant, ScriptedClock};

    #[test]
    fn a_share_is_its_owners_and_comes_back_when_it_is_said_to() {
        let clock = ScriptedClock::at(Instant(1_800_000_000_000));
        let rate = Rate { at_once: 3, one_each_ms: 2500 };
        let limits = Limits { sign_ups_per_client: rate, ..Limits::default() };
        let limiter = Limiter::new(&limits, Arc::new(clock.clone()));
        let ask = |last: u8| limiter.spend(What::SignUp, IpAddr::from([192, 0, 2, last]));
        (0..3).for_each(|_| ask(1).expect("a share of three"));
        let refused = ask(1).expect_err("all three are used up");
        assert_eq!((refused.what, refused.quota, refused.window_seconds), (What::SignUp, 3, 8));
        ask(2).expect("another's share");
        clock.advance_ms(i64::from(refused.retry_seconds - 1) * 1000);
        ask(1).expect_err("not before the time it was told");
        clock.advance_ms(1000);
        ask(1).expect("at the time it was told");
        ask(1).expect_err("one came back, not all");
        assert_eq!(limiter.refused().find(|(what, _)| *what == What::SignUp), Some((What::SignUp, 3)));
        assert_eq!(limiter.forget(), 2);
        clock.advance_ms(10_500);
        assert_eq!(limiter.forget(), 0, "whoever has all of it again is forgotten");
    }
}
