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

    /// Looks at everyone anew when `at_ms` has come.
    pub(super) fn look_at_all(&mut self, at_ms: i64) {
        let mut all = Vec::new();
        std::mem::take(&mut self.buckets).into_values().for_each(|mut bucket| all.append(&mut bucket));
        if !all.is_empty() {
            self.buckets.insert(second_after(at_ms), all);
        }
    }

    /// Takes up to `most` whose look is due; the others stay due.
    pub(super) fn take_due(&mut self, now_ms: i64, most: usize) -> Vec<Ordinal> {
        let mut due = Vec::new();
        while let Some(mut bucket) = self.buckets.first_entry()
            && *bucket.key() <= now_ms.div_euclid(1000)
            && due.len() < most
        {
            let stay = bucket.get().len().saturating_sub(most - due.len());
            due.extend(bucket.get_mut().drain(stay..));
            if stay == 0 {
                bucket.remove();
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::Wheel;
    use crate::ids::Ordinal;

    #[test]
    fn a_crowd_is_looked_at_bit_by_bit() {
        let mut wheel = Wheel::default();
        (1..=5).for_each(|ordinal| wheel.look_at(Ordinal(ordinal), 500));
        wheel.look_at(Ordinal(6), 1500);
        assert_eq!(wheel.take_due(999, 9), []);
        assert_eq!(wheel.take_due(2000, 3).len(), 3);
        assert_eq!(wheel.next_ms(), Some(1000), "the others are still due");
        assert_eq!(wheel.take_due(2000, 9).len(), 3);
        assert_eq!(wheel.next_ms(), None);
        (1..=5).for_each(|ordinal| wheel.look_at(Ordinal(ordinal), i64::from(ordinal) * 1000));
        wheel.look_at_all(2500);
        assert_eq!((wheel.take_due(2999, 9).len(), wheel.take_due(3000, 9).len()), (0, 5));
    }
}
