//! What is printed of a ticket: all of it as texts, for paper and for calendars.

use sha2::{Digest, Sha256};

use crate::account;
use crate::catalog::{self, LocalTime, SeatKind};
use crate::clock::Instant;
use crate::payment::PaymentError;
use crate::payment::letter::written;
use crate::payment::ticket::{Payment, Ticket};
use crate::payment::ticket_code::TicketCodes;
use crate::store::Tx;

/// A ticket as it is printed.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    /// What is shown at the door.
    pub(super) code: String,
    /// The concert's title.
    pub(super) concert: String,
    /// When it starts and ends.
    pub(super) times: (Instant, Instant),
    /// Its start on the venue's calendar and clock.
    pub(super) local: LocalTime,
    /// When the doors open there, if that is said.
    pub(super) doors: Option<String>,
    /// The hall.
    pub(super) hall: String,
    /// Section, row and label; a standing place has its section alone.
    pub(super) place: [String; 3],
    /// The price level.
    pub(super) grade: String,
    /// For whom the seat is made, or what it lacks.
    pub(super) kind: SeatKind,
    /// The ticket type.
    pub(super) ticket_type: String,
    /// What it cost, with the currency.
    pub(super) price: String,
    /// The venue's name.
    pub(super) venue: String,
}

impl Printed {
    /// A ticket of this payment.
    ///
    /// # Errors
    /// Only the store's.
    pub(super) fn of(tx: &Tx, codes: &TicketCodes, payment: &Payment, ticket: &Ticket) -> Result<Self, PaymentError> {
        let label = catalog::domain::seat_label(tx, ticket.seat)?;
        let ticket_type = catalog::domain::type_name(tx, ticket.seat.performance, ticket.type_no)?;
        let (occasion, terms) = (label.occasion, tx.terms());
        Ok(Self {
            code: codes.code(ticket, payment.id),
            concert: occasion.concert_title,
            times: (occasion.starts_at, occasion.ends_at),
            local: occasion.local,
            doors: occasion.doors.map(|doors| doors.time),
            hall: occasion.hall,
            place: [label.section, label.row, label.label],
            grade: label.grade,
            kind: label.kind,
            ticket_type,
            price: format!("{} {}", written(terms.currency, ticket.price.0), terms.currency.code()),
            venue: terms.name.clone(),
        })
    }

    /// Section, row and label in one line.
    pub(super) fn seat(&self) -> String {
        self.place.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// By what calendars know it: it says nothing of the code, which opens the door.
    pub(super) fn calendar_id(&self) -> String {
        Sha256::digest(self.code.as_bytes())[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// In which language a payment's tickets are printed where nothing is asked for: its buyer's, or the venue's first.
///
/// # Errors
/// Only the store's.
pub(super) fn language(tx: &Tx, payment: &Payment, ticket: Option<&Ticket>) -> Result<String, PaymentError> {
    let bearer = ticket.and_then(|ticket| ticket.holder).unwrap_or(payment.user);
    let said = account::domain::user(tx, bearer)?.and_then(|user| user.language);
    Ok(said.or_else(|| tx.terms().languages.tags().first().cloned()).unwrap_or_default())
}
