//! Letting somebody in at the counter whose ticket cannot be scanned.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use crate::door::desk_api::clean_gate;
use crate::door::domain::{self, Gate};
use crate::door::views::CheckInView;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, Text};
use crate::office::Office;
use crate::payment::{Payment, PaymentError, ShownCode, TicketCodes};
use crate::staff::{Sell, Staff};
use crate::store::Tx;
use crate::text;

/// Why somebody is let in by hand
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct ByHandRequest {
    /// The reason
    reason: Text,
    /// At which gate
    #[oai(default, skip_serializing_if_is_none)]
    gate: Option<Text>,
}

impl Example for ByHandRequest {
    fn example() -> Self {
        Self { reason: "The phone is broken; found by name".into(), gate: Some("East".into()) }
    }
}

/// Check-ins at the counter.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Check in by hand
    ///
    /// Whoever has lost their ticket, or cannot show it, is found by name or address (`find_users`, `list_user_payments`) and let in by
    /// the ticket's code as the counter sees it: once, as at the door. The reason stands in the audit.
    #[oai(path = "/tickets/:code/check-ins", method = "post", operation_id = "check_in_by_hand")]
    async fn check_in_by_hand(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        /// The ticket's code
        code: Path<String>,
        body: Body<ByHandRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<CheckInView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("check_in_by_hand {}", code.0), &body.0)?;
        let shown = ShownCode::read(&code).ok_or(PaymentError::NoSuchTicket)?;
        let reason = text::name(&body.0.reason.0);
        let reason = reason.map_err(|rule| Problem::new(Code::InvalidField, format!("reason {rule}.")))?;
        let (name, reason) = (clean_gate(body.0.gate.as_ref())?, Some(reason));
        let gate = Gate { staff: auth.known.key.key, name, performance: None, reason };
        let codes = office.part::<TicketCodes>().clone();
        let check_in = move |tx: &Tx| {
            let is_genuine = |payment: &Payment| codes.is_genuine(&shown, payment);
            let (made, ticket, label) = domain::check_in(tx, &gate, shown.ticket, is_genuine)?;
            Ok::<_, Problem>(CheckInView::new(tx, made, &ticket, label)?)
        };
        Ok(auth.once(&office, "check_in_by_hand", once, check_in).await?.into())
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[(
    "check_in_by_hand",
    &[
        problems::STAFF,
        problems::BODY,
        &[Code::TicketNotFound, Code::TicketCancelled, Code::CheckedIn, Code::IdempotencyKeyReused],
    ],
)];
