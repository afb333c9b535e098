//! What a checkout is. No store, no clock, no provider.

use uuid::Uuid;

use crate::clock::Instant;
use crate::column::column_words;
use crate::ids::{CheckoutKey, ConcertKey, PaymentKey, PostingKey, ProviderRefundKey, SeatId, UserKey};
use crate::money::Amount;

/// A payment provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ProviderName {
    /// Built in, for demonstrations and tests: no money moves.
    Fake,
    /// The venue's own payment page.
    Standard,
    /// PortOne, version 2.
    Portone,
    /// Toss Payments.
    Toss,
    /// Stripe Checkout.
    Stripe,
}

column_words!(ProviderName {
    Fake = "fake",
    Standard = "standard",
    Portone = "portone",
    Toss = "toss",
    Stripe = "stripe",
});

/// Where a checkout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum CheckoutState {
    /// Written down; the provider was not reached yet.
    Created,
    /// The buyer may pay at the provider.
    Pending,
    /// Paid, and on the balance.
    Paid,
    /// It cannot be paid.
    Failed,
    /// The buyer gave it up.
    Cancelled,
    /// Its time is over. Money that comes later is credited.
    Expired,
    /// Paid, but not what was asked for: nothing is credited before the staff have looked.
    Disputed,
}

column_words!(CheckoutState {
    Created = "created",
    Pending = "pending",
    Paid = "paid",
    Failed = "failed",
    Cancelled = "cancelled",
    Expired = "expired",
    Disputed = "disputed",
});

/// What is not as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mismatch {
    /// The provider's thing names another checkout.
    Checkout,
    /// Another amount.
    Amount,
    /// Another currency.
    Currency,
    /// Another account's.
    Account,
    /// Test money, or real money where tests are made.
    Mode,
    /// The balance has no room for it.
    Room,
}

column_words!(Mismatch {
    Checkout = "checkout",
    Amount = "amount",
    Currency = "currency",
    Account = "account",
    Mode = "mode",
    Room = "room",
});

/// Why seats were not paid for with money that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Unpaid {
    /// The visit is over.
    VisitOver,
    /// Not all of the seats were held any more.
    HoldsOver,
    /// They cost something else by then.
    PriceChanged,
    /// They are not sold so any more, or the balance was too small.
    Refused,
}

column_words!(Unpaid {
    VisitOver = "visit_over",
    HoldsOver = "holds_over",
    PriceChanged = "price_changed",
    Refused = "refused",
});

/// What became of money that goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackState {
    /// The provider is asked to take it back.
    Waiting,
    /// It took it back.
    Sent,
    /// It refuses: the money is on the balance again.
    Failed,
}

column_words!(BackState { Waiting = "waiting", Sent = "sent", Failed = "failed" });

/// Money that came or went through a provider, as the checkout says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Through {
    /// The checkout.
    pub checkout_id: Uuid,
    /// The provider.
    pub provider: ProviderName,
    /// How much: what came, or less than nothing where it goes back.
    pub amount: Amount,
}

/// Money that goes back through the provider that it came through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    /// Inside.
    pub key: ProviderRefundKey,
    /// Outside, also at the provider: what makes a repeat harmless.
    pub id: Uuid,
    /// The checkout that it came by.
    pub checkout: Checkout,
    /// How much.
    pub amount: Amount,
    /// How often the provider was asked.
    pub attempts: u32,
}

/// What is to be paid for as soon as the money is there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wish {
    /// The concert.
    pub concert: i64,
    /// Seats that the buyer holds there.
    pub seats: Vec<String>,
    /// What they cost.
    pub amount: Amount,
    /// A discount code.
    pub code: Option<String>,
}

impl Wish {
    /// The concert.
    pub fn concert(&self) -> ConcertKey {
        ConcertKey(self.concert)
    }

    /// The seats.
    pub fn seat_ids(&self) -> Vec<SeatId> {
        self.seats.iter().filter_map(|seat| seat.parse().ok()).collect()
    }
}

/// A checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// Inside.
    pub key: CheckoutKey,
    /// Outside, also at the provider.
    pub id: Uuid,
    /// Whose balance.
    pub user: UserKey,
    /// Through whom.
    pub provider: ProviderName,
    /// Our account there, as far as it is known.
    pub account: Option<String>,
    /// Real money, not a test's.
    pub is_live: bool,
    /// How much.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: String,
    /// Where it stands.
    pub state: CheckoutState,
    /// What the provider calls it, where that is not our id.
    pub reference: Option<String>,
    /// Where the buyer pays.
    pub redirect_url: Option<String>,
    /// What the provider's own script needs, as JSON, where it has no page to be sent to.
    pub parameters: Option<String>,
    /// What is paid for then.
    pub wish: Option<Wish>,
    /// When it was opened.
    pub opened_at: Instant,
    /// Until when it may be paid.
    pub ends_at: Instant,
    /// When the provider is asked next without being told to; none when it needs no asking.
    pub next_at: Option<Instant>,
    /// How often it was asked so.
    pub asked: u32,
    /// When it came to its present state, if that is an end.
    pub settled_at: Option<Instant>,
    /// The money on the balance.
    pub posting: Option<PostingKey>,
    /// What it paid for.
    pub payment: Option<PaymentKey>,
    /// Why it did not.
    pub unpaid: Option<Unpaid>,
    /// What is in dispute.
    pub mismatch: Option<Mismatch>,
    /// What the provider said against it.
    pub problem: Option<String>,
    /// How much of it went back through the provider.
    pub refunded: Amount,
}
