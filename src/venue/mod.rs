//! The venue: whose office this is, and the terms under which it sells. What the data means stands in the data file.

pub mod api;
pub mod desk_api;
pub mod domain;
mod sql;
mod views;

use std::sync::Arc;

use crate::clock::Instant;
use crate::picture::{Memory, Told};
use crate::store::Tx;
use crate::terms::SharedTerms;
use crate::venue::domain::TermsChanged;

/// What memory knows of the venue: the terms as of the last commit.
pub struct Current(pub SharedTerms);

/// Who follows is told that they changed; the terms stand in the rows.
impl Told for TermsChanged {
    const NAME: &'static str = "terms";

    fn write(_: &[&Self]) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }

    fn read(tx: &Tx, _: &[u8]) -> Result<Vec<Self>, String> {
        let terms = domain::terms(tx).map_err(|error| error.to_string())?;
        Ok(terms.map(|terms| Self(Arc::new(terms))).into_iter().collect())
    }
}

impl Memory<TermsChanged> for Current {
    fn apply(&self, facts: &[&TermsChanged], _: Instant) {
        facts.iter().for_each(|changed| self.0.set(&changed.0));
    }
}
