//! What a payment and a ticket are. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{CodeKey, ConcertKey, PaymentKey, RefundKey, SeatId, TicketKey, TypeNo, UserKey};
use crate::money::Amount;
use crate::payment::channel::{Channel, PaidBy};
use crate::reservation::{Offer, Sold};

/// One sold seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its key.
    pub key: TicketKey,
    /// The seat.
    pub seat: SeatId,
    /// As which ticket type it was sold.
    pub type_no: TypeNo,
    /// What it cost, less what a code took off.
    pub price: Amount,
    /// What was asked for it beside.
    pub fee: Amount,
    /// How often it was handed on.
    pub handovers: u32,
    /// What its code is made with beside the payment's id: as sold 0, and random since it was handed on.
    pub code_salt: i64,
    /// Whose it is, if not the payer's.
    pub holder: Option<UserKey>,
    /// What went back for it, if it was refunded: then it opens nothing any more.
    pub refund: Option<Refunded>,
}

/// What went back for a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// The refund.
    pub key: RefundKey,
    /// How much.
    pub amount: Amount,
}

impl Ticket {
    /// Whether it opens the door: it was not refunded.
    pub fn stands(&self) -> bool {
        self.refund.is_none()
    }

    /// The seat that it gives back.
    pub fn given_back(&self) -> Sold {
        Sold { seat_no: self.seat.seat_no, type_no: self.type_no, ticket: self.key, was_held: false }
    }

    /// The seat that it sells, which was offered so.
    pub fn sold(&self, offer: &Offer) -> Sold {
        Sold { seat_no: self.seat.seat_no, type_no: self.type_no, ticket: self.key, was_held: offer.is_held }
    }
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
    /// For which concert.
    pub concert: ConcertKey,
    /// How much: prices and fees.
    pub amount: Amount,
    /// The payment's own fee.
    pub order_fee: Amount,
    /// What a code took off its tickets' prices.
    pub discount: Amount,
    /// When.
    pub paid_at: Instant,
    /// What for.
    pub tickets: Vec<Ticket>,
}

impl Payment {
    /// How much of it was fees.
    pub fn fees(&self) -> Amount {
        let fees = self.tickets.iter().map(|ticket| ticket.fee).chain([self.order_fee]);
        Amount::sum(fees).unwrap_or(self.amount)
    }
}

/// A payment as the books know it. A ticket's `version_no` is 0 where its seat is one of the version of the hall in which the
/// performance is played now.
#[derive(Clone, Debug)]
pub struct SoldPayment {
    /// Inside.
    pub key: PaymentKey,
    /// Outside.
    pub id: Uuid,
    /// For which concert.
    pub concert: ConcertKey,
    /// Where.
    pub channel: Channel,
    /// How it was paid at the counter.
    pub paid_by: Option<PaidBy>,
    /// How much: prices and fees.
    pub amount: Amount,
    /// The payment's own fee.
    pub order_fee: Amount,
    /// Whether that went back.
    pub is_order_fee_back: bool,
    /// The code it was paid with.
    pub code: Option<CodeKey>,
    /// What that took off its tickets' prices.
    pub discount: Amount,
    /// When.
    pub paid_at: Instant,
    /// What for.
    pub tickets: Vec<Ticket>,
}
