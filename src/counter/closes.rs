//! The day's close: what a staff key booked since its last one, against what was counted.

use serde_json::json;

use crate::audit::Note;
use crate::counter::domain::CounterError;
use crate::counter::record::{DayClose, Till};
use crate::counter::sql;
use crate::ids::{CloseKey, StaffKey};
use crate::money::Amount;
use crate::store::{StoreError, Tx};
use crate::wallet::{self, Means};

/// Closes what a key booked: by form of money, with what was counted of each.
///
/// # Errors
/// Only the store's.
pub fn close_day(tx: &Tx, staff: StaffKey, counted: &[(Means, Amount)]) -> Result<DayClose, CounterError> {
    let after = sql::last_posting(tx, staff)?;
    let (booked, last_posting) = wallet::domain::booked_by(tx, staff, after)?;
    let till = |means: Means| Till {
        means,
        booked: booked.iter().find(|(of, _)| *of == means).map(|(_, amount)| *amount).unwrap_or_default(),
        counted: counted.iter().find(|(of, _)| *of == means).map(|(_, amount)| *amount),
    };
    let used = |till: &Till| till.booked != Amount(0) || till.counted.is_some();
    let tills = Means::ALL.iter().copied().map(till).filter(used).collect();
    let (key, id, closed_at) = (CloseKey(0), tx.new_id(), tx.wall());
    let mut close = DayClose { key, id, closed_at, last_posting, tills };
    // From here it must succeed.
    close.key = sql::insert(tx, staff, &close)?;
    tx.audit(|| Note::on("day_close", id).after(json!({ "tills": close.tills })));
    Ok(close)
}

/// Up to `limit` closes of a key, newest first, older than `cursor`.
///
/// # Errors
/// Only the store's.
pub fn day_closes(
    tx: &Tx,
    staff: StaffKey,
    cursor: Option<CloseKey>,
    limit: u32,
) -> Result<Vec<DayClose>, CounterError> {
    Ok(sql::closes(tx, staff, cursor.unwrap_or(CloseKey(i64::MAX)), limit)?)
}

/// Up to `limit` closes of all keys after this one, oldest first, each with its key.
///
/// # Errors
/// Only the store's.
pub fn all_closes(tx: &Tx, after: CloseKey, limit: u32) -> Result<Vec<(StaffKey, DayClose)>, StoreError> {
    sql::all_closes(tx, after, limit)
}

/// The last close there is.
///
/// # Errors
/// Only the store's.
pub fn last_close(tx: &Tx) -> Result<CloseKey, StoreError> {
    Ok(sql::last_close(tx)?.unwrap_or(CloseKey(0)))
}
