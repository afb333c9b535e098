//! Passwords shown for an account. After some wrong ones in a row each further one has to wait, twice as long each time:
//! those of one client soon, those of all clients together later. A client that has shown the right one lately is its
//! owner's, and does not wait for what strangers do, so that nobody can lock an account's owner out.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use parking_lot::Mutex;

use crate::clock::Instant;
use crate::limiter::what::{SlowDown, What};

/// So many wrong ones of one client are free.
const FREE: u32 = 5;
/// So many of all clients together.
const FREE_OF_ALL: u32 = 30;
/// The longest that one client has to wait, and the longest because of what others did.
const LONGEST_MS: i64 = 15 * 60 * 1000;
const LONGEST_OF_ALL_MS: i64 = 60 * 1000;
/// After so much silence wrong ones are forgotten.
const FORGET_MS: i64 = 60 * 60 * 1000;
/// For so long a client counts as the owner's.
const TRUSTED_MS: i64 = 30 * 24 * 3600 * 1000;

/// An account as it is asked for, there or not. It keeps nothing of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Account(u64);

#[derive(Clone, Copy, Debug)]
struct Wrong {
    count: u32,
    last: Instant,
    next: Instant,
    trusted_until: Option<Instant>,
}

impl Wrong {
    fn none(now: Instant) -> Self {
        Self { count: 0, last: now, next: now, trusted_until: None }
    }

    fn calm_down(&mut self, now: Instant) {
        if now >= self.last.plus_ms(FORGET_MS) {
            self.count = 0;
        }
    }

    /// One more, for wrong until it proves right.
    fn count(&mut self, now: Instant, free: u32, longest_ms: i64) {
        self.count = self.count.saturating_add(1);
        self.last = now;
        let doublings = self.count.saturating_sub(free);
        let wait_ms = if self.count < free { 0 } else { 1000_i64 << doublings.min(20) };
        self.next = now.plus_ms(wait_ms.min(longest_ms));
    }

    fn is_trusted(&self, now: Instant) -> bool {
        self.trusted_until.is_some_and(|until| now < until)
    }

    fn matters(&self, now: Instant) -> bool {
        now < self.last.plus_ms(FORGET_MS) || self.is_trusted(now)
    }
}

#[derive(Default)]
struct Counted {
    of_client: HashMap<(Account, IpAddr), Wrong>,
    of_all: HashMap<Account, Wrong>,
}

/// The wrong passwords of every account that is asked for.
#[derive(Default)]
pub struct Guesses {
    secret: RandomState,
    counted: Mutex<Counted>,
}

/// A password on its way to being checked; it counts as wrong unless it [turned out right](Guesses::right).
#[derive(Debug)]
pub struct Attempt {
    account: Account,
    client: IpAddr,
}

impl Guesses {
    /// The account with this address.
    pub fn account(&self, email: &str) -> Account {
        Account(self.secret.hash_one(email))
    }

    /// Lets a client show a password for an account.
    ///
    /// # Errors
    /// When it has to wait first; then it does not count.
    pub fn attempt(&self, account: Account, client: IpAddr, now: Instant) -> Result<Attempt, SlowDown> {
        let mut counted = self.counted.lock();
        let Counted { of_client, of_all } = &mut *counted;
        let of_client = of_client.entry((account, client)).or_insert_with(|| Wrong::none(now));
        let of_all = of_all.entry(account).or_insert_with(|| Wrong::none(now));
        of_client.calm_down(now);
        of_all.calm_down(now);
        let is_trusted = of_client.is_trusted(now);
        let next = if is_trusted { of_client.next } else { of_client.next.max(of_all.next) };
        if now < next {
            let wait_ms = u64::try_from(next.0 - now.0).unwrap_or(0);
            let retry_seconds = u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(u32::MAX);
            return Err(SlowDown { what: What::Guess, quota: FREE, window_seconds: 3600, retry_seconds });
        }
        of_client.count(now, FREE, LONGEST_MS);
        if !is_trusted {
            of_all.count(now, FREE_OF_ALL, LONGEST_OF_ALL_MS);
        }
        Ok(Attempt { account, client })
    }

    /// The password was right: what this client got wrong is forgiven, and it is trusted with this account.
    pub fn right(&self, attempt: Attempt, now: Instant) {
        let mut counted = self.counted.lock();
        let of_client = counted.of_client.entry((attempt.account, attempt.client)).or_insert_with(|| Wrong::none(now));
        let was_trusted = of_client.is_trusted(now);
        *of_client = Wrong { trusted_until: Some(now.plus_ms(TRUSTED_MS)), ..Wrong::none(now) };
        if !was_trusted && let Some(of_all) = counted.of_all.get_mut(&attempt.account) {
            // It was counted when it came.
            of_all.count = of_all.count.saturating_sub(1);
        }
    }

    /// Forgets what is too long ago to matter.
    pub(super) fn forget(&self, now: Instant) {
        let mut counted = self.counted.lock();
        counted.of_client.retain(|_, wrong| wrong.matters(now));
        counted.of_all.retain(|_, wrong| wrong.matters(now));
    }

    pub(super) fn len(&self) -> usize {
        let counted = self.counted.lock();
        counted.of_client.len() + counted.of_all.len()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    const START: Instant = Instant(1_800_000_000_000);

    fn client(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn each_wrong_one_waits_twice_as_long_as_the_one_before() {
        let (guesses, mut now, mut waits) = (Guesses::default(), START, Vec::new());
        let account = guesses.account("buyer@example.org");
        for _ in 0..20 {
            while let Err(refused) = guesses.attempt(account, client(1), now) {
                assert!(guesses.attempt(account, client(1), now.plus_seconds(refused.retry_seconds - 1)).is_err());
                now = now.plus_seconds(refused.retry_seconds);
                waits.push(refused.retry_seconds);
            }
        }
        assert_eq!(waits[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 512], "after five free ones");
        assert!(waits[10..].iter().all(|wait| *wait == 900), "{waits:?}");
    }

    #[test]
    fn strangers_wait_for_each_other_and_the_owner_does_not_wait_for_them() {
        let guesses = Guesses::default();
        let account = guesses.account("buyer@example.org");
        let owned = guesses.attempt(account, client(200), START).expect("nobody guessed yet");
        guesses.right(owned, START);
        let passed = (0..200).filter(|last| guesses.attempt(account, client(*last), START).is_ok()).count();
        assert_eq!(passed, FREE_OF_ALL as usize, "one each, and all together no more than are free");
        guesses.attempt(account, client(200), START).expect("the owner's own client");
        guesses.attempt(guesses.account("other@example.org"), client(1), START).expect("another account");
    }

    #[test]
    fn a_right_one_makes_good_what_was_wrong_and_time_forgets() {
        let guesses = Guesses::default();
        let account = guesses.account("buyer@example.org");
        for _ in 0..20 {
            for _ in 1..FREE {
                guesses.attempt(account, client(1), START).expect("free");
            }
            let right = guesses.attempt(account, client(1), START).expect("free");
            guesses.right(right, START);
        }
        guesses.forget(START.plus_ms(FORGET_MS));
        assert_eq!(guesses.len(), 1, "the owner's client is remembered");
        guesses.forget(START.plus_ms(TRUSTED_MS));
        assert_eq!(guesses.len(), 0);
    }
}
