//! Ears for single entries: whoever follows an entry is told when the entry itself changes, at once and without
//! looking at the rest of the line. It carries no news, only the hint to look again.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::ids::Ordinal;

/// Who listens for which entry.
#[derive(Default)]
pub(super) struct Listeners {
    of: Mutex<HashMap<Ordinal, Vec<Arc<Notify>>>>,
}

impl Listeners {
    /// How many listen.
    pub(super) fn len(&self) -> usize {
        self.of.lock().values().map(Vec::len).sum()
    }

    /// Tells those who listen for one of these entries.
    pub(super) fn tell(&self, touched: &[Ordinal]) {
        let of = self.of.lock();
        if of.is_empty() {
            return;
        }
        for notify in touched.iter().filter_map(|ordinal| of.get(ordinal)).flatten() {
            notify.notify_one();
        }
    }

    /// Tells everyone.
    pub(super) fn tell_all(&self) {
        self.of.lock().values().flatten().for_each(|notify| notify.notify_one());
    }
}

/// An ear for one entry's own changes; deaf once dropped.
pub struct Listener {
    listeners: Arc<Listeners>,
    ordinal: Ordinal,
    notify: Arc<Notify>,
}

impl Listener {
    pub(super) fn new(listeners: Arc<Listeners>, ordinal: Ordinal) -> Self {
        let notify = Arc::new(Notify::new());
        listeners.of.lock().entry(ordinal).or_default().push(notify.clone());
        Self { listeners, ordinal, notify }
    }

    /// The entry.
    pub fn ordinal(&self) -> Ordinal {
        self.ordinal
    }

    /// Resolves when the entry's own number, admission or end changed since the last call.
    pub async fn changed(&self) {
        self.notify.notified().await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut of = self.listeners.of.lock();
        if let Some(of_entry) = of.get_mut(&self.ordinal) {
            of_entry.retain(|notify| !Arc::ptr_eq(notify, &self.notify));
            if of_entry.is_empty() {
                of.remove(&self.ordinal);
            }
        }
    }
}
