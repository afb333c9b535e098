//! The check in parts, each of which stands by itself: for a living file, at which nobody may look for long at a time.

use crate::store::{StoreError, Tx};
use crate::verify::breach::{Breach, LISTED};
use crate::verify::sql::{self, Check};
use crate::verify::{desk, draws, places};

/// A part of the check.
pub struct Step(Part);

enum Part {
    /// What a table must be before its rows can mean anything.
    Table(String),
    /// A law.
    Law(&'static Check),
    /// The numbers that a draw gave, by its concert's key.
    Draw(i64),
}

/// All parts, given the file as it is now.
///
/// # Errors
/// Only the store's.
pub fn steps(tx: &Tx) -> Result<Vec<Step>, StoreError> {
    let tables = tx.tables()?.into_iter().map(|table| Step(Part::Table(table)));
    Ok(tables.chain(of_laws(tx)?).collect())
}

/// The laws' parts alone.
pub(super) fn of_laws(tx: &Tx) -> Result<Vec<Step>, StoreError> {
    let checks = places::CHECKS.iter().chain(sql::CHECKS).chain(desk::CHECKS).map(|check| Step(Part::Law(check)));
    let draws = sql::draws(tx)?.into_iter().map(|draw| Step(Part::Draw(draw.concert)));
    Ok(checks.chain(draws).collect())
}

impl Step {
    /// What breaks this part, up to a bound.
    ///
    /// # Errors
    /// Only the store's.
    pub fn check(&self, tx: &Tx) -> Result<Vec<Breach>, StoreError> {
        match &self.0 {
            Part::Table(table) => Ok(tx.faults_of(table)?.into_iter().map(|what| Breach { law: 0, what }).collect()),
            Part::Law(check) => {
                let found = sql::breaches(tx, check, LISTED)?.into_iter();
                Ok(found.map(|row| Breach { law: check.law, what: format!("{}: {row}", check.what) }).collect())
            }
            // As it is now: it may have been forgotten with its queue since the parts were listed.
            Part::Draw(concert) => match sql::draws(tx)?.into_iter().find(|draw| draw.concert == *concert) {
                Some(draw) => {
                    let found = draws::check(&draw, sql::drawn(tx, &draw)?, LISTED as usize);
                    Ok(found.into_iter().map(|what| Breach { law: 5, what }).collect())
                }
                None => Ok(Vec::new()),
            },
        }
    }
}
