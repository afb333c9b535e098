//! Accounts over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use crate::account::auth::{self, SessionAuth};
use crate::account::domain::{self, AccountError};
use crate::account::own;
use crate::account::password::{HashError, Passwords};
use crate::account::seen::SeenSessions;
use crate::account::user::{NewSession, SessionSecret, User};
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Caller, Code, NoContent, Problem, Reply, Tag, Text, reply};
use crate::idempotency::{self, IdempotencyError};
use crate::limiter::What;
use crate::office::Office;
use crate::store::{Lane, Tx};

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
    /// E-mail address, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Name
    name: String,
    /// Is it known that the address is the buyer's?
    is_email_confirmed: bool,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let is_email_confirmed = user.confirmed_at.is_some();
        Self { id: user.id, email: user.email, name: user.name, is_email_confirmed }
    }
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
        Self { user: user.into(), session: SessionView { secret: session.secret, expires_at: session.expires_at } }
    }
}

/// The answer to whoever has just proved who they are.
pub(super) fn signed_in(office: &Office, user: User, session: NewSession) -> Reply<SignedInView, 201> {
    office.part::<SeenSessions>().add(SessionSecret::presented(&session.secret), user.id);
    reply(&SignedInView::new(user, session))
}

/// Accounts and sessions.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Account")]
impl Api {
    /// Make an account
    ///
    /// Makes an account with an empty balance, and a session. Repeated with its `Idempotency-Key`, e-mail, name and
    /// password it makes no second account, and opens a new session of the first.
    #[oai(path = "/users", method = "post", operation_id = "sign_up")]
    async fn sign_up(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        body: Body<SignUpRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<SignedInView, 201>, Problem> {
        let SignUpRequest { email: Text(email), password: Text(password), name: Text(name) } = body.0;
        let (email, name) = (domain::clean_email(&email)?, domain::clean_name(&name)?);
        let password = domain::clean_password(&password)?;
        domain::require_uncommon(&password, &email, &name)?;
        // Who asks is the address. The password is no part of the record, where a hash without its cost could be
        // guessed: whether a repeat has the same is told by the account's own hash.
        let once = idempotent::request(&office, key, format!("sign_up {email}"), &name)?;
        caller.spend(What::SignUp)?;
        let passwords = office.part::<Passwords>();
        let hash = passwords.hash(caller.client, password.clone()).await?;
        let (seconds, link_seconds) = (office.limits.session_seconds, office.limits.link_seconds);
        let made = office
            .store
            .write_from(Lane::Outside, move |tx| {
                let made = idempotency::once_without_secret(tx, once.as_ref(), None, || {
                    let user = domain::sign_up(tx, &email, &name, Some(&hash))?;
                    if tx.terms().sends_mail {
                        own::request_email_confirmation(tx, &user, link_seconds)?;
                    }
                    Ok::<_, Problem>(user.id)
                })?;
                match made {
                    (id, false) => Ok(Ok(domain::sign_in(tx, id, seconds)?)),
                    (id, true) => Ok::<_, Problem>(Err((id, domain::password_hash(tx, id)?))),
                }
            })
            .await?;
        let (id, kept) = match made {
            Ok((user, session)) => return Ok(signed_in(&office, user, session)),
            Err(made_before) => made_before,
        };
        if !passwords.fits(caller.client, password, kept).await? {
            return Err(IdempotencyError::KeyReused.into());
        }
        let sign_in = move |tx: &Tx| domain::sign_in(tx, id, seconds);
        let (user, session) = office.store.write_from(Lane::Outside, sign_in).await?;
        Ok(signed_in(&office, user, session).replayed(true))
    }

    /// Log in
    ///
    /// Opens a session. An unknown e-mail and a wrong password get the same answer in the same time. Repeated with its
    /// `Idempotency-Key` it proves the password anew and gives a new secret.
    #[oai(path = "/sessions", method = "post", operation_id = "log_in")]
    async fn log_in(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        body: Body<LogInRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<SignedInView, 201>, Problem> {
        let LogInRequest { email: Text(email), password: Text(password) } = body.0;
        let password = domain::clean_password(&password).map_err(|_| AccountError::WrongCredentials)?;
        let email = domain::clean_email(&email).unwrap_or_default();
        let once = idempotent::request(&office, key, format!("log_in {email}"), &())?;
        caller.spend(What::LogIn)?;
        let attempt = caller.attempt(&email)?;
        let known = office.store.read_from(Lane::Outside, move |tx| domain::find_credentials(tx, &email)).await?;
        let (user, hash) = known.map_or((None, None), |(user, hash)| (Some(user), hash));
        let fits = office.part::<Passwords>().fits(caller.client, password, hash).await?;
        let user = user.filter(|_| fits).ok_or(AccountError::WrongCredentials)?;
        caller.right(attempt);
        let (seconds, key) = (office.limits.session_seconds, user.key);
        let (session, replayed) = office
            .store
            .write_from(Lane::Outside, move |tx| {
                let ((), replayed) =
                    idempotency::once_without_secret(tx, once.as_ref(), Some(key), || Ok::<_, Problem>(()))?;
                Ok::<_, Problem>((domain::open_session(tx, key, seconds)?, replayed))
            })
            .await?;
        Ok(signed_in(&office, user, session).replayed(replayed))
    }

    /// Log out
    ///
    /// Ends the session at once. A place in a queue stays yours.
    #[oai(path = "/sessions/current", method = "delete", operation_id = "log_out")]
    async fn log_out(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: SessionAuth,
    ) -> Result<NoContent, Problem> {
        auth::account_of(&office, &caller, auth.0).await?;
        office.store.write_from(Lane::Outside, move |tx| domain::log_out(tx, auth.0)).await?;
        Ok(NoContent)
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy { seconds } => Self::new(Code::Overloaded, "Too many want to log in; nothing was changed.")
                .in_korean("로그인하려는 사람이 너무 많습니다. 바뀐 것은 없습니다.")
                .retry_after(seconds),
            HashError::Store(error) => error.into(),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            AccountError::EmailTaken => Self::of(Code::EmailTaken),
            AccountError::WrongCredentials => Self::of(Code::CredentialsWrong),
            AccountError::ExternalIdTaken => Self::of(Code::ExternalIdTaken),
            AccountError::NoSuchSession => Self::of(Code::SessionNotFound),
            AccountError::NoSuchLink => Self::of(Code::LinkNotFound),
            AccountError::Mail(error) => error.into(),
            AccountError::NoSession => Self::of(Code::SessionInvalid),
            AccountError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("sign_up", &[problems::BODY, &[Code::EmailTaken, Code::IdempotencyKeyReused]]),
    ("log_in", &[problems::BODY, &[Code::CredentialsWrong, Code::IdempotencyKeyReused]]),
    ("log_out", &[problems::SESSION]),
];
