//! The day closes of all keys, in the order in which they were made, read in pieces.

use std::sync::Arc;

use crate::counter::{DayClose, closes};
use crate::ids::{CloseKey, StaffKey};
use crate::report::error::ReportError;
use crate::report::labels::{Key, Labels};
use crate::report::period::{Calendar, Period};
use crate::report::walk::Walk;
use crate::store::Tx;

/// So many closes are one piece.
const PIECE: u32 = 500;

/// A close with whose it is.
#[derive(Clone, Debug)]
pub struct ClosedDay {
    /// The close.
    pub close: DayClose,
    /// Whose.
    pub key: Arc<Key>,
}

/// A walk over day closes.
#[derive(Clone, Debug)]
pub struct ClosedWalk {
    period: Period,
    staff: Option<StaffKey>,
    after: CloseKey,
    labels: Labels,
    is_done: bool,
}

impl ClosedWalk {
    /// From the beginning, or from behind a close: those that were made on these days, perhaps of one key.
    pub fn new(period: Period, staff: Option<StaffKey>, after: Option<CloseKey>) -> Self {
        Self { period, staff, after: after.unwrap_or(CloseKey(0)), labels: Labels::default(), is_done: false }
    }

    /// Behind which close it stands.
    pub fn position(&self) -> CloseKey {
        self.after
    }
}

impl Walk for ClosedWalk {
    type Row = ClosedDay;

    fn is_done(&self) -> bool {
        self.is_done
    }

    fn read(&mut self, tx: &Tx, most: usize) -> Result<Vec<Self::Row>, ReportError> {
        let (mut found, calendar) = (Vec::new(), Calendar::of(tx));
        let closes = closes::all_closes(tx, self.after, PIECE)?;
        self.is_done = closes.len() < PIECE as usize;
        for (staff, close) in closes {
            if found.len() == most {
                self.is_done = false;
                break;
            }
            self.after = close.key;
            if self.staff.is_none_or(|wanted| wanted == staff) && self.period.has(calendar.day(close.closed_at)) {
                found.push(ClosedDay { close, key: self.labels.key(tx, staff)? });
            }
        }
        Ok(found)
    }
}
