//! What a day close is. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{CloseKey, PostingKey};
use crate::money::Amount;
use crate::wallet::Means;

/// What one staff key booked in one form of money, and what was counted of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Till {
    /// The form.
    pub means: Means,
    /// What came in, less what went out, by the books.
    pub booked: Amount,
    /// What was counted; none where nobody counted it.
    pub counted: Option<Amount>,
}

/// The close of what a staff key booked since its close before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayClose {
    /// Inside.
    pub key: CloseKey,
    /// Outside.
    pub id: Uuid,
    /// When.
    pub closed_at: Instant,
    /// Up to this posting.
    pub last_posting: PostingKey,
    /// What was booked and counted.
    pub tills: Vec<Till>,
}
