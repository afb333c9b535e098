//! Paying for what a waitlist offers: the session is enough, no visit is needed.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::account::auth::{self, SessionAuth};
use crate::catalog;
use crate::code;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Caller, Code, Problem, Reply, Tag, Text};
use crate::idempotency;
use crate::money::Amount;
use crate::office::Office;
use crate::payment::domain;
use crate::payment::ticket_code::TicketCodes;
use crate::payment::views::{PaidView, paid_view};
use crate::queue::{Lines, QueueError};
use crate::reservation::SeatMaps;
use crate::store::{Lane, Tx};

/// What is paid for what is offered
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct PayOfferRequest {
    /// What it costs together with all fees and less what the code takes off, as you saw it
    amount: Amount,
    /// A discount code
    #[oai(default, skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Text>,
}

impl Example for PayOfferRequest {
    fn example() -> Self {
        Self { amount: Amount(220_000), code: None }
    }
}

/// Offers.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Payment")]
impl Api {
    /// Pay for what the waitlist offers
    ///
    /// All of it, while it lasts: debits the balance and gives a ticket for each seat, in one commit. It ends your place on the
    /// waitlist.
    #[oai(path = "/concerts/:concert_id/waitlist/payment", method = "post", operation_id = "pay_offer")]
    async fn pay_offer(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: SessionAuth,
        /// The concert
        concert_id: Path<Uuid>,
        body: Body<PayOfferRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<PaidView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("pay_offer {}", concert_id.0), &body.0)?;
        let Some(line) = office.part::<Lines>().by_id(concert_id.0) else {
            // Memory does not know the queues of concerts that are over.
            office.store.read(move |tx| catalog::concert::domain::public_concert(tx, concert_id.0)).await?;
            return Err(QueueError::SaleOver.into());
        };
        auth::account_of(&office, &caller, auth.0).await?;
        let maps = office.part::<SeatMaps>().of_concert(&office, line.concert).await?;
        let performances: Vec<_> = maps.iter().map(|map| map.map.performance.clone()).collect();
        let (amount, code) = (body.0.amount, code::views::sent(body.0.code)?);
        let codes = office.part::<TicketCodes>().clone();
        let paid = move |tx: &Tx| {
            let user = auth::user(tx, auth.0)?;
            idempotency::once(tx, once.as_ref(), Some(user.key), || {
                let (payment, balance) =
                    domain::pay_offer(tx, user.key, line.concert, &performances, amount, code.clone())?;
                Ok::<_, Problem>(paid_view(&codes, &performances, &payment, balance))
            })
        };
        Ok(office.store.write_from(Lane::Outside, paid).await?.into())
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[(
    "pay_offer",
    &[
        problems::SESSION,
        problems::BODY,
        &[
            Code::ConcertNotFound,
            Code::NotOnWaitlist,
            Code::NoOffer,
            Code::SeatLimit,
            Code::PerformanceStarted,
            Code::ConcertCancelled,
            Code::SalePaused,
            Code::SaleOver,
            Code::CodeNotFound,
            Code::CodeUsedUp,
            Code::CodeNotForThese,
            Code::InsufficientBalance,
            Code::AmountMismatch,
            Code::IdempotencyKeyReused,
        ],
    ],
)];
