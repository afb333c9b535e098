//! The outbox at the desk.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::audit::Note;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Reply, Tag, page, reply};
use crate::mail::domain::{self, MailError};
use crate::mail::record::{Mail, MailKind, MailState};
use crate::office::Office;
use crate::staff::{Sell, Staff};
use crate::store::Tx;

/// A mail in the outbox
#[derive(Object, Serialize)]
struct MailView {
    /// The mail
    id: Uuid,
    /// What it is about
    kind: MailKind,
    /// What became of it
    state: MailState,
    /// How often it was tried
    attempts: u32,
    /// When it was written
    made_at: Instant,
    /// When it is tried next, while it waits
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Instant>,
    /// When it was sent or given up
    #[serde(skip_serializing_if = "Option::is_none")]
    done_at: Option<Instant>,
    /// The `Message-ID` of the last attempt
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// Why the last attempt failed
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl From<Mail> for MailView {
    fn from(mail: Mail) -> Self {
        let Mail { id, kind, state, attempts, made_at, next_at, done_at, message_id, problem, .. } = mail;
        let next_at = (state == MailState::Waiting).then_some(next_at);
        Self { id, kind, state, attempts, made_at, next_at, done_at, message_id, problem }
    }
}

/// Mails, newest first
#[derive(Object, Serialize)]
struct MailsView {
    /// The mails
    mails: Vec<MailView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The desk's hand on the outbox.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// List mails
    ///
    /// What was sent, what waits and why, what failed; newest first. To whom is the account's to know.
    #[oai(path = "/mails", method = "get", operation_id = "list_mails")]
    async fn list_mails(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Mails on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<MailsView, 200>, Problem> {
        let (cursor, limit) = (page::cursor(cursor.0)?, page::length(&office, limit.0)?);
        let (mails, next) = office.store.read(move |tx| domain::list_mails(tx, cursor, limit)).await?;
        let mails = mails.into_iter().map(MailView::from).collect();
        Ok(reply(&MailsView { mails, next_cursor: next.map(|next| next.to_string()) }))
    }

    /// Send a mail again
    ///
    /// As a new one: what it tells, and to which address, is looked up anew.
    #[oai(path = "/mails/:mail_id/resends", method = "post", operation_id = "resend_mail")]
    async fn resend_mail(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        /// The mail
        mail_id: Path<Uuid>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<MailView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("resend_mail {}", mail_id.0), &())?;
        let resend = move |tx: &Tx| {
            let again = domain::resend_mail(tx, mail_id.0)?;
            tx.audit(|| Note::on("mail", mail_id.0).after(serde_json::json!({ "again": again.id })));
            Ok::<_, MailError>(MailView::from(again))
        };
        Ok(auth.once(&office, "resend_mail", once, resend).await?.into())
    }
}

impl From<MailError> for Problem {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Off => Self::of(Code::MailOff),
            MailError::NoSuchMail => Self::of(Code::MailNotFound),
            MailError::NoSuchCursor => page::bad_cursor(),
            MailError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("list_mails", &[problems::STAFF, &[Code::InvalidField]]),
    (
        "resend_mail",
        &[problems::STAFF, &[Code::InvalidField, Code::MailOff, Code::MailNotFound, Code::IdempotencyKeyReused]],
    ),
];
