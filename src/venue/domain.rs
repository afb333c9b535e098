//! Opening and changing a venue's terms.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audit::Note;
use crate::store::{StoreError, Tx};
use crate::terms::{Terms, WantedTerms};
use crate::venue::sql;

/// Why terms are refused.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    /// A start wants what the data file does not have.
    #[error(
        "the data file has {what} {kept}, not {wanted}. Leave that flag (or its BOXOFFICE_ variable) away, or change what \
         the file has: start without it, then PATCH /v1/operator/venue with {{\"{what}\": …}}"
    )]
    Contradicted {
        /// The setting.
        what: &'static str,
        /// What the file says.
        kept: String,
        /// What was said.
        wanted: String,
    },
    /// There are prices or balances: in another currency they would be other amounts.
    #[error("the currency cannot change once there are prices or balances")]
    CurrencyFixed,
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the terms are from this commit on.
pub struct TermsChanged(pub Arc<Terms>);

/// Is there any amount in the data file already? Asked of those who keep amounts; the venue stands below them.
pub struct AnyMoney(pub fn(&Tx) -> Result<bool, StoreError>);

/// The terms of the data file; none before its first start was through.
///
/// # Errors
/// Only the store's.
pub fn terms(tx: &Tx) -> Result<Option<Terms>, StoreError> {
    sql::terms(tx)
}

/// As [`open_venue`] where another node leads: the terms, if they are there and `wanted` does not contradict them. Writes nothing.
///
/// # Errors
/// [`VenueError::Contradicted`].
pub fn look_at_venue(tx: &Tx, wanted: &WantedTerms) -> Result<Option<Terms>, VenueError> {
    let Some(kept) = sql::terms(tx)? else { return Ok(None) };
    require_same(&kept, wanted)?;
    Ok(Some(kept))
}

fn require_same(kept: &Terms, wanted: &WantedTerms) -> Result<(), VenueError> {
    match kept.differences(&wanted.over(kept)).into_iter().next() {
        Some((what, kept, wanted)) => Err(VenueError::Contradicted { what, kept, wanted }),
        None => Ok(()),
    }
}

/// Settles the terms of the data file: those it has, which `wanted` must not contradict, or in a new one those wanted.
///
/// # Errors
/// [`VenueError::Contradicted`].
pub fn open_venue(tx: &Tx, wanted: &WantedTerms) -> Result<(), VenueError> {
    let terms = match sql::terms(tx)? {
        Some(kept) => {
            require_same(&kept, wanted)?;
            kept
        }
        None => {
            let terms = wanted.over(&Terms::default());
            sql::insert(tx, &terms)?;
            terms
        }
    };
    tx.tell(TermsChanged(Arc::new(terms)));
    Ok(())
}

/// Changes the terms; what is not wanted stays. Whoever is inside keeps the time they were given.
///
/// # Errors
/// [`VenueError::CurrencyFixed`].
pub fn change_venue(tx: &Tx, wanted: &WantedTerms, any_money: &AnyMoney) -> Result<Terms, VenueError> {
    let kept = sql::terms(tx)?.unwrap_or_default();
    let terms = wanted.over(&kept);
    if terms.currency != kept.currency && (any_money.0)(tx)? {
        return Err(VenueError::CurrencyFixed);
    }
    // From here it must succeed.
    sql::update(tx, &terms)?;
    tx.audit(|| Note::change("venue", "venue", &noted(&kept), &noted(&terms)));
    tx.tell(TermsChanged(Arc::new(terms.clone())));
    Ok(terms)
}

/// What the audit log says of terms: of the picture only what tells one from another.
fn noted(terms: &Terms) -> BTreeMap<&'static str, String> {
    let brand = &terms.brand;
    let accent = brand.accent.map(|accent| accent.to_string()).unwrap_or_default();
    let logo = brand.logo.as_ref().map(|logo| format!("{}, {} bytes", logo.content_type, logo.bytes.len()));
    let looks = [("accent", accent), ("logo", logo.unwrap_or_default()), ("welcome", brand.welcome.to_string())];
    terms.written().into_iter().chain(looks).collect()
}
