//! The check-ins of a performance, gate by gate, read in pieces: those that count, and doubles.

use std::sync::Arc;

use uuid::Uuid;

use crate::door::{self, CheckIn, DoorError};
use crate::ids::{CheckInKey, PerformanceKey};
use crate::payment;
use crate::report::error::ReportError;
use crate::report::labels::{Labels, Place};
use crate::report::walk::Walk;
use crate::store::Tx;

/// So many check-ins are one piece.
const PIECE: u32 = 500;

/// Which check-ins of a performance: all that fit what is said.
#[derive(Clone, Debug)]
pub struct CheckedInFilter {
    /// The performance.
    pub performance: PerformanceKey,
    /// At this gate; none inside for those of whom none was said.
    pub gate: Option<Option<String>>,
    /// Only doubles, or none of them.
    pub doubles: Option<bool>,
}

/// Somebody who came in.
#[derive(Clone, Debug)]
pub struct CheckedIn {
    /// The check-in.
    pub check_in: CheckIn,
    /// The payment of the ticket.
    pub payment_id: Uuid,
    /// The place.
    pub place: Place,
    /// Ticket type.
    pub ticket_type: Arc<str>,
}

/// A walk over check-ins.
#[derive(Clone, Debug)]
pub struct CheckedInWalk {
    filter: CheckedInFilter,
    /// The gates that are left, the one at which it is the last.
    gates: Vec<Option<String>>,
    after: CheckInKey,
    last: Option<CheckInKey>,
    labels: Labels,
}

impl CheckedInWalk {
    /// From the beginning, or from behind a check-in.
    ///
    /// # Errors
    /// [`ReportError::Invalid`] for a check-in that is none of these.
    pub fn new(tx: &Tx, filter: CheckedInFilter, after: Option<CheckInKey>) -> Result<Self, ReportError> {
        let mut gates = match &filter.gate {
            Some(gate) => vec![gate.clone()],
            None => door::domain::gates(tx, filter.performance)?,
        };
        let mut begins_after = CheckInKey(0);
        if let Some(key) = after {
            let foreign = ReportError::Invalid("cursor must be the `next_cursor` of the page before.");
            let at = match door::domain::check_in_by_key(tx, key) {
                Err(DoorError::NoSuchCheckIn) => return Err(foreign),
                found => found?,
            };
            if at.performance != filter.performance {
                return Err(foreign);
            }
            gates.retain(|gate| *gate >= at.gate);
            // Unless nobody is left who came by its gate.
            if gates.first() == Some(&at.gate) {
                begins_after = key;
            }
        }
        gates.reverse();
        Ok(Self { filter, gates, after: begins_after, last: after, labels: Labels::default() })
    }

    /// Behind which check-in it stands.
    pub fn position(&self) -> Option<CheckInKey> {
        self.last
    }

    fn look(&mut self, tx: &Tx, check_in: CheckIn) -> Result<CheckedIn, ReportError> {
        let payment = payment::books::sold_one(tx, check_in.ticket.payment())?;
        let ticket = payment.tickets.iter().find(|ticket| ticket.key == check_in.ticket);
        let ticket = ticket.ok_or(payment::PaymentError::NoSuchTicket)?;
        let show = self.labels.show(tx, check_in.performance)?;
        let place = self.labels.place(tx, &show, ticket.seat)?;
        let ticket_type = self.labels.ticket_type(tx, show.key, ticket.type_no)?;
        Ok(CheckedIn { check_in, payment_id: payment.id, place, ticket_type })
    }
}

impl Walk for CheckedInWalk {
    type Row = CheckedIn;

    fn is_done(&self) -> bool {
        self.gates.is_empty()
    }

    fn read(&mut self, tx: &Tx, most: usize) -> Result<Vec<Self::Row>, ReportError> {
        self.labels.renew();
        let mut found = Vec::new();
        let Some(gate) = self.gates.last() else { return Ok(found) };
        let check_ins = door::domain::check_ins(tx, self.filter.performance, gate.as_deref(), self.after, PIECE)?;
        let is_last = check_ins.len() < PIECE as usize;
        for check_in in check_ins {
            if found.len() == most {
                return Ok(found);
            }
            (self.after, self.last) = (check_in.key, Some(check_in.key));
            if self.filter.doubles.is_none_or(|doubles| doubles == check_in.is_double) {
                found.push(self.look(tx, check_in)?);
            }
        }
        if is_last {
            self.gates.pop();
            self.after = CheckInKey(0);
        }
        Ok(found)
    }
}
