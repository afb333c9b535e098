//! What a refund looks like on the wire.

use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use crate::clock::Instant;
use crate::money::Amount;
use crate::payment::{Payment, Ticket, TicketCodes};
use crate::refund::record::{Cause, Places, Refund, Way};

/// A ticket that was refunded
#[derive(Object, Serialize)]
pub struct RefundedTicketView {
    /// Its code, which opens nothing any more
    pub code: String,
    /// The seat that it was for
    pub seat_id: String,
    /// What went back for it
    pub amount: Amount,
}

/// Tickets that were refunded together
#[derive(Object, Serialize)]
pub struct RefundView {
    /// The refund
    pub id: Uuid,
    /// The payment
    pub payment_id: Uuid,
    /// Why
    pub cause: Cause,
    /// How
    pub to: Way,
    /// What became of the places
    pub places: Places,
    /// What went back
    pub amount: Amount,
    /// When
    pub refunded_at: Instant,
    /// The tickets
    pub tickets: Vec<RefundedTicketView>,
}

impl RefundView {
    /// A refund of this payment.
    pub fn new(codes: &TicketCodes, payment: &Payment, refund: &Refund) -> Self {
        let ticket = |(ticket, amount): &(Ticket, Amount)| RefundedTicketView {
            code: codes.code(ticket, payment.id),
            seat_id: ticket.seat.to_string(),
            amount: *amount,
        };
        Self {
            id: refund.id,
            payment_id: payment.id,
            cause: refund.cause,
            to: refund.way,
            places: refund.places,
            amount: refund.amount,
            refunded_at: refund.refunded_at,
            tickets: refund.tickets.iter().map(ticket).collect(),
        }
    }
}
