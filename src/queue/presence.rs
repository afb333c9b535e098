//! Who has not been heard of: entries wait in the bucket of the second in which they would be absent if they stayed
//! silent. When it comes, those who were heard of move on to a later bucket, so each entry is looked at once per
//! absence time, however often it polls, and an empty line costs nothing.

use std::collections::BTreeMap;

use crate::ids::Ordinal;

#[derive(Default)]
pub(super) struct Wheel {
    buckets: BTreeMap<i64, Vec<Ordinal>>,
}

/// Rounded up: nobody is dropped early.
fn second_after(at_ms: i64) -> i64 {
    at_ms.div_euclid(1000) + 1
}

/// Whether a look that was due at `at_ms` has come, whenever it is taken.
pub(super) fn has_come(at_ms: i64, now_ms: i64) -> bool {
    second_after(at_ms) <= now_ms.div_euclid(1000)
}

impl Wheel {
    /// Looks at the entry when `at_ms` has come.
    pub(super) fn look_at(&mut self, ordinal: Ordinal, at_ms: i64) {
        self.buckets.entry(second_after(at_ms)).or_default().push(ordinal);
    }

    /// The moment of the next look.
    pub(super) fn next_ms(&self) -> Option<i64> {
        self.buckets.first_key_value().map(|(second, _)| second * 1000)
    }

    /// Takes all whose look is due.
    pub(super) fn take_due(&mut self, now_ms: i64) -> Vec<Ordinal> {
        let later = self.buckets.split_off(&(now_ms.div_euclid(1000) + 1));
        std::mem::replace(&mut self.buckets, later).into_values().flatten().collect()
    }
}
