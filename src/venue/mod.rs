//! The venue: whose office this is, and the terms under which it sells. What the data means stands in the data file.

pub mod api;
pub mod desk_api;
pub mod domain;
mod sql;

use std::sync::Arc;

use parking_lot::RwLock;

use crate::terms::Terms;

/// The terms as of the last commit.
pub struct Current(RwLock<Arc<Terms>>);

impl Current {
    /// Begins with these.
    pub fn new(terms: Terms) -> Self {
        Self(RwLock::new(Arc::new(terms)))
    }

    /// The terms.
    pub fn terms(&self) -> Arc<Terms> {
        self.0.read().clone()
    }

    /// A commit changed them.
    pub fn apply(&self, fact: &domain::TermsChanged) {
        *self.0.write() = fact.0.clone();
    }
}
