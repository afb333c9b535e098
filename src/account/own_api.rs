//! One's own account over HTTP: sessions, password, address.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::account::api::{self, SignedInView};
use crate::account::auth::{self, SessionAuth};
use crate::account::domain::{self, AccountError};
use crate::account::link::{LinkSecrets, Purpose};
use crate::account::own;
use crate::account::password::Passwords;
use crate::account::user::{Session, SessionSecret};
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Caller, Code, NoContent, Problem, Reply, Tag, Text, reply};
use crate::idempotency;
use crate::limiter::What;
use crate::office::Office;
use crate::store::{Lane, Tx};

/// A new password in place of the one you have
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
struct PasswordRequest {
    /// The one you have
    current_password: Text,
    /// The new one: 8 characters or more
    password: Text,
}

impl Example for PasswordRequest {
    fn example() -> Self {
        Self { current_password: "correct horse".into(), password: "battery staple".into() }
    }
}

/// Whose password is forgotten
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
struct PasswordResetRequest {
    /// E-mail address
    email: Text,
}

impl Example for PasswordResetRequest {
    fn example() -> Self {
        Self { email: "buyer@example.org".into() }
    }
}

/// A new password by the link in a mail
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
struct NewPasswordRequest {
    /// The secret in the mail
    token: Text,
    /// The new password: 8 characters or more
    password: Text,
}

impl Example for NewPasswordRequest {
    fn example() -> Self {
        Self { token: "gk7K-ZJ0uHrdGlD9hVmlzbLp1DkYqSgVXbVnCrX6sJs".into(), password: "battery staple".into() }
    }
}

/// The link in a mail
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
struct ConfirmEmailRequest {
    /// The secret in the mail
    token: Text,
}

impl Example for ConfirmEmailRequest {
    fn example() -> Self {
        Self { token: "gk7K-ZJ0uHrdGlD9hVmlzbLp1DkYqSgVXbVnCrX6sJs".into() }
    }
}

/// A mail on its way, if it has a reader
#[derive(Object, Serialize)]
struct MailAskedView {
    /// How long its link may be used
    link_seconds: u32,
}

/// An address that is yours
#[derive(Object, Serialize)]
struct ConfirmedView {
    /// The account
    user_id: Uuid,
}

/// A session of yours
#[derive(Object, Serialize)]
struct OwnSessionView {
    /// Its id
    id: Uuid,
    /// When it was opened
    created_at: Instant,
    /// When it ends
    expires_at: Instant,
    /// Is it the one that you present?
    is_current: bool,
}

impl OwnSessionView {
    fn new(session: &Session, presented: SessionSecret) -> Self {
        let (id, is_current) = (session.secret.id(), session.secret == presented);
        Self { id, created_at: session.created_at, expires_at: session.expires_at, is_current }
    }
}

/// Your sessions, the newest first
#[derive(Object, Serialize)]
struct OwnSessionsView {
    /// The sessions
    sessions: Vec<OwnSessionView>,
}

/// One's own account.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Account")]
impl Api {
    /// List your sessions
    ///
    /// Where you are logged in, the newest first.
    #[oai(path = "/account/sessions", method = "get", operation_id = "list_sessions")]
    async fn list_sessions(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
    ) -> Result<Reply<OwnSessionsView, 200>, Problem> {
        let presented = auth.0;
        let read = move |tx: &Tx| Ok::<_, Problem>(own::list_sessions(tx, &auth::user(tx, presented)?)?);
        let sessions = office.store.read(read).await?;
        let sessions = sessions.iter().map(|session| OwnSessionView::new(session, presented)).collect();
        Ok(reply(&OwnSessionsView { sessions }))
    }

    /// End a session of yours
    ///
    /// At once, wherever it is used.
    #[oai(path = "/account/sessions/:session_id", method = "delete", operation_id = "end_session")]
    async fn end_session(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: SessionAuth,
        /// The session
        session_id: Path<Uuid>,
    ) -> Result<NoContent, Problem> {
        auth::account_of(&office, &caller, auth.0).await?;
        let end = move |tx: &Tx| {
            let user = auth::user(tx, auth.0)?;
            Ok::<_, Problem>(own::end_session(tx, &user, session_id.0)?)
        };
        office.store.write_from(Lane::Outside, end).await?;
        Ok(NoContent)
    }

    /// Change your password
    ///
    /// All your other sessions end.
    #[oai(path = "/account/password", method = "put", operation_id = "change_password")]
    async fn change_password(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: SessionAuth,
        body: Body<PasswordRequest>,
    ) -> Result<NoContent, Problem> {
        let PasswordRequest { current_password: Text(current), password: Text(new) } = body.0;
        let new = domain::clean_password(&new)?;
        let presented = auth.0;
        auth::account_of(&office, &caller, presented).await?;
        let known = office.store.read(move |tx| {
            let user = auth::user(tx, presented)?;
            let hash = domain::password_hash(tx, user.id)?;
            Ok::<_, Problem>((user, hash))
        });
        let (passwords, (user, was)) = (office.part::<Passwords>(), known.await?);
        let email = user.email.unwrap_or_default();
        domain::require_uncommon(&new, &email, &user.name)?;
        caller.spend(What::LogIn)?;
        let attempt = caller.attempt(&email)?;
        let current = domain::clean_password(&current).map_err(|_| AccountError::WrongCredentials)?;
        if !passwords.fits(caller.client, current, was.clone()).await? {
            return Err(AccountError::WrongCredentials.into());
        }
        caller.right(attempt);
        let hash = passwords.hash(caller.client, new).await?;
        let change = move |tx: &Tx| {
            let user = auth::user(tx, presented)?;
            Ok::<_, Problem>(own::change_password(tx, &user, was.as_deref(), &hash, presented)?)
        };
        office.store.write_from(Lane::Outside, change).await?;
        Ok(NoContent)
    }

    /// Ask for a new password
    ///
    /// By a mail with a link that may be used once and soon. The answer is the same whether somebody has this address or not,
    /// and also when the mail was asked for a moment ago.
    #[oai(path = "/password-resets", method = "post", operation_id = "request_password_reset")]
    async fn request_password_reset(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        body: Body<PasswordResetRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<MailAskedView, 202>, Problem> {
        let email = domain::clean_email(&body.0.email.0)?;
        caller.spend(What::LogIn)?;
        let link_seconds = office.limits.link_seconds;
        let once = idempotent::request(&office, key, format!("request_password_reset {email}"), &())?;
        let ask = move |tx: &Tx| {
            idempotency::once(tx, once.as_ref(), None, || {
                own::request_password_reset(tx, &email, link_seconds)?;
                Ok::<_, Problem>(MailAskedView { link_seconds })
            })
        };
        Ok(office.store.write_from(Lane::Outside, ask).await?.into())
    }

    /// Choose a new password
    ///
    /// By the secret in the mail that `request_password_reset` sent. It is used up, all your sessions end, and a new one is
    /// opened. Repeated with its `Idempotency-Key` it opens another.
    #[oai(path = "/passwords", method = "post", operation_id = "reset_password")]
    async fn reset_password(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        body: Body<NewPasswordRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<SignedInView, 201>, Problem> {
        let NewPasswordRequest { token: Text(token), password: Text(password) } = body.0;
        let password = domain::clean_password(&password)?;
        // Whoever has no secret of ours costs no hash.
        let read = office.part::<LinkSecrets>().read(Purpose::PasswordReset, &token);
        let link = read.ok_or(AccountError::NoSuchLink)?;
        let once = idempotent::request(&office, key, format!("reset_password {link}"), &())?;
        caller.spend(What::LogIn)?;
        let read = move |tx: &Tx| own::password_reader(tx, link);
        if let Some(user) = office.store.read_from(Lane::Outside, read).await? {
            domain::require_uncommon(&password, &user.email.unwrap_or_default(), &user.name)?;
        }
        let hash = office.part::<Passwords>().hash(caller.client, password).await?;
        let seconds = office.limits.session_seconds;
        let reset = move |tx: &Tx| {
            let (id, replayed) = idempotency::once_without_secret(tx, once.as_ref(), None, || {
                Ok::<_, Problem>(own::reset_password(tx, link, &hash)?.id)
            })?;
            Ok::<_, Problem>((domain::sign_in(tx, id, seconds)?, replayed))
        };
        let ((user, session), replayed) = office.store.write_from(Lane::Outside, reset).await?;
        Ok(api::signed_in(&office, user, session).replayed(replayed))
    }

    /// Ask for a mail that confirms your address
    ///
    /// None is sent when the address is confirmed already, when you have none, or when one was asked for a moment ago.
    #[oai(path = "/account/email-confirmations", method = "post", operation_id = "request_email_confirmation")]
    async fn request_email_confirmation(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: SessionAuth,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<MailAskedView, 202>, Problem> {
        let link_seconds = office.limits.link_seconds;
        auth::account_of(&office, &caller, auth.0).await?;
        let once = idempotent::request(&office, key, "request_email_confirmation", &())?;
        let ask = move |tx: &Tx| {
            let user = auth::user(tx, auth.0)?;
            idempotency::once(tx, once.as_ref(), Some(user.key), || {
                own::request_email_confirmation(tx, &user, link_seconds)?;
                Ok::<_, Problem>(MailAskedView { link_seconds })
            })
        };
        Ok(office.store.write_from(Lane::Outside, ask).await?.into())
    }

    /// Confirm your address
    ///
    /// By the secret in the mail. It is used up.
    #[oai(path = "/email-confirmations", method = "post", operation_id = "confirm_email")]
    async fn confirm_email(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        body: Body<ConfirmEmailRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<ConfirmedView, 201>, Problem> {
        let read = office.part::<LinkSecrets>().read(Purpose::EmailConfirmation, &body.0.token.0);
        let link = read.ok_or(AccountError::NoSuchLink)?;
        caller.spend(What::LogIn)?;
        let once = idempotent::request(&office, key, format!("confirm_email {link}"), &())?;
        let confirm = move |tx: &Tx| {
            idempotency::once(tx, once.as_ref(), None, || {
                Ok::<_, Problem>(ConfirmedView { user_id: own::confirm_email(tx, link)?.id })
            })
        };
        Ok(office.store.write_from(Lane::Outside, confirm).await?.into())
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("list_sessions", &[problems::SESSION]),
    ("end_session", &[problems::SESSION, &[Code::SessionNotFound]]),
    ("change_password", &[problems::SESSION, problems::BODY, &[Code::CredentialsWrong]]),
    ("request_password_reset", &[problems::BODY, &[Code::MailOff, Code::IdempotencyKeyReused]]),
    ("reset_password", &[problems::BODY, &[Code::LinkNotFound, Code::IdempotencyKeyReused]]),
    (
        "request_email_confirmation",
        &[problems::SESSION, &[Code::InvalidField, Code::MailOff, Code::IdempotencyKeyReused]],
    ),
    ("confirm_email", &[problems::BODY, &[Code::LinkNotFound, Code::IdempotencyKeyReused]]),
];
