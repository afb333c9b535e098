//! The tickets that were refunded, in the order of refunds, read in pieces.

use std::sync::Arc;

use jiff::civil::Date;
use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{ConcertKey, PerformanceKey, RefundKey, TicketKey};
use crate::money::Amount;
use crate::payment::{self, SoldPayment, Ticket};
use crate::refund::{self, BookedRefund, Cause, Way};
use crate::report::error::ReportError;
use crate::report::labels::{Labels, Place, Show};
use crate::report::period::{Calendar, Span};
use crate::report::walk::Walk;
use crate::store::Tx;
use crate::wallet;

/// So many refunds are one piece.
const PIECE: u32 = 200;

/// Which refunded tickets: all that fit what is said.
#[derive(Clone, Debug, Default)]
pub struct RefundedFilter {
    /// Of this concert.
    pub concert: Option<ConcertKey>,
    /// Of this performance.
    pub performance: Option<PerformanceKey>,
    /// Whose money went back so.
    pub way: Option<Way>,
    /// Refunded for this reason.
    pub cause: Option<Cause>,
}

/// A ticket that was refunded.
#[derive(Clone, Debug)]
pub struct RefundedTicket {
    /// The refund.
    pub refund_id: Uuid,
    /// The payment.
    pub payment_id: Uuid,
    /// When it was refunded.
    pub refunded_at: Instant,
    /// The day on which that was posted.
    pub day: Date,
    /// How the money went back.
    pub way: Way,
    /// Why.
    pub cause: Cause,
    /// The performance.
    pub show: Arc<Show>,
    /// The place.
    pub place: Place,
    /// Ticket type.
    pub ticket_type: Arc<str>,
    /// What went back for it.
    pub amount: Amount,
    /// What went back of the payment's own fee, on the first ticket of the refund.
    pub order_fee: Amount,
}

/// A walk over the tickets that were refunded.
#[derive(Clone, Debug)]
pub struct RefundedWalk {
    filter: RefundedFilter,
    calendar: Calendar,
    up_to: RefundKey,
    after: (RefundKey, TicketKey),
    labels: Labels,
    is_done: bool,
}

impl RefundedWalk {
    /// From a span's beginning, or from behind a refunded ticket of it.
    pub fn new(tx: &Tx, span: &Span, filter: RefundedFilter, after: Option<(RefundKey, TicketKey)>) -> Self {
        let first = (span.refunds.0, TicketKey(i64::MAX));
        Self {
            filter,
            calendar: Calendar::of(tx),
            up_to: span.refunds.1,
            after: after.map_or(first, |after| after.max(first)),
            labels: Labels::default(),
            is_done: false,
        }
    }

    /// Behind which ticket of which refund it stands.
    pub fn position(&self) -> (RefundKey, TicketKey) {
        self.after
    }

    fn look(
        &mut self,
        tx: &Tx,
        refund: &BookedRefund,
        payment: &SoldPayment,
        ticket: &Ticket,
        is_first: bool,
    ) -> Result<Option<RefundedTicket>, ReportError> {
        if !self.filter.fits(refund, payment, ticket) {
            return Ok(None);
        }
        let show = self.labels.show(tx, ticket.seat.performance)?;
        let place = self.labels.place(tx, &show, ticket.seat)?;
        let ticket_type = self.labels.ticket_type(tx, show.key, ticket.type_no)?;
        Ok(Some(RefundedTicket {
            refund_id: refund.id,
            payment_id: payment.id,
            refunded_at: refund.refunded_at,
            day: self.calendar.day(wallet::books::posted_at(tx, refund.posting)?),
            way: refund.way,
            cause: refund.cause,
            show,
            place,
            ticket_type,
            amount: ticket.refund.map(|of| of.amount).unwrap_or_default(),
            order_fee: if is_first { refund.order_fee } else { Amount(0) },
        }))
    }
}

impl Walk for RefundedWalk {
    type Row = RefundedTicket;

    fn is_done(&self) -> bool {
        self.is_done
    }

    fn read(&mut self, tx: &Tx, most: usize) -> Result<Vec<Self::Row>, ReportError> {
        self.labels.renew();
        let mut found = Vec::new();
        // The refund in which the piece before ended may have more tickets.
        let before = RefundKey(self.after.0.0 - 1);
        let refunds = refund::books::refunds(tx, (before, self.up_to), PIECE)?;
        self.is_done = refunds.len() < PIECE as usize;
        for refund in refunds {
            if self.after < (refund.key, TicketKey(i64::MAX)) {
                let payment = payment::books::sold_one(tx, refund.payment)?;
                let its_own = |ticket: &&Ticket| ticket.refund.is_some_and(|of| of.key == refund.key);
                for (place, ticket) in payment.tickets.iter().filter(its_own).enumerate() {
                    if (refund.key, ticket.key) <= self.after {
                        continue;
                    }
                    if found.len() == most {
                        self.is_done = false;
                        return Ok(found);
                    }
                    found.extend(self.look(tx, &refund, &payment, ticket, place == 0)?);
                    self.after = (refund.key, ticket.key);
                }
            }
            self.after = self.after.max((refund.key, TicketKey(i64::MAX)));
        }
        Ok(found)
    }
}

impl RefundedFilter {
    fn fits(&self, refund: &BookedRefund, payment: &SoldPayment, ticket: &Ticket) -> bool {
        self.concert.is_none_or(|concert| concert == payment.concert)
            && self.performance.is_none_or(|performance| performance == ticket.seat.performance)
            && self.way.is_none_or(|way| way == refund.way)
            && self.cause.is_none_or(|cause| cause == refund.cause)
    }
}
