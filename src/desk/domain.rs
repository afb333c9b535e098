//! What the staff ask of the office itself: it changes no subject's rows.

use serde_json::json;

use crate::audit::Note;
use crate::clock::Instant;
use crate::jobs::VerificationAsked;
use crate::store::{StoreError, Tx};

/// Asks for a verification of the living file, once this is committed. One that goes on already is as good. Gives the time of
/// day at which it was asked for.
///
/// # Errors
/// Only the store's.
pub fn start_verification(tx: &Tx) -> Result<Instant, StoreError> {
    let asked_at = tx.wall();
    tx.audit(|| Note::on("data_file", "verification").after(json!({ "asked_at": asked_at })));
    tx.tell(VerificationAsked);
    Ok(asked_at)
}
