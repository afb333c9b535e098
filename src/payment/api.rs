//! Payments and tickets over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::catalog::Performance;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::security::{self, SessionAuth, TokenAuth};
use crate::http::{Code, Problem, Reply, Text, reply};
use crate::idempotency;
use crate::money::Amount;
use crate::operator::api::Tag;
use crate::payment::PaymentError;
use crate::payment::domain::{self, PayTerms, Payment, Ticket};
use crate::payment::ticket_code::TicketCodes;
use crate::reservation::api::{SeatView, parse_seat_ids};
use crate::wallet::api::{page_length, parse_cursor};

/// Which seats to pay for
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct PayRequest {
    /// Seats you hold, or free ones
    seat_ids: Vec<Text>,
    /// The sum of their prices, as you saw it
    amount: Amount,
}

impl Example for PayRequest {
    fn example() -> Self {
        Self { seat_ids: vec!["1-1".into(), "1-2".into()], amount: Amount(260_000) }
    }
}

/// A ticket of a payment
#[derive(Object, Serialize)]
struct PaidTicketView {
    /// What is shown at the door
    code: String,
    /// The seat
    seat: SeatView,
}

/// A payment with the balance after it
#[derive(Object, Serialize)]
struct PaidView {
    /// The payment
    id: Uuid,
    /// What was paid
    amount: Amount,
    /// The balance after it
    balance: Amount,
    /// When
    paid_at: Instant,
    /// One ticket a seat
    tickets: Vec<PaidTicketView>,
}

/// A ticket as a payment lists it
#[derive(Object, Serialize)]
struct ListedTicketView {
    /// What is shown at the door
    code: String,
    /// The seat
    seat_id: String,
    /// What it cost
    price: Amount,
}

/// A payment
#[derive(Object, Serialize)]
struct PaymentView {
    /// The payment
    id: Uuid,
    /// What was paid
    amount: Amount,
    /// When
    paid_at: Instant,
    /// One ticket a seat
    tickets: Vec<ListedTicketView>,
}

/// Your payments, newest first
#[derive(Object, Serialize)]
struct PaymentsView {
    /// The payments
    payments: Vec<PaymentView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A ticket
#[derive(Object, Serialize)]
struct TicketView {
    /// What is shown at the door
    code: String,
    /// The concert's title
    concert: String,
    /// The performance
    performance_id: Uuid,
    /// When it starts
    starts_at: Instant,
    /// The seat
    seat: SeatView,
    /// The payment
    payment_id: Uuid,
}

fn paid_view(codes: &TicketCodes, performances: &[Arc<Performance>], payment: &Payment, balance: Amount) -> PaidView {
    let ticket = |ticket: &Ticket| {
        let performance = performances.iter().find(|p| p.key == ticket.seat.performance)?;
        Some(PaidTicketView { code: codes.code(ticket.key), seat: SeatView::new(performance, ticket.seat)? })
    };
    PaidView {
        id: payment.id,
        amount: payment.amount,
        balance,
        paid_at: payment.paid_at,
        tickets: payment.tickets.iter().filter_map(ticket).collect(),
    }
}

fn payment_view(codes: &TicketCodes, payment: &Payment) -> PaymentView {
    let ticket = |ticket: &Ticket| ListedTicketView {
        code: codes.code(ticket.key),
        seat_id: ticket.seat.to_string(),
        price: ticket.price,
    };
    PaymentView {
        id: payment.id,
        amount: payment.amount,
        paid_at: payment.paid_at,
        tickets: payment.tickets.iter().map(ticket).collect(),
    }
}

/// Payments and tickets.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Payment")]
impl Api {
    /// Pay for seats
    ///
    /// Debits the balance and gives a ticket for each seat, all in one commit. It ends the visit: the queue token is
    /// dead and leftover holds are released. Send an `Idempotency-Key`, so that a lost answer can be asked for again.
    #[oai(path = "/payments", method = "post", operation_id = "pay")]
    async fn pay(
        &self,
        app: Data<&Arc<App>>,
        auth: TokenAuth,
        body: Json<PayRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<PaidView, 201>, Problem> {
        let once = idempotent::request(&app, key, "pay", &body.0)?;
        let line = security::line_of(&app, &auth.0)?;
        security::refuse_waiting(&app, &line, &auth.0)?;
        let seat_ids = parse_seat_ids(&body.0.seat_ids)?;
        let maps = app.seat_maps(line.concert).await?;
        let wanted =
            |map: &&Arc<crate::reservation::SeatMap>| seat_ids.iter().any(|id| id.performance == map.performance.key);
        let performances: Vec<_> = maps.iter().filter(wanted).map(|map| map.performance.clone()).collect();
        let terms = PayTerms { seats_per_user: app.config.seats_per_user, durations: app.durations() };
        let (amount, codes) = (body.0.amount, app.keys.tickets.clone());
        let answer = app
            .store
            .write(move |tx| {
                let (user, visit) = security::visitor(tx, &line, &auth.0)?;
                idempotency::once(tx, once.as_ref(), Some(user), || {
                    let (payment, balance) = domain::pay(tx, &visit?, &performances, &seat_ids, amount, terms)?;
                    Ok::<_, Problem>(paid_view(&codes, &performances, &payment, balance))
                })
            })
            .await?;
        Ok(answer.into())
    }

    /// List your payments
    ///
    /// With their tickets, newest first.
    #[oai(path = "/payments", method = "get", operation_id = "list_payments")]
    async fn list_payments(
        &self,
        app: Data<&Arc<App>>,
        auth: SessionAuth,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Payments on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<PaymentsView, 200>, Problem> {
        let user = security::session_user(&app, auth.0).await?.key;
        let (cursor, limit) = (parse_cursor(cursor.0)?, page_length(&app, limit.0)?);
        let (payments, next) = app.store.read(move |tx| domain::payments(tx, user, cursor, limit)).await?;
        let next_cursor = next.map(|next| next.0.to_string());
        let payments = payments.iter().map(|payment| payment_view(&app.keys.tickets, payment)).collect();
        Ok(reply(&PaymentsView { payments, next_cursor }))
    }

    /// Show a payment
    ///
    /// A payment of yours with its tickets. Somebody else's looks as if it were not there.
    #[oai(path = "/payments/:payment_id", method = "get", operation_id = "show_payment")]
    async fn show_payment(
        &self,
        app: Data<&Arc<App>>,
        auth: SessionAuth,
        /// The payment
        payment_id: Path<Uuid>,
    ) -> Result<Reply<PaymentView, 200>, Problem> {
        let user = security::session_user(&app, auth.0).await?.key;
        let payment = app.store.read(move |tx| domain::payment(tx, user, payment_id.0)).await?;
        Ok(reply(&payment_view(&app.keys.tickets, &payment)))
    }

    /// Show a ticket
    ///
    /// A ticket of yours by its code, with all that is printed on it. Case and dashes of the code do not matter.
    #[oai(path = "/tickets/:code", method = "get", operation_id = "show_ticket")]
    async fn show_ticket(
        &self,
        app: Data<&Arc<App>>,
        auth: SessionAuth,
        /// The ticket's code
        code: Path<String>,
    ) -> Result<Reply<TicketView, 200>, Problem> {
        let user = security::session_user(&app, auth.0).await?.key;
        let key = app.keys.tickets.read(&code).ok_or(PaymentError::NoSuchTicket)?;
        let (ticket, label, payment) = app.store.read(move |tx| domain::ticket(tx, user, key)).await?;
        Ok(reply(&TicketView {
            code: app.keys.tickets.code(ticket.key),
            concert: label.concert_title,
            performance_id: label.performance_id,
            starts_at: label.starts_at,
            seat: SeatView {
                id: ticket.seat.to_string(),
                section: label.section,
                row: label.row,
                number: label.number,
                grade: label.grade,
                price: ticket.price,
            },
            payment_id: payment.id,
        }))
    }
}

impl From<PaymentError> for Problem {
    fn from(error: PaymentError) -> Self {
        match error {
            PaymentError::Seats(error) => error.into(),
            PaymentError::AmountMismatch(total) => {
                Self::new(Code::AmountMismatch, "Look at the price again.").with("amount", json!(total))
            }
            PaymentError::Wallet(error) => error.into(),
            PaymentError::Queue(error) => error.into(),
            PaymentError::NoSuchPayment => Self::new(Code::PaymentNotFound, "GET /v1/payments lists yours."),
            PaymentError::NoSuchTicket => Self::new(Code::TicketNotFound, "GET /v1/payments lists your tickets."),
            PaymentError::Store(error) => error.into(),
        }
    }
}
