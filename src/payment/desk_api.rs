//! Payments and tickets at the desk: a ticket by its code, a buyer's payments.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use uuid::Uuid;

use crate::account;
use crate::catalog;
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Reply, Tag, page, reply};
use crate::ids::PostingKey;
use crate::office::Office;
use crate::payment::domain;
use crate::payment::error::PaymentError;
use crate::payment::ticket_code::{ShownCode, TicketCodes};
use crate::payment::views::{PaymentsView, TicketView, payment_view, ticket_view};
use crate::staff::{Sell, Staff};
use crate::store::Tx;
use crate::wallet::WalletError;

/// Payments and tickets at the desk.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Show anybody's ticket
    ///
    /// By its code, with all that is printed on it and the payment that it was bought with: to print it, or to refund it. Case
    /// and dashes of the code do not matter.
    #[oai(path = "/tickets/:code", method = "get", operation_id = "inspect_ticket")]
    async fn inspect_ticket(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// The ticket's code
        code: Path<String>,
    ) -> Result<Reply<TicketView, 200>, Problem> {
        let codes = office.part::<TicketCodes>().clone();
        let shown = ShownCode::read(&code).ok_or(PaymentError::NoSuchTicket)?;
        let read = move |tx: &Tx| {
            let (ticket, payment) = domain::any_ticket(tx, shown.ticket, |payment| codes.is_genuine(&shown, payment))?;
            let label = catalog::domain::seat_label(tx, ticket.seat)?;
            let ticket_type = catalog::domain::type_name(tx, ticket.seat.performance, ticket.type_no)?;
            Ok::<_, PaymentError>(ticket_view(&codes, &ticket, ticket_type, label, &payment))
        };
        Ok(reply(&office.store.read(read).await?))
    }

    /// List a buyer's payments
    ///
    /// Newest first, as `list_payments` shows them to the buyer.
    #[oai(path = "/users/:user_id/payments", method = "get", operation_id = "list_user_payments")]
    async fn list_user_payments(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// The buyer
        user_id: Path<Uuid>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Payments on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<PaymentsView, 200>, Problem> {
        let (cursor, limit) = (page::cursor(cursor.0)?.map(PostingKey), page::length(&office, limit.0)?);
        let read = move |tx: &Tx| {
            let user = account::domain::find_user(tx, user_id.0)?.ok_or(WalletError::NoSuchUser)?.key;
            let (payments, next) = domain::payments(tx, user, cursor, limit)?;
            let words = domain::words(tx, &payments)?;
            Ok::<_, Problem>((payments, words, next))
        };
        let (payments, words, next) = office.store.read(read).await?;
        let next_cursor = next.map(|next| next.0.to_string());
        let codes = office.part::<TicketCodes>();
        let payments = payments.iter().map(|payment| payment_view(codes, &words, payment)).collect();
        Ok(reply(&PaymentsView { payments, next_cursor }))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("inspect_ticket", &[problems::STAFF, &[Code::TicketNotFound, Code::TicketCancelled]]),
    ("list_user_payments", &[problems::STAFF, &[Code::UserNotFound, Code::InvalidField]]),
];
