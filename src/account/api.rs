//! Accounts over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use crate::account::auth::SessionAuth;
use crate::account::domain::{self, AccountError};
use crate::account::password::Passwords;
use crate::account::user::{NewSession, User};
use crate::clock::Instant;
use crate::http::{Code, NoContent, Problem, Reply, Tag, Text, reply};
use crate::office::Office;

/// A new account
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
struct SignUpRequest {
    /// E-mail address; capital letters do not matter
    email: Text,
    /// 8 characters or more
    password: Text,
    /// What to call you
    name: Text,
}

impl Example for SignUpRequest {
    fn example() -> Self {
        Self { email: "buyer@example.org".into(), password: "correct horse".into(), name: "Buyer".into() }
    }
}

/// Who you are
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
struct LogInRequest {
    /// E-mail address
    email: Text,
    /// Password
    password: Text,
}

impl Example for LogInRequest {
    fn example() -> Self {
        Self { email: "buyer@boxoffice.example".into(), password: "boxoffice".into() }
    }
}

/// A buyer's account
#[derive(Object, Serialize)]
pub struct UserView {
    /// Public id
    id: uuid::Uuid,
    /// E-mail address
    email: String,
    /// Name
    name: String,
}

/// Proof of who you are
#[derive(Object, Serialize)]
pub struct SessionView {
    /// Send it as `Authorization: Bearer …`. It is shown once.
    secret: String,
    /// When it ends
    expires_at: Instant,
}

/// An account and a session of it
#[derive(Object, Serialize)]
pub struct SignedInView {
    /// The account
    user: UserView,
    /// The session
    session: SessionView,
}

impl SignedInView {
    /// From an account and its new session.
    pub fn new(user: User, session: NewSession) -> Self {
        Self {
            user: UserView { id: user.id, email: user.email, name: user.name },
            session: SessionView { secret: session.secret, expires_at: session.expires_at },
        }
    }
}

/// Accounts and sessions.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Account")]
impl Api {
    /// Make an account
    ///
    /// Makes an account with an empty balance, and a session.
    #[oai(path = "/users", method = "post", operation_id = "sign_up")]
    async fn sign_up(
        &self,
        office: Data<&Arc<Office>>,
        body: Json<SignUpRequest>,
    ) -> Result<Reply<SignedInView, 201>, Problem> {
        let SignUpRequest { email: Text(email), password: Text(password), name: Text(name) } = body.0;
        let (email, name) = (domain::clean_email(&email)?, domain::clean_name(&name)?);
        let password = domain::clean_password(&password)?;
        let hash = office.part::<Passwords>().hash(password).await?;
        let seconds = office.limits.session_seconds;
        let signed_in = office
            .store
            .write(move |tx| {
                let user = domain::sign_up(tx, &email, &name, Some(&hash))?;
                let session = domain::open_session(tx, user.key, seconds)?;
                Ok::<_, AccountError>(SignedInView::new(user, session))
            })
            .await?;
        Ok(reply(&signed_in))
    }

    /// Log in
    ///
    /// Opens a session. An unknown e-mail and a wrong password get the same answer in the same time.
    #[oai(path = "/sessions", method = "post", operation_id = "log_in")]
    async fn log_in(
        &self,
        office: Data<&Arc<Office>>,
        body: Json<LogInRequest>,
    ) -> Result<Reply<SignedInView, 201>, Problem> {
        let LogInRequest { email: Text(email), password: Text(password) } = body.0;
        let password = domain::clean_password(&password).map_err(|_| AccountError::WrongCredentials)?;
        let email = domain::clean_email(&email).unwrap_or_default();
        let known = office.store.read(move |tx| domain::find_credentials(tx, &email)).await?;
        let (user, hash) = known.map_or((None, None), |(user, hash)| (Some(user), hash));
        let fits = office.part::<Passwords>().fits(password, hash).await?;
        let user = user.filter(|_| fits).ok_or(AccountError::WrongCredentials)?;
        let (seconds, key) = (office.limits.session_seconds, user.key);
        let session = office.store.write(move |tx| domain::open_session(tx, key, seconds)).await?;
        Ok(reply(&SignedInView::new(user, session)))
    }

    /// Log out
    ///
    /// Ends the session at once. A place in a queue stays yours.
    #[oai(path = "/sessions/current", method = "delete", operation_id = "log_out")]
    async fn log_out(&self, office: Data<&Arc<Office>>, auth: SessionAuth) -> Result<NoContent, Problem> {
        office.store.write(move |tx| domain::log_out(tx, auth.0)).await?;
        Ok(NoContent)
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            AccountError::EmailTaken => Self::new(Code::EmailTaken, "Log in, or use another address."),
            AccountError::WrongCredentials => Self::new(Code::CredentialsWrong, "Check both and try again."),
            AccountError::NoSession => Self::new(Code::SessionInvalid, "Log in again."),
            AccountError::Store(error) => error.into(),
        }
    }
}
