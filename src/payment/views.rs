//! What bills, payments and tickets look like on the wire.

use std::sync::Arc;

use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::views::OccasionView;
use crate::catalog::{Performance, SeatLabel};
use crate::clock::Instant;
use crate::ids::SeatId;
use crate::money::Amount;
use crate::payment::basket::Priced;
use crate::payment::domain::Words;
use crate::payment::qr;
use crate::payment::ticket::{Payment, Ticket};
use crate::payment::ticket_code::TicketCodes;
use crate::reservation::Offer;
use crate::reservation::views::SeatView;

/// A ticket of a payment
#[derive(Object, Serialize)]
pub struct PaidTicketView {
    /// What is shown at the door
    pub(super) code: String,
    /// The performance
    pub(super) performance_id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    pub(super) occasion: OccasionView,
    /// The seat
    pub(super) seat: SeatView,
}

/// A payment with the balance after it
#[derive(Object, Serialize)]
pub struct PaidView {
    /// The payment
    pub(super) id: Uuid,
    /// What was paid
    pub(super) amount: Amount,
    /// How much of it was fees
    pub(super) fees: Amount,
    /// What a code took off the tickets' prices
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) discount: Option<Amount>,
    /// The balance after it
    pub(super) balance: Amount,
    /// When
    pub(super) paid_at: Instant,
    /// One ticket a seat
    pub(super) tickets: Vec<PaidTicketView>,
}

/// What became of a ticket that you paid
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(super) enum TicketState {
    /// It opens the door.
    Valid,
    /// It is another account's, by another code.
    HandedOn,
    /// It was refunded, and opens nothing any more.
    Cancelled,
}

impl TicketState {
    fn shows_code(self) -> bool {
        self != Self::HandedOn
    }

    fn of(ticket: &Ticket) -> Self {
        match (ticket.stands(), ticket.holder) {
            (false, _) => Self::Cancelled,
            (true, Some(_)) => Self::HandedOn,
            (true, None) => Self::Valid,
        }
    }
}

/// A ticket as a payment lists it
#[derive(Object, Serialize)]
pub(super) struct ListedTicketView {
    /// What is shown at the door; not there once it is another account's
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    /// What became of it
    pub(super) state: TicketState,
    /// The concert's title
    pub(super) concert: String,
    /// The performance
    pub(super) performance_id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    pub(super) occasion: OccasionView,
    /// The seat
    pub(super) seat_id: String,
    /// Ticket type
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    pub(super) ticket_type: String,
    /// What it cost as that, without fees
    pub(super) price: Amount,
}

/// A payment
#[derive(Object, Serialize)]
pub(super) struct PaymentView {
    /// The payment
    pub(super) id: Uuid,
    /// What was paid
    pub(super) amount: Amount,
    /// How much of it was fees
    pub(super) fees: Amount,
    /// What a code took off the tickets' prices
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) discount: Option<Amount>,
    /// When
    pub(super) paid_at: Instant,
    /// One ticket a seat
    pub(super) tickets: Vec<ListedTicketView>,
}

/// Your payments, newest first
#[derive(Object, Serialize)]
pub(super) struct PaymentsView {
    /// The payments
    pub(super) payments: Vec<PaymentView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_cursor: Option<String>,
}

/// A ticket
#[derive(Object, Serialize)]
pub(super) struct TicketView {
    /// What is shown at the door
    pub(super) code: String,
    /// The concert's title
    pub(super) concert: String,
    /// The performance
    pub(super) performance_id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    pub(super) occasion: OccasionView,
    /// The seat
    pub(super) seat: SeatView,
    /// The payment
    pub(super) payment_id: Uuid,
    /// The code as a QR code: an SVG to be shown as a picture, also without a network
    pub(super) qr_svg: String,
}

/// A ticket with what is written on it.
pub(super) fn ticket_view(
    codes: &TicketCodes,
    ticket: &Ticket,
    ticket_type: String,
    label: SeatLabel,
    payment: &Payment,
) -> TicketView {
    let code = codes.code(ticket, payment.id);
    TicketView {
        qr_svg: qr::svg(&code),
        code,
        occasion: (&label.occasion).into(),
        concert: label.occasion.concert_title,
        performance_id: label.occasion.performance_id,
        seat: SeatView {
            id: ticket.seat.to_string(),
            section: label.section,
            row: label.row,
            label: label.label,
            grade: label.grade,
            kind: label.kind,
            ticket_type,
            price: ticket.price,
        },
        payment_id: payment.id,
    }
}

/// What was taken off, if anything was.
fn some_off(discount: Amount) -> Option<Amount> {
    Some(discount).filter(|off| *off > Amount(0))
}

/// What the seats that you hold cost
#[derive(Object, Serialize)]
pub(super) struct BillView {
    /// What to pay for them, with this code
    pub(super) amount: Amount,
    /// How much of it is fees
    pub(super) fees: Amount,
    /// What the code takes off the tickets' prices
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) discount: Option<Amount>,
    /// The seats, at prices of which it is taken off
    pub(super) seats: Vec<SeatView>,
}

pub(super) fn bill_view(performances: &[Arc<Performance>], priced: &Priced) -> BillView {
    let seat = |(id, offer): &(SeatId, Offer)| {
        let performance = performances.iter().find(|p| p.key == id.performance)?;
        SeatView::new(performance, *id, offer.type_no, offer.price)
    };
    BillView {
        amount: priced.bill.amount,
        fees: priced.bill.fees(),
        discount: priced.discount.as_ref().map(|(_, off)| *off),
        seats: priced.offers.iter().filter_map(seat).collect(),
    }
}

/// A payment of these performances with the balance after it.
pub fn paid_view(
    codes: &TicketCodes,
    performances: &[Arc<Performance>],
    payment: &Payment,
    balance: Amount,
) -> PaidView {
    let ticket = |ticket: &Ticket| {
        let performance = performances.iter().find(|p| p.key == ticket.seat.performance)?;
        Some(PaidTicketView {
            code: codes.code(ticket, payment.id),
            performance_id: performance.id,
            occasion: OccasionView::of(performance),
            seat: SeatView::new(performance, ticket.seat, ticket.type_no, ticket.price)?,
        })
    };
    PaidView {
        id: payment.id,
        amount: payment.amount,
        fees: payment.fees(),
        discount: some_off(payment.discount),
        balance,
        paid_at: payment.paid_at,
        tickets: payment.tickets.iter().filter_map(ticket).collect(),
    }
}

pub(super) fn payment_view(codes: &TicketCodes, words: &Words, payment: &Payment) -> PaymentView {
    let ticket = |ticket: &Ticket| {
        let occasion = words.occasions.get(&ticket.seat.performance)?;
        Some(ListedTicketView {
            code: TicketState::of(ticket).shows_code().then(|| codes.code(ticket, payment.id)),
            state: TicketState::of(ticket),
            concert: occasion.concert_title.clone(),
            performance_id: occasion.performance_id,
            occasion: occasion.into(),
            seat_id: ticket.seat.to_string(),
            ticket_type: words.types.get(&(ticket.seat.performance, ticket.type_no))?.clone(),
            price: ticket.price,
        })
    };
    PaymentView {
        id: payment.id,
        amount: payment.amount,
        fees: payment.fees(),
        discount: some_off(payment.discount),
        paid_at: payment.paid_at,
        tickets: payment.tickets.iter().filter_map(ticket).collect(),
    }
}
