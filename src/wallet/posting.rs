//! What a balance and a line of its history are. No store, no clock.

use crate::actor::Actor;
use crate::clock::Instant;
use crate::column::column_words;
use crate::ids::{PaymentKey, PostingKey, UserKey};
use crate::money::Amount;

/// Why a balance changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PostingKind {
    /// Money was added.
    TopUp,
    /// Tickets were bought.
    Payment,
    /// Tickets were refunded.
    Refund,
    /// Money was paid out.
    PayOut,
    /// The staff put something right.
    Correction,
}

column_words!(PostingKind { TopUp = "top_up", Payment = "payment", Refund = "refund", PayOut = "pay_out", Correction = "correction" });

/// In which form money came in or went out at the counter.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize, serde::Deserialize,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// Notes and coins.
    Cash,
    /// A card, by a device of its own.
    Card,
    /// An invoice.
    Invoice,
}

column_words!(Means { Cash = "cash", Card = "card", Invoice = "invoice" });

/// One line of a balance's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Its key; later postings have larger ones.
    pub key: PostingKey,
    /// Whose balance.
    pub user: UserKey,
    /// Why.
    pub kind: PostingKind,
    /// By how much; negative for a debit.
    pub amount: Amount,
    /// The balance right after it.
    pub balance_after: Amount,
    /// The payment it belongs to.
    pub payment: Option<PaymentKey>,
    /// In which form, if that is known.
    pub means: Option<Means>,
    /// The user's posting before this one.
    pub previous: Option<PostingKey>,
    /// The user's debit before this one.
    pub previous_debit: Option<PostingKey>,
    /// When.
    pub posted_at: Instant,
    /// In whose name.
    pub actor: Actor,
}

/// A balance with the ends of its history; empty before the first posting.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wallet {
    /// What is there.
    pub balance: Amount,
    /// The last posting.
    pub last_posting: Option<PostingKey>,
    /// The last debit.
    pub last_debit: Option<PostingKey>,
}

impl Wallet {
    /// Whether its user ever paid for tickets, at whatever price.
    pub fn has_paid(&self) -> bool {
        self.last_debit.is_some()
    }
}

impl Posting {
    /// As the audit log tells of it.
    pub fn audited(&self) -> serde_json::Value {
        let Self { key, kind, amount, balance_after, .. } = self;
        serde_json::json!({ "posting_id": key.0.to_string(), "kind": kind, "amount": amount, "balance": balance_after })
    }
}
