//! Randomness: the other thing the product takes from outside.
//!
//! Nothing else may draw random numbers: tests run on a seed and print it when they fail.

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use crate::clock::Instant;

/// Where random bytes come from.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with randomness fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator, through rand's reseeding thread-local one.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is where randomness comes from")]
        rand::rng().fill_bytes(bytes);
    }
}

/// The same bytes for the same seed, for tests and simulations only.
pub struct SeededEntropy(Mutex<StdRng>);

impl SeededEntropy {
    /// A generator that repeats itself for the same `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().fill_bytes(bytes);
    }
}

/// A UUID version 7 (RFC 9562): ordered by `now`, so that new rows append to their table.
pub fn new_id(entropy: &dyn Entropy, now: Instant) -> Uuid {
    let mut random = [0; 10];
    entropy.fill(&mut random);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(now.0).unwrap_or(0), &random).into_uuid()
}

/// 256 bits for a secret that only its owner shall know.
pub fn new_secret(entropy: &dyn Entropy) -> [u8; 32] {
    let mut secret = [0; 32];
    entropy.fill(&mut secret);
    secret
}
