//! The venue: whose office this is, and the terms under which it sells. What the data means stands in the data file.

pub mod api;
pub mod desk_api;
pub mod domain;
mod sql;
mod views;

use crate::clock::Instant;
use crate::picture::Memory;
use crate::terms::SharedTerms;
use crate::venue::domain::TermsChanged;

/// What memory knows of the venue: the terms as of the last commit.
pub struct Current(pub SharedTerms);

impl Memory<TermsChanged> for Current {
    fn apply(&self, facts: &[&TermsChanged], _: Instant) {
        facts.iter().for_each(|changed| self.0.set(&changed.0));
    }
}
