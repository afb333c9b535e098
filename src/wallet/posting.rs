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

/// A posting is young while no more than so many of all users' followed it: some hundred pages, which a sale's buyers share.
const YOUNG: i64 = 16_384;

/// A balance with the ends of its history; empty before the first posting.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wallet {
    /// What is there.
    pub balance: Amount,
    /// The last posting.
    pub last_posting: Option<PostingKey>,
    /// The last debit.
    pub last_debit: Option<PostingKey>,
    /// The posting that its row names: the last, or the one before it.
    pub(super) anchor: Option<PostingKey>,
}

impl Wallet {
    /// As its last posting left it.
    pub(super) fn after(
        posting: PostingKey,
        kind: PostingKind,
        balance_after: Amount,
        previous_debit: Option<PostingKey>,
        anchor: PostingKey,
    ) -> Self {
        let last_debit = if kind == PostingKind::Payment { Some(posting) } else { previous_debit };
        Self { balance: balance_after, last_posting: Some(posting), last_debit, anchor: Some(anchor) }
    }

    /// The last posting, if that shall name the new one and the wallet's row stay as it is: where somebody pays soon after it, and the
    /// row names it. Its page is written for others of this hour anyway; the row's page would be written for this buyer alone.
    pub(super) fn linked_from(&self, new: PostingKey, kind: PostingKind) -> Option<PostingKey> {
        let is_near = |last: &PostingKey| self.anchor == Some(*last) && new.0 - last.0 <= YOUNG;
        self.last_posting.filter(|last| kind == PostingKind::Payment && is_near(last))
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_posting_that_the_row_names_names_the_payment_after_it() {
        let last = PostingKey(100);
        let paid = |wallet: Wallet, new: i64| wallet.linked_from(PostingKey(new), PostingKind::Payment);
        let wallet = |anchor: i64| Wallet::after(last, PostingKind::TopUp, Amount(5), None, PostingKey(anchor));
        assert_eq!(paid(wallet(100), 101), Some(last));
        assert_eq!(paid(wallet(100), 100 + YOUNG), Some(last));
        assert_eq!(paid(wallet(100), 101 + YOUNG), None, "too old");
        assert_eq!(paid(wallet(99), 101), None, "the row names the one before it");
        assert_eq!(paid(Wallet::default(), 101), None, "there is none");
        assert_eq!(wallet(100).linked_from(PostingKey(101), PostingKind::TopUp), None, "no payment");
    }
}
