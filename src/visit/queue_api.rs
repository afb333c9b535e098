//! A visit's begin and its end by the buyer over HTTP: joining and leaving a queue.

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
use crate::http::{Body, Caller, Code, NoContent, Problem, Reply, Tag, Text};
use crate::idempotency;
use crate::limiter::What;
use crate::office::Office;
use crate::queue::domain::Joined;
use crate::queue::gate::{self, TokenAuth};
use crate::queue::views::QueueTokenView;
use crate::queue::{Lines, QueueError};
use crate::store::{Lane, Tx};
use crate::visit::domain;

/// With what to join a queue
#[derive(Object, Serialize, Default)]
#[oai(deny_unknown_fields, example)]
struct JoinRequest {
    /// A presale code: in whose tier of the draw you take part
    #[oai(default, skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Text>,
}

impl Example for JoinRequest {
    fn example() -> Self {
        Self { code: Some("7KQ2-M4PX".into()) }
    }
}

/// Joining and leaving.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Queue")]
impl Api {
    /// Join a queue
    ///
    /// Gives a place at the back of the concert's queue and the queue token for it. Whoever has a place already gives
    /// it up: the old token is dead and its holds are released. A presale code, until the draw, lets you take part in it ahead of
    /// those without one; who bears no code sends no body. To get a lost token back, repeat the request with the
    /// same `Idempotency-Key`, or use `current_token`.
    #[oai(path = "/concerts/:concert_id/queue/tokens", method = "post", operation_id = "issue_token")]
    async fn issue_token(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: SessionAuth,
        /// The concert
        concert_id: Path<Uuid>,
        body: Body<Option<JoinRequest>>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<QueueTokenView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("issue_token {}", concert_id.0), &body.0)?;
        let code = code::views::sent(body.0.and_then(|join| join.code))?;
        let Some(line) = office.part::<Lines>().by_id(concert_id.0) else {
            // Memory does not know the queues of concerts that are over.
            office.store.read(move |tx| catalog::concert::domain::public_concert(tx, concert_id.0)).await?;
            return Err(QueueError::SaleOver.into());
        };
        let account = auth::account_of(&office, &caller, auth.0).await?;
        caller.spend_with_key(account, What::Join, once.as_ref())?;
        let in_tx = office.0.clone();
        let answer = office
            .store
            .write_from(Lane::Outside, move |tx| {
                let user = auth::user(tx, auth.0)?;
                idempotency::once(tx, once.as_ref(), Some(user.key), || {
                    let Joined { entry, queue, .. } = domain::issue_token(tx, user.key, line.concert, code.as_deref())?;
                    let standing = line.standing_of_new(&entry, &queue, tx.now());
                    Ok::<_, Problem>(gate::token_view(&in_tx, &line, &entry, user.id, &standing))
                })
            })
            .await?;
        Ok(answer.into())
    }

    /// Leave the queue
    ///
    /// Waiting or admitted: the token is dead, holds are released, the place is free at once.
    #[oai(path = "/queue/tokens/current", method = "delete", operation_id = "leave_queue")]
    async fn leave_queue(&self, office: Data<&Arc<Office>>, auth: TokenAuth) -> Result<NoContent, Problem> {
        let line = gate::line_of(&office, &auth.0)?;
        let lane = gate::lane(&office, &line, &auth.0);
        let left = move |tx: &Tx| {
            let entry = gate::entry(tx, &line, &auth.0)?;
            domain::leave_queue(tx, &entry).map_err(Problem::from)
        };
        office.store.write_from(lane, left).await?;
        Ok(NoContent)
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    (
        "issue_token",
        &[
            problems::SESSION,
            &[
                Code::ConcertNotFound,
                Code::ConcertCancelled,
                Code::SaleOver,
                Code::QueueNotOpen,
                Code::QueueDraining,
                Code::QueueClosed,
                Code::PresaleOver,
                Code::CodeNotFound,
                Code::CodeUsedUp,
                Code::IdempotencyKeyReused,
                Code::InvalidField,
            ],
        ],
    ),
    ("leave_queue", &[problems::TOKEN]),
];
