//! Staff keys and desk sessions over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::audit::Note;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, NoContent, Problem, Reply, Tag, Text, page, reply};
use crate::idempotency;
use crate::office::Office;
use crate::staff::Staff;
use crate::staff::domain;
use crate::staff::record::{KeyRecord, Known, NewSecret};
use crate::staff::scope::{Any, Manage, Scope};
use crate::store::Tx;

/// A new staff key
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct StaffKeyRequest {
    /// Whose it is, or what for
    name: Text,
    /// What it may
    scopes: Vec<Scope>,
    /// When it ends by itself; never unless given
    #[oai(default, skip_serializing_if_is_none)]
    ends_at: Option<Instant>,
}

impl Example for StaffKeyRequest {
    fn example() -> Self {
        Self { name: "Door east".into(), scopes: vec![Scope::Door], ends_at: None }
    }
}

/// A staff key; what it is presented by is not kept
#[derive(Object, Serialize)]
struct StaffKeyView {
    /// Its id
    id: Uuid,
    /// Whose it is, or what for
    name: String,
    /// What it may
    scopes: Vec<Scope>,
    /// When it was made
    made_at: Instant,
    /// When it ends by itself, if it does
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<Instant>,
    /// When it was revoked, if it was
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Instant>,
}

impl From<KeyRecord> for StaffKeyView {
    fn from(key: KeyRecord) -> Self {
        let KeyRecord { id, name, scopes, made_at, ends_at, revoked_at, .. } = key;
        Self { id, name, scopes: scopes.list(), made_at, ends_at, revoked_at }
    }
}

/// A staff key that was made
#[derive(Object, Serialize)]
struct NewStaffKeyView {
    /// The key
    staff_key: StaffKeyView,
    /// Present it as `Authorization: Bearer …`. It is shown once
    secret: String,
}

/// Staff keys, in the order in which they were made
#[derive(Object, Serialize)]
struct StaffKeysView {
    /// The keys
    staff_keys: Vec<StaffKeyView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A desk session that was opened
#[derive(Object, Serialize)]
struct NewDeskSessionView {
    /// The key that opened it
    staff_key: StaffKeyView,
    /// Present it as `Authorization: Bearer …`. It is shown once
    secret: String,
    /// When it ends
    expires_at: Instant,
}

/// Who you are at the desk
#[derive(Object, Serialize)]
struct DeskView {
    /// Your key
    staff_key: StaffKeyView,
    /// When the desk session ends, if it is one that you present
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Instant>,
}

impl From<Known> for DeskView {
    fn from(known: Known) -> Self {
        Self { staff_key: known.key.into(), expires_at: known.session_ends_at }
    }
}

/// Staff keys.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Show who you are at the desk
    ///
    /// The key that you present, or that opened your desk session, and what it may.
    #[oai(path = "/desk-sessions/current", method = "get", operation_id = "show_desk_session")]
    async fn show_desk_session(&self, auth: Staff<Any>) -> Result<Reply<DeskView, 200>, Problem> {
        Ok(reply(&DeskView::from(auth.known)))
    }

    /// Open a desk session
    ///
    /// For a browser: a secret that may what the key may, and ends soon. Only a key itself opens one. Repeated with its
    /// `Idempotency-Key` it opens another.
    #[oai(path = "/desk-sessions", method = "post", operation_id = "open_desk_session")]
    async fn open_desk_session(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Any>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<NewDeskSessionView, 201>, Problem> {
        let once = auth.own(idempotent::request(&office, key, "open_desk_session", &())?);
        let (known, seconds) = (auth.known.clone(), office.limits.desk_session_seconds);
        let open = move |tx: &Tx| {
            let ((), replayed) = idempotency::once_without_secret(tx, once.as_ref(), None, || Ok::<_, Problem>(()))?;
            Ok::<_, Problem>((domain::open_desk_session(tx, &known, seconds)?, replayed))
        };
        let (NewSecret { secret, ends_at }, replayed) = auth.write(&office, "open_desk_session", open).await?;
        let expires_at = ends_at.unwrap_or_else(|| office.now());
        let view = NewDeskSessionView { staff_key: auth.known.key.into(), secret, expires_at };
        Ok(reply(&view).replayed(replayed))
    }

    /// End your desk session
    ///
    /// At once. A key itself is not ended by this; revoke it.
    #[oai(path = "/desk-sessions/current", method = "delete", operation_id = "close_desk_session")]
    async fn close_desk_session(&self, office: Data<&Arc<Office>>, auth: Staff<Any>) -> Result<NoContent, Problem> {
        let (known, presented) = (auth.known.clone(), auth.presented);
        let close = move |tx: &Tx| domain::close_desk_session(tx, &known, presented);
        auth.write(&office, "close_desk_session", close).await?;
        Ok(NoContent)
    }

    /// Make a staff key
    ///
    /// With any set of scopes. Its secret is shown once: only a hash is kept. Repeated with its `Idempotency-Key` it makes
    /// no second key, and gives the first a new secret.
    #[oai(path = "/staff-keys", method = "post", operation_id = "create_staff_key")]
    async fn create_staff_key(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        body: Body<StaffKeyRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<NewStaffKeyView, 201>, Problem> {
        let once = auth.own(idempotent::request(&office, key, "create_staff_key", &body.0)?);
        let name = domain::clean_name(&body.0.name.0)?;
        let (scopes, ends_at) = (body.0.scopes.into_iter().collect(), body.0.ends_at);
        let make = move |tx: &Tx| {
            let (id, replayed) = idempotency::once_without_secret(tx, once.as_ref(), None, || {
                Ok::<_, Problem>(domain::create_staff_key(tx, &name, scopes, ends_at)?.id)
            })?;
            if replayed {
                tx.audit(|| Note::on("staff_key", id).after(json!({ "secret": "renewed" })));
            }
            Ok::<_, Problem>((domain::renew(tx, id)?, replayed))
        };
        let ((made, secret), replayed) = auth.write(&office, "create_staff_key", make).await?;
        Ok(reply(&NewStaffKeyView { staff_key: made.into(), secret: secret.secret }).replayed(replayed))
    }

    /// List staff keys
    ///
    /// Also those that ended or were revoked: the audit log names them.
    #[oai(path = "/staff-keys", method = "get", operation_id = "list_staff_keys")]
    async fn list_staff_keys(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Keys on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<StaffKeysView, 200>, Problem> {
        let (cursor, limit) = (page::cursor(cursor.0)?, page::length(&office, limit.0)?);
        let (keys, more) = office.store.read(move |tx| domain::list_staff_keys(tx, cursor, limit)).await?;
        let next_cursor = keys.last().filter(|_| more).map(|last| last.id.to_string());
        Ok(reply(&StaffKeysView { staff_keys: keys.into_iter().map(StaffKeyView::from).collect(), next_cursor }))
    }

    /// Show a staff key
    ///
    /// Its name and scopes, and whether it is in force.
    #[oai(path = "/staff-keys/:staff_key_id", method = "get", operation_id = "show_staff_key")]
    async fn show_staff_key(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The key
        staff_key_id: Path<Uuid>,
    ) -> Result<Reply<StaffKeyView, 200>, Problem> {
        let key = office.store.read(move |tx| domain::show_staff_key(tx, staff_key_id.0)).await?;
        Ok(reply(&StaffKeyView::from(key)))
    }

    /// Revoke a staff key
    ///
    /// At once, with its desk sessions: what is under way with it changes nothing any more. The last key that may manage
    /// and does not end by itself stays.
    #[oai(path = "/staff-keys/:staff_key_id", method = "delete", operation_id = "revoke_staff_key")]
    async fn revoke_staff_key(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The key
        staff_key_id: Path<Uuid>,
    ) -> Result<NoContent, Problem> {
        let revoke = move |tx: &Tx| domain::revoke_staff_key(tx, staff_key_id.0);
        auth.write(&office, "revoke_staff_key", revoke).await?;
        Ok(NoContent)
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("show_desk_session", &[problems::ANY_STAFF]),
    ("open_desk_session", &[problems::ANY_STAFF, &[Code::InvalidField, Code::IdempotencyKeyReused]]),
    ("close_desk_session", &[problems::ANY_STAFF]),
    ("create_staff_key", &[problems::STAFF, problems::BODY, &[Code::StaffKeyNotFound, Code::IdempotencyKeyReused]]),
    ("list_staff_keys", &[problems::STAFF, &[Code::InvalidField]]),
    ("show_staff_key", &[problems::STAFF, &[Code::StaffKeyNotFound]]),
    ("revoke_staff_key", &[problems::STAFF, &[Code::StaffKeyNotFound, Code::LastManager]]),
];
