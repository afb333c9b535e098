//! Accounts at the operator's desk.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::account::domain;
use crate::account::seen::SeenSessions;
use crate::account::user::SessionSecret;
use crate::audit::Note;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, reply};
use crate::idempotency;
use crate::office::Office;
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// How many sessions
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct SessionsRequest {
    /// 1 to 1000
    count: u32,
}

impl Example for SessionsRequest {
    fn example() -> Self {
        Self { count: 10 }
    }
}

/// Sessions of accounts that nobody can log in to
#[derive(Object, Serialize)]
struct SessionsView {
    /// The sessions
    sessions: Vec<RehearsalSessionView>,
}

/// A session of a rehearsal's buyer
#[derive(Object, Serialize)]
struct RehearsalSessionView {
    /// The account
    user_id: Uuid,
    /// Its session
    secret: String,
}

/// The desk's hand on accounts.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Open sessions for a rehearsal
    ///
    /// Makes accounts that nobody can log in to, each with a session: buyers for a load drill, without the cost of
    /// hashing a password each. Repeated with its `Idempotency-Key` it makes no further accounts, and opens a new
    /// session of each.
    #[oai(path = "/sessions", method = "post", operation_id = "open_sessions")]
    async fn open_sessions(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        body: Body<SessionsRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<SessionsView, 201>, Problem> {
        let (count, seconds) = (body.0.count, office.limits.session_seconds);
        if !(1..=1000).contains(&count) {
            return Err(Problem::new(Code::InvalidField, "count must be 1 to 1000."));
        }
        let once = auth.own(idempotent::request(&office, key, "open_sessions", &body.0)?);
        let open = move |tx: &Tx| {
            let (users, replayed) = idempotency::once_without_secret(tx, once.as_ref(), None, || {
                Ok::<_, Problem>(domain::make_rehearsal_users(tx, count)?)
            })?;
            tx.audit(|| Note::on("user", "rehearsal").after(json!({ "sessions": count })));
            Ok::<_, Problem>((domain::sign_in_each(tx, &users, seconds)?, replayed))
        };
        let (opened, replayed) = auth.write(&office, "open_sessions", open).await?;
        let seen = office.part::<SeenSessions>();
        opened.iter().for_each(|(user_id, secret)| seen.add(SessionSecret::presented(secret), *user_id));
        let sessions = opened.into_iter().map(|(user_id, secret)| RehearsalSessionView { user_id, secret }).collect();
        Ok(reply(&SessionsView { sessions }).replayed(replayed))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[("open_sessions", &[problems::STAFF, problems::BODY, &[Code::IdempotencyKeyReused]])];
