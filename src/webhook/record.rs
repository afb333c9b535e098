//! What webhooks and their deliveries are, and when one is tried again. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::column::column_words;
use crate::ids::{MessageKey, PerformanceKey, WebhookKey};

/// What is told. One more is a word here and a [`put`](super::put) where it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Tickets were paid for, also at the counter.
    PaymentCompleted,
    /// Tickets were refunded.
    PaymentRefunded,
    /// A performance does not take place.
    PerformanceCancelled,
    /// A performance takes place at another time.
    PerformanceMoved,
    /// Nothing of a performance is left; told once.
    PerformanceSoldOut,
    /// Somebody came in by a ticket.
    TicketCheckedIn,
}

column_words!(Event {
    PaymentCompleted = "payment_completed",
    PaymentRefunded = "payment_refunded",
    PerformanceCancelled = "performance_cancelled",
    PerformanceMoved = "performance_moved",
    PerformanceSoldOut = "performance_sold_out",
    TicketCheckedIn = "ticket_checked_in",
});

/// An address that is told.
#[derive(Clone)]
pub struct Webhook {
    /// Inside.
    pub key: WebhookKey,
    /// Outside.
    pub id: Uuid,
    /// Where to.
    pub url: String,
    /// What.
    pub events: Vec<Event>,
    /// What messages are signed with, as it is written.
    pub secret: String,
    /// The one before, while it signs too, and until when it does.
    pub old_secret: Option<(String, Instant)>,
    /// When it was named.
    pub made_at: Instant,
    /// When it was told for the last time, because it answered 410 or was taken away.
    pub disabled_at: Option<Instant>,
}

/// What became of a message to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is told as soon as the address takes it, and those before it of its performance are told.
    Waiting,
    /// The address has taken it.
    Delivered,
    /// It was tried for long enough, or the address is told nothing any more.
    Failed,
}

column_words!(DeliveryState { Waiting = "waiting", Delivered = "delivered", Failed = "failed" });

/// A message to an address.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The address.
    pub webhook: WebhookKey,
    /// The message.
    pub message: MessageKey,
    /// The message outside: what its reader knows a repeat by.
    pub id: Uuid,
    /// The performance that it is about.
    pub performance: PerformanceKey,
    /// What it tells.
    pub event: Event,
    /// The body.
    pub body: String,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; none while others go before it.
    pub next_at: Option<Instant>,
    /// When it was written.
    pub made_at: Instant,
    /// When it was delivered, or given up.
    pub done_at: Option<Instant>,
    /// Why the last attempt failed.
    pub problem: Option<String>,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The address has taken it.
    Taken,
    /// It wants nothing any more.
    Gone,
    /// Later it may take it.
    Later(String),
}

/// So many addresses may be named.
pub const MOST_WEBHOOKS: usize = 50;
/// An address may be so long.
pub const LONGEST_URL: usize = 1000;
/// For so long the secret before signs too.
pub(super) const OLD_SECRET_SECONDS: u32 = 24 * 3600;
/// After so many attempts, three days in all, a message is given up.
pub(super) const MOST_ATTEMPTS: u32 = 24;

/// How long after its attempt no. `attempt` (from 1) a message is tried again: five seconds, then twice as long each time, at
/// most six hours.
pub(super) fn wait_ms(attempt: u32) -> i64 {
    const FIRST_MS: i64 = 5_000;
    const MOST_MS: i64 = 6 * 3_600_000;
    (FIRST_MS << attempt.saturating_sub(1).min(16)).min(MOST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_tried_for_three_days() {
        let total: i64 = (1..MOST_ATTEMPTS).map(wait_ms).sum();
        assert_eq!((wait_ms(1), wait_ms(2), wait_ms(40)), (5_000, 10_000, 21_600_000));
        assert!((66..=78).contains(&(total / 3_600_000)), "{} hours", total / 3_600_000);
    }
}
