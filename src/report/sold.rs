//! The tickets that were sold, in the order of their sales, read in pieces.

use std::sync::Arc;

use jiff::civil::Date;
use uuid::Uuid;

use crate::clock::Instant;
use crate::code::NamedCode;
use crate::ids::{CodeKey, ConcertKey, PaymentKey, PerformanceKey, RefundKey, TicketKey};
use crate::money::Amount;
use crate::payment::{self, Channel, PaidBy, SoldPayment, Ticket};
use crate::report::error::ReportError;
use crate::report::labels::{Labels, Place, Show};
use crate::report::period::{Calendar, Span};
use crate::report::walk::Walk;
use crate::store::Tx;

/// So many payments are one piece.
const PIECE: u32 = 500;

/// Which tickets: all that fit what is said.
#[derive(Clone, Debug, Default)]
pub struct SoldFilter {
    /// Of this concert.
    pub concert: Option<ConcertKey>,
    /// Of this performance.
    pub performance: Option<PerformanceKey>,
    /// Of this grade.
    pub grade: Option<String>,
    /// Of this ticket type.
    pub ticket_type: Option<String>,
    /// Sold there.
    pub channel: Option<Channel>,
    /// Paid so at the counter.
    pub paid_by: Option<PaidBy>,
    /// Paid with this code.
    pub code: Option<String>,
    /// Paid with any code, or with none.
    pub with_code: Option<bool>,
    /// Not refunded, or refunded.
    pub stands: Option<bool>,
}

/// A ticket that was sold.
#[derive(Clone, Debug)]
pub struct SoldTicket {
    /// The payment.
    pub payment_id: Uuid,
    /// When it was paid.
    pub paid_at: Instant,
    /// The day of that.
    pub day: Date,
    /// Where.
    pub channel: Channel,
    /// How, at the counter.
    pub paid_by: Option<PaidBy>,
    /// The code it was paid with.
    pub code: Option<(CodeKey, Arc<NamedCode>)>,
    /// The performance.
    pub show: Arc<Show>,
    /// The place.
    pub place: Place,
    /// Ticket type.
    pub ticket_type: Arc<str>,
    /// What it cost, less what a code took off.
    pub price: Amount,
    /// What was asked for it beside.
    pub fee: Amount,
    /// The payment's own fee, on the first of its tickets.
    pub order_fee: Amount,
    /// What a code took off the payment, on the first of its tickets.
    pub discount: Amount,
    /// What went back for it, if it was refunded.
    pub refunded: Option<Amount>,
    /// What went back of the payment's own fee, on the first of its tickets.
    pub order_fee_refunded: Amount,
}

/// A walk over the tickets that were sold.
#[derive(Clone, Debug)]
pub struct SoldWalk {
    filter: SoldFilter,
    calendar: Calendar,
    up_to: PaymentKey,
    known_refunds: RefundKey,
    after: TicketKey,
    labels: Labels,
    is_done: bool,
}

impl SoldWalk {
    /// From a span's beginning, or from behind a ticket of it.
    pub fn new(tx: &Tx, span: &Span, filter: SoldFilter, after: Option<TicketKey>) -> Self {
        let first = payment::books::last_ticket(span.payments.0);
        Self {
            filter,
            calendar: Calendar::of(tx),
            up_to: span.payments.1,
            known_refunds: span.known_refunds,
            after: after.map_or(first, |after| after.max(first)),
            labels: Labels::default(),
            is_done: false,
        }
    }

    /// Behind which ticket it stands.
    pub fn position(&self) -> TicketKey {
        self.after
    }

    /// A ticket with all that is known of it, if it fits.
    fn look(
        &mut self,
        tx: &Tx,
        payment: &SoldPayment,
        ticket: &Ticket,
        is_first: bool,
    ) -> Result<Option<SoldTicket>, ReportError> {
        let refunded = |of: &Ticket| of.refund.filter(|refund| refund.key <= self.known_refunds);
        let refund = refunded(ticket);
        if !self.filter.fits(payment, ticket, refund.is_some()) {
            return Ok(None);
        }
        let all_refunded = payment.tickets.iter().all(|of| refunded(of).is_some());
        let show = self.labels.show(tx, ticket.seat.performance)?;
        let place = self.labels.place(tx, &show, ticket.seat)?;
        let ticket_type = self.labels.ticket_type(tx, show.key, ticket.type_no)?;
        let code = match payment.code {
            Some(key) => Some((key, self.labels.code(tx, key)?)),
            None => None,
        };
        if !self.filter.fits_words(place.grade(), &ticket_type, code.as_ref().map(|(_, code)| code.code.as_str())) {
            return Ok(None);
        }
        let if_first = |amount: Amount| if is_first { amount } else { Amount(0) };
        // It goes back with the last of the payment's tickets.
        let order_fee_back = if payment.is_order_fee_back && all_refunded { payment.order_fee } else { Amount(0) };
        Ok(Some(SoldTicket {
            payment_id: payment.id,
            paid_at: payment.paid_at,
            day: self.calendar.day(payment.paid_at),
            channel: payment.channel,
            paid_by: payment.paid_by,
            code,
            show,
            place,
            ticket_type,
            price: ticket.price,
            fee: ticket.fee,
            order_fee: if_first(payment.order_fee),
            discount: if_first(payment.discount),
            refunded: refund.map(|refund| refund.amount),
            order_fee_refunded: if_first(order_fee_back),
        }))
    }
}

impl Walk for SoldWalk {
    type Row = SoldTicket;

    fn is_done(&self) -> bool {
        self.is_done
    }

    fn read(&mut self, tx: &Tx, most: usize) -> Result<Vec<Self::Row>, ReportError> {
        self.labels.renew();
        let mut found = Vec::new();
        // The payment in which the piece before ended may have more tickets.
        let before = PaymentKey(self.after.payment().0 - 1);
        let payments = payment::books::sold(tx, (before, self.up_to), PIECE)?;
        self.is_done = payments.len() < PIECE as usize;
        for payment in payments {
            for (place, ticket) in payment.tickets.iter().enumerate() {
                if ticket.key <= self.after {
                    continue;
                }
                if found.len() == most {
                    self.is_done = false;
                    return Ok(found);
                }
                if let Some(sold) = self.look(tx, &payment, ticket, place == 0)? {
                    found.push(sold);
                }
                self.after = ticket.key;
            }
            self.after = self.after.max(payment::books::last_ticket(payment.key));
        }
        Ok(found)
    }
}

impl SoldFilter {
    fn fits(&self, payment: &SoldPayment, ticket: &Ticket, is_refunded: bool) -> bool {
        self.concert.is_none_or(|concert| concert == payment.concert)
            && self.performance.is_none_or(|performance| performance == ticket.seat.performance)
            && self.channel.is_none_or(|channel| channel == payment.channel)
            && self.paid_by.is_none_or(|paid_by| Some(paid_by) == payment.paid_by)
            && self.with_code.is_none_or(|with| with == payment.code.is_some())
            && self.stands.is_none_or(|stands| stands != is_refunded)
    }

    fn fits_words(&self, grade: &str, ticket_type: &str, code: Option<&str>) -> bool {
        self.grade.as_deref().is_none_or(|wanted| wanted == grade)
            && self.ticket_type.as_deref().is_none_or(|wanted| wanted == ticket_type)
            && self.code.as_deref().is_none_or(|wanted| Some(wanted) == code)
    }
}
