//! What every request works on: the data file, the time, the bounds, and the subjects' memories ([`Office::part`]).
//! It only holds them. `app` opens and wires them; what they do is their own.

use std::any::{Any, TypeId};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use crate::clock::{Clock, Instant};
use crate::config::{Config, Limits};
use crate::store::Store;

/// An open box office.
pub struct Office {
    /// What the operator set.
    pub config: Config,
    /// The bounds.
    pub limits: Limits,
    /// The data file.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Turns true when the box office stops; streams end then.
    pub stopping: watch::Sender<bool>,
    /// Turns true when something died without which the box office cannot go on; the process ends then.
    pub broken: watch::Sender<bool>,
    /// The subjects' memories.
    pub parts: Parts,
    /// Whom a demonstration shows its visitors; said once, by nobody else.
    pub guide: OnceLock<Guide>,
}

/// Who a visitor of a demonstration can be. The first page shows all of it to anybody.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Guide {
    /// The buyer's address.
    pub buyer_email: String,
    /// The buyer's password.
    pub buyer_password: String,
    /// The operator's key.
    pub operator_key: String,
}

impl Office {
    /// The present moment.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The time of day, for what is promised for one.
    pub fn wall(&self) -> Instant {
        self.clock.wall()
    }

    /// A subject's memory.
    ///
    /// # Panics
    /// When `app` did not wire one: a mistake in the program that the first request of any test would show.
    pub fn part<T: Any + Send + Sync>(&self) -> &Arc<T> {
        #[expect(clippy::expect_used, reason = "`app` wires every part before the first request")]
        self.parts.find().expect("a part that app wires")
    }

    /// Resolves when the box office cannot go on: the writer failed, or a job that it cannot live without died.
    pub async fn failed(&self) {
        let mut broken = self.broken.subscribe();
        tokio::select! {
            () = self.store.failed() => {}
            _ = broken.wait_for(|broken| *broken) => {}
        }
    }

    /// True once [`Office::failed`] has resolved.
    pub fn has_failed(&self) -> bool {
        self.store.has_failed() || *self.broken.borrow()
    }
}

/// The subjects' memories by their type.
#[derive(Default)]
pub struct Parts(Vec<(TypeId, Box<dyn Any + Send + Sync>)>);

impl Parts {
    /// With this one too.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, part: Arc<T>) -> Self {
        self.0.push((TypeId::of::<T>(), Box::new(part)));
        self
    }

    /// There are a handful: looking through them costs less than hashing.
    fn find<T: Any + Send + Sync>(&self) -> Option<&Arc<T>> {
        let (_, part) = self.0.iter().find(|(of, _)| *of == TypeId::of::<T>())?;
        part.deref().downcast_ref()
    }
}
