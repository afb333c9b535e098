//! What check-ins look like on the wire.

use poem_openapi::{Enum, Object};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::views::OccasionView;
use crate::catalog::{self, CatalogError, DoorPolicy, SeatKind, SeatLabel};
use crate::clock::Instant;
use crate::door::record::CheckIn;
use crate::payment::Ticket;
use crate::store::Tx;

/// Somebody was let in
#[derive(Object, Serialize)]
pub struct CheckInView {
    /// The check-in, by which it is undone
    pub id: Uuid,
    /// When
    pub checked_in_at: Instant,
    /// At which gate, if that was said
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// The concert's title
    pub concert: String,
    /// The performance
    pub performance_id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    pub occasion: OccasionView,
    /// Section
    pub section: String,
    /// Row
    pub row: String,
    /// What is written on the seat
    pub label: String,
    /// For whom it is made, or what it lacks
    pub kind: SeatKind,
    /// Ticket type
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    pub ticket_type: String,
    /// What this door does while it cannot reach the box office
    pub door_policy: DoorPolicy,
}

impl CheckInView {
    /// A check-in by a ticket for this place.
    ///
    /// # Errors
    /// Only the store's.
    pub fn new(tx: &Tx, made: CheckIn, ticket: &Ticket, label: SeatLabel) -> Result<Self, CatalogError> {
        Ok(Self {
            id: made.id,
            checked_in_at: made.scanned_at,
            gate: made.gate,
            occasion: OccasionView::from(&label.occasion),
            concert: label.occasion.concert_title,
            performance_id: label.occasion.performance_id,
            section: label.section,
            row: label.row,
            label: label.label,
            kind: label.kind,
            ticket_type: catalog::domain::type_name(tx, ticket.seat.performance, ticket.type_no)?,
            door_policy: label.occasion.door_policy,
        })
    }
}

/// The check-in that counts
#[derive(Object, Serialize)]
pub struct FirstCheckInView {
    /// When it was
    pub checked_in_at: Instant,
    /// At which gate, if that was said
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
}

impl From<&CheckIn> for FirstCheckInView {
    fn from(of: &CheckIn) -> Self {
        Self { checked_in_at: of.scanned_at, gate: of.gate.clone() }
    }
}

/// What became of a scan that a door made without a network
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ScanResult {
    /// It counts
    CheckedIn,
    /// Somebody came in by that ticket before: two were let in
    Double,
    /// The ticket had been refunded
    Cancelled,
    /// There is no such ticket
    Unknown,
}
