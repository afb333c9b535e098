//! Handing tickets on over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::account;
use crate::account::auth::{self, SessionAuth};
use crate::actor::Actor;
use crate::catalog::views::OccasionView;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, Text, page, reply};
use crate::idempotency;
use crate::ids::TicketKey;
use crate::office::Office;
use crate::payment::ticket::{Payment, Ticket};
use crate::payment::ticket_code::{ShownCode, TicketCodes};
use crate::payment::{PaymentError, domain, handover};
use crate::store::Tx;

/// To whom a ticket is handed on
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct HandoverRequest {
    /// The e-mail address of the other account
    email: Text,
}

impl Example for HandoverRequest {
    fn example() -> Self {
        Self { email: "friend@example.org".into() }
    }
}

/// A ticket that was handed on
#[derive(Object, Serialize)]
struct HandoverView {
    /// The seat
    seat_id: String,
    /// How often the ticket was handed on by now
    handovers: u32,
}

/// A ticket that somebody handed on to you
#[derive(Object, Serialize)]
struct HandedTicketView {
    /// What is shown at the door
    code: String,
    /// The concert's title
    concert: String,
    /// The performance
    performance_id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    occasion: OccasionView,
    /// The seat
    seat_id: String,
}

/// Tickets that others handed on to you, newest first
#[derive(Object, Serialize)]
struct HandedTicketsView {
    /// The tickets
    tickets: Vec<HandedTicketView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Tickets that change hands.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Payment")]
impl Api {
    /// Hand a ticket on
    ///
    /// To another account: from then on it is theirs, by a new code that they alone see, and yours is dead. If it is refunded,
    /// the money goes back to whoever paid.
    #[oai(path = "/tickets/:code/handovers", method = "post", operation_id = "hand_on_ticket")]
    async fn hand_on_ticket(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The ticket's code
        code: Path<String>,
        body: Body<HandoverRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<HandoverView, 201>, Problem> {
        let shown = ShownCode::read(&code).ok_or(PaymentError::NoSuchTicket)?;
        let once = idempotent::request(&office, key, format!("hand_on_ticket {}", shown.ticket.0), &body.0)?;
        let email = account::domain::clean_email(&body.0.email.0)?;
        let codes = office.part::<TicketCodes>().clone();
        let hand_on = move |tx: &Tx| {
            let user = auth::user(tx, auth.0)?.key;
            tx.act_as(Actor::Buyer(user));
            idempotency::once(tx, once.as_ref(), Some(user), || {
                let is_genuine = |payment: &Payment| codes.is_genuine(&shown, payment);
                let ticket = handover::hand_on_ticket(tx, user, shown.ticket, is_genuine, &email)?;
                Ok::<_, Problem>(HandoverView { seat_id: ticket.seat.to_string(), handovers: ticket.handovers + 1 })
            })
        };
        Ok(office.store.write(hand_on).await?.into())
    }

    /// List tickets handed on to you
    ///
    /// Those that others paid, newest first; `list_payments` has your own.
    #[oai(path = "/tickets", method = "get", operation_id = "list_handed_tickets")]
    async fn list_handed_tickets(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Tickets on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<HandedTicketsView, 200>, Problem> {
        let user = auth::session_user(&office, auth.0).await?.key;
        let (cursor, limit) = (page::cursor(cursor.0)?.map(TicketKey), page::length(&office, limit.0)?);
        let codes = office.part::<TicketCodes>().clone();
        let read = move |tx: &Tx| {
            let (handed, next) = handover::handed_tickets(tx, user, cursor, limit)?;
            let payments: Vec<_> = handed.iter().map(|(_, payment)| payment.clone()).collect();
            let words = domain::words(tx, &payments)?;
            let view = |(ticket, payment): &(Ticket, Payment)| {
                let occasion = words.occasions.get(&ticket.seat.performance)?;
                Some(HandedTicketView {
                    code: codes.code(ticket, payment.id),
                    concert: occasion.concert_title.clone(),
                    performance_id: occasion.performance_id,
                    occasion: occasion.into(),
                    seat_id: ticket.seat.to_string(),
                })
            };
            let tickets = handed.iter().filter_map(view).collect();
            let next_cursor = next.map(|next| next.0.to_string());
            Ok::<_, PaymentError>(HandedTicketsView { tickets, next_cursor })
        };
        Ok(reply(&office.store.read(read).await?))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    (
        "hand_on_ticket",
        &[
            problems::SESSION,
            problems::BODY,
            &[Code::TicketNotFound, Code::TicketCancelled, Code::UserNotFound, Code::IdempotencyKeyReused],
        ],
    ),
    ("list_handed_tickets", &[problems::SESSION, &[Code::InvalidField]]),
];
