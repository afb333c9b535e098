//! What memory knows of webhooks: whether there are any, so that nothing is written for nobody; and that a message was
//! written, so that the outbox need not be looked through all the time.

use std::collections::HashSet;

use tokio::sync::{Mutex, Notify};

use crate::clock::Instant;
use crate::ids::PerformanceKey;
use crate::picture::{Memory, Plain};
use crate::terms::SharedTerms;

/// A message was written.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct WebhookPut;

impl Plain for WebhookPut {
    const NAME: &'static str = "webhook_put";
}

/// There are addresses to tell from now on, or there are none any more.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct WebhooksChanged(pub bool);

impl Plain for WebhooksChanged {
    const NAME: &'static str = "webhooks_changed";
}

/// Wakes whoever carries messages.
#[derive(Default)]
pub struct Calls {
    filled: Notify,
    /// Whoever carries messages holds it: a message is carried by one.
    pub carrying: Mutex<()>,
    /// Of these it is known that they were told to be sold out.
    pub sold_out: parking_lot::Mutex<HashSet<PerformanceKey>>,
}

impl Calls {
    /// Something was written since this was last waited for.
    pub fn filled(&self) -> impl Future<Output = ()> {
        self.filled.notified()
    }
}

impl Memory<WebhookPut> for Calls {
    fn apply(&self, _: &[&WebhookPut], _: Instant) {
        self.filled.notify_one();
    }
}

/// Tells operations whether anybody is told.
pub struct Telling(pub SharedTerms);

impl Memory<WebhooksChanged> for Telling {
    fn apply(&self, facts: &[&WebhooksChanged], _: Instant) {
        if let Some(WebhooksChanged(any)) = facts.last() {
            self.0.set_has_webhooks(*any);
        }
    }
}
