//! Tickets on the counter's printer.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use uuid::Uuid;

use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Tag};
use crate::office::Office;
use crate::payment::paper::{self, Paper};
use crate::payment::print_api::{QrFormat, QrPicture, TicketPage, words};
use crate::payment::printed::{self, Printed};
use crate::payment::ticket::{Payment, Ticket};
use crate::payment::ticket_code::{ShownCode, TicketCodes};
use crate::payment::{PaymentError, domain};
use crate::staff::{Sell, Staff};
use crate::store::Tx;

/// Any ticket that stands, as it is printed, and in which language.
async fn any(office: &Arc<Office>, code: &str) -> Result<(Printed, String), Problem> {
    let codes = office.part::<TicketCodes>().clone();
    let shown = ShownCode::read(code).ok_or(PaymentError::NoSuchTicket)?;
    let read = move |tx: &Tx| {
        let is_genuine = |payment: &Payment| codes.is_genuine(&shown, payment);
        let (ticket, payment) = domain::any_ticket(tx, shown.ticket, is_genuine)?;
        let language = printed::language(tx, &payment, Some(&ticket))?;
        Ok::<_, PaymentError>((Printed::of(tx, &codes, &payment, &ticket)?, language))
    };
    Ok(office.store.read(read).await?)
}

/// Printing at the counter.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Print a payment's tickets
    ///
    /// All that stand and are still the payer's, one a sheet or a piece of the roll, in the buyer's language.
    #[oai(path = "/payments/:payment_id/page", method = "get", operation_id = "print_payment")]
    async fn print_payment(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// The payment
        payment_id: Path<Uuid>,
        /// A4 unless given
        paper: Query<Option<Paper>>,
        /// Another language than the buyer's (BCP 47); there are Korean and English
        language: Query<Option<String>>,
    ) -> Result<TicketPage, Problem> {
        let codes = office.part::<TicketCodes>().clone();
        let read = move |tx: &Tx| {
            let payment = domain::any_payment(tx, payment_id.0)?;
            let theirs = payment.tickets.iter().filter(|ticket: &&Ticket| ticket.stands() && ticket.holder.is_none());
            let printed = theirs.map(|ticket| Printed::of(tx, &codes, &payment, ticket));
            let printed: Vec<_> = printed.collect::<Result<_, _>>()?;
            if printed.is_empty() {
                return Err(PaymentError::TicketCancelled);
            }
            Ok((printed, printed::language(tx, &payment, None)?))
        };
        let (tickets, buyers) = office.store.read(read).await?;
        Ok(TicketPage(paper::page(&tickets, words(language.0, &buyers), paper.0.unwrap_or_default())))
    }

    /// Print a ticket
    ///
    /// By its code, whoever's it is.
    #[oai(path = "/tickets/:code/page", method = "get", operation_id = "print_ticket")]
    async fn print_ticket(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// The ticket's code
        code: Path<String>,
        /// A4 unless given
        paper: Query<Option<Paper>>,
        /// Another language than the bearer's (BCP 47); there are Korean and English
        language: Query<Option<String>>,
    ) -> Result<TicketPage, Problem> {
        let (ticket, bearers) = any(&office, &code).await?;
        Ok(TicketPage(paper::page(&[ticket], words(language.0, &bearers), paper.0.unwrap_or_default())))
    }

    /// Print a ticket's code
    ///
    /// As a picture, for printers with a layout of their own.
    #[oai(path = "/tickets/:code/qr", method = "get", operation_id = "print_ticket_qr")]
    async fn print_ticket_qr(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// The ticket's code
        code: Path<String>,
        /// SVG unless given
        format: Query<Option<QrFormat>>,
    ) -> Result<QrPicture, Problem> {
        let (ticket, _) = any(&office, &code).await?;
        Ok(QrPicture(format.0.unwrap_or_default(), ticket.code))
    }
}

const TICKET: &[Code] = &[Code::TicketNotFound, Code::TicketCancelled];

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("print_payment", &[problems::STAFF, &[Code::PaymentNotFound, Code::TicketCancelled]]),
    ("print_ticket", &[problems::STAFF, TICKET]),
    ("print_ticket_qr", &[problems::STAFF, TICKET]),
];
