//! What nodes that follow are told of the catalogue: whom it is about. What became of it stands in the rows.

use crate::catalog::domain;
use crate::catalog::error::CatalogError;
use crate::catalog::facts::CatalogFact;
use crate::ids::{ConcertKey, PerformanceKey};
use crate::picture::{Told, read_words, words};
use crate::store::Tx;

/// A fact of the catalogue in words.
#[derive(serde::Serialize, serde::Deserialize)]
enum Words {
    Changed(ConcertKey),
    Redrawn(ConcertKey, PerformanceKey),
    Gone(ConcertKey, PerformanceKey),
}

impl Told for CatalogFact {
    const NAME: &'static str = "catalog";

    fn write(facts: &[&Self]) -> Result<Vec<u8>, String> {
        let written = |fact: &&Self| match fact {
            Self::PerformancesChanged { concert, .. } => Words::Changed(*concert),
            Self::PerformanceRedrawn { concert, performance } => Words::Redrawn(*concert, *performance),
            Self::PerformanceGone { concert, performance } => Words::Gone(*concert, *performance),
        };
        words(&facts.iter().map(written).collect::<Vec<_>>())
    }

    fn read(tx: &Tx, told: &[u8]) -> Result<Vec<Self>, String> {
        let read = |words| match words {
            Words::Changed(concert) => match domain::performances_but_plans(tx, concert) {
                Ok(performances) => Ok(Self::PerformancesChanged { concert, performances }),
                // It was taken back in the same commit.
                Err(CatalogError::NoSuchConcert) => Ok(Self::PerformancesChanged { concert, performances: Vec::new() }),
                Err(error) => Err(error.to_string()),
            },
            Words::Redrawn(concert, performance) => Ok(Self::PerformanceRedrawn { concert, performance }),
            Words::Gone(concert, performance) => Ok(Self::PerformanceGone { concert, performance }),
        };
        read_words::<Vec<Words>>(told)?.into_iter().map(read).collect()
    }
}
