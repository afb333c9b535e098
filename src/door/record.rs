//! What a check-in is. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{CheckInKey, PerformanceKey, TicketKey};

/// Somebody was let in by a ticket, or tried by one that had let somebody in before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckIn {
    /// Inside.
    pub key: CheckInKey,
    /// Outside.
    pub id: Uuid,
    /// By which ticket.
    pub ticket: TicketKey,
    /// To which performance.
    pub performance: PerformanceKey,
    /// At which gate, if that was said.
    pub gate: Option<String>,
    /// When, by the clock of whoever scanned it.
    pub scanned_at: Instant,
    /// The scan as the device that made it without a network calls it.
    pub scan_id: Option<Uuid>,
    /// Another check-in of the same ticket counts: somebody was let in twice.
    pub is_double: bool,
}

impl CheckIn {
    /// Whether this one counts beside another of the same ticket: the earlier does, whichever is known first.
    pub fn goes_before(&self, other: &Self) -> bool {
        (self.scanned_at, self.scan_id) < (other.scanned_at, other.scan_id)
    }
}

/// How many are in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Tickets that stand.
    pub tickets: u32,
    /// How many of them were checked in, by gate.
    pub gates: Vec<(Option<String>, u32)>,
    /// How many were let in twice.
    pub doubles: u32,
    /// How many of those who are in came in without a network.
    pub without_network: u32,
}
