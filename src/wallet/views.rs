//! What a top-up looks like on the wire, at the buyer's address and at the counter.

use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Serialize;

use crate::money::Amount;
use crate::wallet::posting::Posting;

/// How much to add
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
pub struct TopUpRequest {
    /// In minor units, 1 or more
    pub amount: Amount,
}

impl Example for TopUpRequest {
    fn example() -> Self {
        Self { amount: Amount(300_000) }
    }
}

/// Money that was added or taken
#[derive(Object, Serialize)]
pub struct TopUpView {
    /// The posting
    posting_id: String,
    /// By how much the balance changed
    amount: Amount,
    /// The balance after it
    balance: Amount,
}

impl TopUpView {
    /// From its posting.
    pub fn new(posting: &Posting) -> Self {
        Self { posting_id: posting.key.0.to_string(), amount: posting.amount, balance: posting.balance_after }
    }
}
