//! Who was silent for too long in a queue, as far as this node can tell; and who was heard of at another.

use std::sync::atomic::Ordering::Relaxed;

use crate::clock::Instant;
use crate::ids::Ordinal;
use crate::queue::heard::Heard;
use crate::queue::line::Line;
use crate::queue::presence;

/// So many are looked at for their silence under one lock: nobody who asks or publishes waits for a long line.
const LOOKED_AT_AT_ONCE: usize = 5000;

impl Line {
    /// Takes the entries that were silent for too long; those who were not are looked at again later.
    pub fn take_absent(&self, now: Instant) -> Vec<Ordinal> {
        let (awake_since, late_ms) = self.could_hear();
        let mut state = self.state.write();
        let mut absent = Vec::new();
        for ordinal in state.presence.take_due(now.0, LOOKED_AT_AT_ONCE) {
            match state.silent_at(ordinal, awake_since, late_ms) {
                Some(at) if presence::has_come(at, now.0) => {
                    absent.push(ordinal);
                    // Looked at again, should the commit that drops it fail.
                    state.presence.look_at(ordinal, now.0 + 1000);
                }
                Some(at) => state.presence.look_at(ordinal, at),
                None => {}
            }
        }
        absent
    }

    /// Gives an entry up if it is still unheard of, for the commit that drops it. From then on it is answered as dead:
    /// nobody who was told to ask again later finds out that the place was gone already.
    pub fn give_up(&self, ordinal: Ordinal, now: Instant) -> bool {
        let (awake_since, late_ms) = self.could_hear();
        // The exclusive lock: whoever asks at the same moment is either heard of before this or dead after it.
        let mut state = self.state.write();
        let is_absent = state.silent_at(ordinal, awake_since, late_ms).is_some_and(|at| at <= now.0);
        if let Some(slot) = state.slots.get_mut(&ordinal).filter(|_| is_absent) {
            slot.given_up = true;
        }
        is_absent
    }

    /// Nobody was silent before now: buyers were heard of elsewhere.
    pub fn hear_from(&self, now: Instant) {
        self.hears_since_ms.store(now.0, Relaxed);
    }

    /// Notes that those who keep seats are there, whatever they do.
    pub fn heard_holding(&self, holding: &[Ordinal], now: Instant) {
        let state = self.state.read();
        for slot in holding.iter().filter_map(|ordinal| state.slots.get(ordinal)) {
            slot.heard(now);
        }
    }

    /// Since when anyone could be heard, as of this very moment: whoever wakes after a pause must not judge by what was
    /// known before it. And how late, in milliseconds.
    fn could_hear(&self) -> (Instant, i64) {
        self.clock.look();
        let hears_since = Instant(self.hears_since_ms.load(Relaxed));
        (self.clock.awake_since().max(hears_since), self.hearing.late_ms())
    }

    /// Notes that these were heard of at another node.
    pub fn heard_elsewhere(&self, heard: &Heard, now: Instant) {
        let state = self.state.read();
        for slot in heard.ordinals().filter_map(|ordinal| state.slots.get(&ordinal)) {
            slot.heard(now);
        }
    }

    /// Takes who was heard of since the last time, and notes it from now on.
    pub(super) fn take_heard(&self, now: Instant) -> Heard {
        // Nobody is dropped here; but whoever has ended must not be kept in mind for ever.
        self.take_absent(now);
        let noted = {
            let state = self.state.read();
            state.heard.is_noting().then(|| state.heard.take())
        };
        let words = noted.unwrap_or_else(|| {
            let mut state = self.state.write();
            let last = state.queue.last_ordinal;
            state.heard.reach(last);
            Vec::new()
        });
        Heard { concert: self.concert_id, words }
    }

    /// Puts back what could not be told.
    pub(super) fn put_back(&self, heard: &Heard) {
        self.state.read().heard.put_back(&heard.words);
    }

    /// Notes no more who is heard of.
    pub(super) fn stop_noting(&self) {
        if self.state.read().heard.is_noting() {
            self.state.write().heard.stop();
        }
    }
}
