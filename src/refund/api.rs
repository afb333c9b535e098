//! The buyer's own cancellations over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::account::auth::{self, SessionAuth};
use crate::actor::Actor;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, Text};
use crate::idempotency;
use crate::office::Office;
use crate::payment::{self, TicketCodes};
use crate::refund::desk_api::{named, texts};
use crate::refund::domain;
use crate::refund::views::RefundView;
use crate::store::Tx;

/// What to cancel
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct CancellationRequest {
    /// Codes of tickets of the payment; all that are still yours unless given
    #[oai(default, skip_serializing_if_is_none)]
    tickets: Option<Vec<Text>>,
}

impl Example for CancellationRequest {
    fn example() -> Self {
        Self { tickets: None }
    }
}

/// Cancelling what one bought.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Payment")]
impl Api {
    /// Cancel tickets of yours
    ///
    /// Where the concert lets you, until so long before the performance: the seats are on sale again, and what they cost goes
    /// back to your balance, less the concert's fee for it.
    #[oai(path = "/payments/:payment_id/cancellations", method = "post", operation_id = "cancel_payment")]
    async fn cancel_payment(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The payment
        payment_id: Path<Uuid>,
        body: Body<CancellationRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<RefundView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("cancel_payment {}", payment_id.0), &body.0)?;
        let (tickets, codes) = (texts(body.0.tickets)?, office.part::<TicketCodes>().clone());
        let cancel = move |tx: &Tx| {
            let user = auth::user(tx, auth.0)?.key;
            tx.act_as(Actor::Buyer(user));
            idempotency::once(tx, once.as_ref(), Some(user), || {
                let payment = payment::domain::payment(tx, user, payment_id.0)?;
                let tickets = named(&codes, &payment, tickets.as_deref())?;
                let refund = domain::cancel_payment(tx, &payment, tickets)?;
                Ok::<_, Problem>(RefundView::new(&codes, &payment, &refund))
            })
        };
        Ok(office.store.write(cancel).await?.into())
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[(
    "cancel_payment",
    &[
        problems::SESSION,
        problems::BODY,
        &[
            Code::PaymentNotFound,
            Code::TicketNotFound,
            Code::TicketCancelled,
            Code::TicketHandedOn,
            Code::TicketUsed,
            Code::CancellationClosed,
            Code::BalanceTooLarge,
            Code::IdempotencyKeyReused,
        ],
    ],
)];
