//! What a payment and a ticket are. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{PaymentKey, SeatId, TicketKey, UserKey};
use crate::money::Amount;

/// One sold seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its key.
    pub key: TicketKey,
    /// The seat.
    pub seat: SeatId,
    /// What it cost.
    pub price: Amount,
}

/// A payment with its tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Inside.
    pub key: PaymentKey,
    /// Outside.
    pub id: Uuid,
    /// Who paid.
    pub user: UserKey,
    /// How much.
    pub amount: Amount,
    /// When.
    pub paid_at: Instant,
    /// What for.
    pub tickets: Vec<Ticket>,
}
