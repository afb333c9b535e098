//! What a refund and the cancellation of a performance are. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::column::column_words;
use crate::ids::{ConcertKey, PaymentKey, PerformanceKey, PostingKey, RefundKey, TicketKey};
use crate::money::Amount;
use crate::payment::Ticket;

/// How the money goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// To the buyer's balance.
    #[default]
    Balance,
    /// As cash at the counter.
    Cash,
    /// Through the payment provider that it came through.
    Provider,
}

column_words!(Way { Balance = "balance", Cash = "cash", Provider = "provider" });

/// What becomes of the places of refunded tickets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, poem_openapi::Enum, serde::Serialize)]
#[oai(rename = "RefundedPlaces", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Places {
    /// They are on sale again; where somebody is on the waitlist, they are offered there next.
    #[default]
    OnSale,
    /// They are kept from sale.
    Blocked,
    /// They are offered to the waitlist at once, before anybody else can have them, at the counter too; on sale again is what nobody
    /// there wants.
    Waitlist,
}

column_words!(Places { OnSale = "on_sale", Blocked = "blocked", Waitlist = "waitlist" });

/// Why money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The staff said so.
    Staff,
    /// The buyer cancelled.
    Buyer,
    /// The performance is cancelled.
    Performance,
}

column_words!(Cause { Staff = "staff", Buyer = "buyer", Performance = "performance" });

/// Tickets of one payment whose places were given back, and the money for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Inside.
    pub key: RefundKey,
    /// Outside.
    pub id: Uuid,
    /// The payment.
    pub payment: PaymentKey,
    /// Why.
    pub cause: Cause,
    /// How.
    pub way: Way,
    /// What became of the places.
    pub places: Places,
    /// What went back.
    pub amount: Amount,
    /// How much of that is the payment's own fee.
    pub order_fee: Amount,
    /// When.
    pub refunded_at: Instant,
    /// The tickets, each with what went back for it.
    pub tickets: Vec<(Ticket, Amount)>,
}

/// A refund as the books know it. Its tickets name it.
#[derive(Clone, Debug)]
pub struct BookedRefund {
    /// Inside.
    pub key: RefundKey,
    /// Outside.
    pub id: Uuid,
    /// The payment.
    pub payment: PaymentKey,
    /// The posting that gave the money back.
    pub posting: PostingKey,
    /// Why.
    pub cause: Cause,
    /// How.
    pub way: Way,
    /// What went back.
    pub amount: Amount,
    /// How much of that is the payment's own fee.
    pub order_fee: Amount,
    /// When.
    pub refunded_at: Instant,
}

/// A performance that does not take place, and how far its tickets are refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// The performance.
    pub performance: PerformanceKey,
    /// The same outside.
    pub performance_id: Uuid,
    /// Its concert.
    pub concert: ConcertKey,
    /// When it was cancelled.
    pub begun_at: Instant,
    /// When the last ticket was refunded.
    pub done_at: Option<Instant>,
    /// How many tickets stood then, once they are counted.
    pub tickets: Option<u32>,
    /// How many of them are refunded.
    pub refunded: u32,
    /// How much that is.
    pub amount: Amount,
    /// The last ticket that was looked at, in the order of their seats.
    pub last_ticket: Option<TicketKey>,
}

/// What is left to be cancelled of a cancelled concert: its performances after the last one, in order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToCancel {
    /// The concert.
    pub concert: ConcertKey,
    /// The last one that was cancelled, by its start; before the first of them the moment of the cancellation.
    pub last: (Instant, PerformanceKey),
}
