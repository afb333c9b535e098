//! What is due when: a moment for each thing that has one, the earliest first, and a wake-up for whoever sleeps until
//! then.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::clock::Instant;

/// A list of what is due when.
pub struct Schedule<K> {
    due: Mutex<Due<K>>,
    wake: Notify,
}

struct Due<K> {
    in_order: BTreeSet<(Instant, K)>,
    /// Of the keys whose moment may move: where they stand.
    moving: HashMap<K, Instant>,
}

impl<K> Default for Schedule<K> {
    fn default() -> Self {
        Self { due: Mutex::new(Due { in_order: BTreeSet::new(), moving: HashMap::new() }), wake: Notify::new() }
    }
}

impl<K: Copy + Eq + Ord + Hash> Due<K> {
    fn first(&self) -> Option<Instant> {
        self.in_order.first().map(|(at, _)| *at)
    }

    fn set(&mut self, key: K, at: Option<Instant>) {
        if let Some(old) = self.moving.remove(&key) {
            self.in_order.remove(&(old, key));
        }
        if let Some(at) = at {
            self.in_order.insert((at, key));
            self.moving.insert(key, at);
        }
    }
}

impl<K: Copy + Eq + Ord + Hash> Schedule<K> {
    /// Notes when `key` is due; `None`: not any more.
    pub fn set(&self, key: K, at: Option<Instant>) {
        self.set_by(key, || at);
    }

    /// As [`Schedule::set`], asking for the moment under the list's lock: between asking and noting, another commit may
    /// make something due sooner, and the older answer must not overwrite that.
    pub fn set_by(&self, key: K, at: impl FnOnce() -> Option<Instant>) {
        self.change(|due| due.set(key, at()));
    }

    /// Notes a key that has this one moment all its life. Who notes many such keys need not look up where they stand.
    pub fn add(&self, key: K, at: Instant) {
        self.change(|due| _ = due.in_order.insert((at, key)));
    }

    /// Forgets a key that was [added](Schedule::add) with this moment, or is gone already.
    pub fn remove(&self, key: K, at: Instant) {
        self.change(|due| _ = due.in_order.remove(&(at, key)));
    }

    /// Whoever sleeps until the first moment is woken when there is a sooner one; when there is a later one it wakes in
    /// vain, which costs less than to be woken by each change.
    fn change(&self, work: impl FnOnce(&mut Due<K>)) {
        let mut due = self.due.lock();
        let before = due.first();
        work(&mut due);
        if due.first().is_some_and(|first| before.is_none_or(|before| first < before)) {
            self.wake.notify_one();
        }
    }

    /// Adds many at once.
    pub fn extend(&self, items: impl IntoIterator<Item = (K, Instant)>) {
        self.change(|due| due.in_order.extend(items.into_iter().map(|(key, at)| (at, key))));
    }

    /// When something is due next; none while everything sleeps.
    pub fn next(&self) -> Option<Instant> {
        self.due.lock().first()
    }

    /// Resolves when [`Schedule::next`] may have changed.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Takes what is due at `now`, up to `most`, the earliest first.
    pub fn take_due(&self, now: Instant, most: usize) -> Vec<K> {
        let mut due = self.due.lock();
        let mut taken = Vec::new();
        while let Some(&(at, key)) = due.in_order.first()
            && at <= now
            && taken.len() < most
        {
            due.in_order.pop_first();
            due.moving.remove(&key);
            taken.push(key);
        }
        taken
    }

    /// How many have a moment.
    pub fn len(&self) -> usize {
        self.due.lock().in_order.len()
    }

    /// True when nothing has a moment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;
    use crate::clock::Instant;

    #[test]
    fn the_earliest_is_due_first_and_a_moved_one_only_once() {
        let schedule = Schedule::default();
        schedule.set(1, Some(Instant(30)));
        schedule.set(2, Some(Instant(10)));
        schedule.set(3, Some(Instant(20)));
        schedule.set(1, Some(Instant(5)));
        schedule.set(3, None);
        assert_eq!(schedule.next(), Some(Instant(5)));
        assert_eq!(schedule.take_due(Instant(4), 9), Vec::<i32>::new());
        assert_eq!(schedule.take_due(Instant(30), 1), vec![1]);
        assert_eq!(schedule.take_due(Instant(30), 9), vec![2]);
        assert!(schedule.is_empty());
    }

    #[test]
    fn a_key_with_one_moment_is_forgotten_by_it() {
        let schedule = Schedule::default();
        schedule.extend([(1, Instant(10)), (2, Instant(20))]);
        schedule.add(3, Instant(10));
        schedule.remove(1, Instant(10));
        schedule.remove(1, Instant(10));
        assert_eq!((schedule.len(), schedule.next()), (2, Some(Instant(10))));
        assert_eq!(schedule.take_due(Instant(10), 9), vec![3]);
        schedule.remove(3, Instant(10));
        assert_eq!(schedule.next(), Some(Instant(20)));
    }
}
