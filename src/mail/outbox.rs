//! What memory knows of the outbox: that something was put there, so that it need not be looked through all the time.

use tokio::sync::{Mutex, Notify};

use crate::clock::Instant;
use crate::picture::{Memory, Plain};

/// A mail was put into the outbox.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct MailPut;

impl Plain for MailPut {
    const NAME: &'static str = "mail";
}

/// Wakes whoever carries mail.
#[derive(Default)]
pub struct Outbox {
    filled: Notify,
    /// Whoever carries mail holds it: a mail is carried by one.
    pub carrying: Mutex<()>,
}

impl Outbox {
    /// Something was put in since this was last waited for.
    pub fn filled(&self) -> impl Future<Output = ()> {
        self.filled.notified()
    }
}

impl Memory<MailPut> for Outbox {
    fn apply(&self, _: &[&MailPut], _: Instant) {
        self.filled.notify_one();
    }
}
