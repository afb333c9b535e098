//! Who may call: session, queue token, operator key, each as `Authorization: Bearer …`.
//!
//! Checkers read the credential and check what needs no store (a signature, the operator's hash). Whether a session or
//! an entry lives is asked inside the operation's own transaction, where nothing can change between answer and effect.

use std::sync::Arc;

use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::{ApiKey, Bearer};

use crate::account::{SessionSecret, User, domain as account};
use crate::app::App;
use crate::http::{Code, Problem};
use crate::ids::UserKey;
use crate::queue::domain as queue;
use crate::queue::rules::EntryStatus;
use crate::queue::standing::Standing;
use crate::queue::token::Claims;
use crate::queue::{Line, QueueError, Visit};
use crate::store::{StoreError, Tx};

/// A buyer who logged in: the session's secret, from sign_up or log_in.
#[derive(SecurityScheme)]
#[oai(rename = "Session", ty = "bearer", checker = "read_session")]
pub struct SessionAuth(pub SessionSecret);

/// A buyer with a place in a queue: the queue token, from issue_token.
#[derive(SecurityScheme)]
#[oai(rename = "QueueToken", ty = "bearer", bearer_format = "JWT", checker = "read_token")]
pub struct TokenAuth(pub Claims);

/// The queue token as `?token=…`, for event streams: a browser's EventSource cannot send headers.
// A bad one is kept as its problem: failing in the checker would make the framework try the header next and complain
// that it is missing.
#[derive(SecurityScheme)]
#[oai(rename = "QueueTokenInQuery", ty = "api_key", key_in = "query", key_name = "token", checker = "read_query_token")]
pub struct TokenQueryAuth(pub Result<Claims, Problem>);

/// The venue's staff: the operator key that the first start printed.
#[derive(SecurityScheme)]
#[oai(rename = "OperatorKey", ty = "bearer", checker = "read_operator")]
pub struct OperatorAuth(pub ());

/// A queue token in the header or in the query.
#[derive(SecurityScheme)]
pub enum StreamAuth {
    /// In the query.
    Query(TokenQueryAuth),
    /// In the header.
    Header(TokenAuth),
}

/// A queue token or a session.
#[derive(SecurityScheme)]
pub enum BuyerAuth {
    /// A place in a queue.
    Token(TokenAuth),
    /// A log-in.
    Session(SessionAuth),
}

fn app(request: &Request) -> Result<&Arc<App>, Problem> {
    request.data::<Arc<App>>().ok_or_else(|| Problem::new(Code::Internal, "The box office is not open."))
}

/// Queue tokens are the only credentials with dots.
fn looks_like_token(credential: &str) -> bool {
    credential.matches('.').count() == 2
}

async fn read_session(request: &Request, bearer: Bearer) -> poem::Result<SessionSecret> {
    if looks_like_token(&bearer.token) {
        app(request)?.keys.token.read(&bearer.token, app(request)?.now()).map_err(Problem::from)?;
        return Err(Problem::new(Code::SessionInvalid, "This is a queue token; send the session's secret.").into());
    }
    Ok(SessionSecret::presented(&bearer.token))
}

async fn read_token(request: &Request, bearer: Bearer) -> poem::Result<Claims> {
    Ok(claims(request, &bearer.token)?)
}

async fn read_query_token(request: &Request, key: ApiKey) -> poem::Result<Result<Claims, Problem>> {
    Ok(claims(request, &key.key))
}

fn claims(request: &Request, token: &str) -> Result<Claims, Problem> {
    let app = app(request)?;
    Ok(app.keys.token.read(token, app.now())?)
}

async fn read_operator(request: &Request, bearer: Bearer) -> poem::Result<()> {
    if app(request)?.keys.is_operator(&bearer.token) {
        return Ok(());
    }
    Err(Problem::new(Code::OperatorKeyWrong, "Send the operator key as `Authorization: Bearer …`.").into())
}

impl StreamAuth {
    /// What the token says.
    ///
    /// # Errors
    /// [`Code::TokenInvalid`], [`Code::TokenExpired`].
    pub fn into_claims(self) -> Result<Claims, Problem> {
        match self {
            Self::Query(token) => token.0,
            Self::Header(token) => Ok(token.0),
        }
    }
}

/// The user of a session, asked in a read of its own.
///
/// # Errors
/// [`Code::SessionInvalid`].
pub async fn session_user(app: &App, session: SessionSecret) -> Result<User, Problem> {
    app.store.read(move |tx| account::authenticate(tx, session).map_err(Problem::from)).await
}

/// The queue that a token is for.
///
/// # Errors
/// [`Code::TokenInvalid`] when its concert is not one of this data file.
pub fn line_of(app: &App, claims: &Claims) -> Result<Arc<Line>, Problem> {
    app.live.line(claims.concert).ok_or_else(|| Problem::new(Code::TokenInvalid, "Its concert is unknown here."))
}

/// Where a token's entry stands now, from memory alone.
///
/// # Errors
/// How the entry ended, read from the data file.
pub async fn standing(app: &App, line: &Line, claims: &Claims) -> Result<Standing, Problem> {
    match line.standing(claims.ordinal(), app.now()) {
        Some(standing) => Ok(standing),
        None => Err(how_it_ended(app, line, claims).await),
    }
}

/// Why a token whose entry memory does not know is dead.
pub async fn how_it_ended(app: &App, line: &Line, claims: &Claims) -> Problem {
    let (concert, ordinal) = (line.concert, claims.ordinal());
    let ended = app
        .store
        .read(move |tx| {
            let entry = queue::entry(tx, concert, ordinal)?;
            entry.require_live(tx.now())
        })
        .await;
    match ended {
        Err(QueueError::NoSuchEntry) => Problem::new(Code::TokenInvalid, "Its entry is unknown here."),
        Err(error) => error.into(),
        // It ended in memory at its instant; the data file's clock reading was a moment earlier.
        Ok(()) => QueueError::Ended(EntryStatus::Expired, None).into(),
    }
}

/// Lets an admitted token pass on memory's word, for reads; everyone else learns why not.
///
/// # Errors
/// [`Code::NotAdmitted`] with the position, or how the entry ended.
pub async fn require_inside(app: &App, line: &Line, claims: &Claims) -> Result<Standing, Problem> {
    if line.heard_inside(claims.ordinal(), app.now())
        && let Some(standing) = line.standing(claims.ordinal(), app.now())
    {
        return Ok(standing);
    }
    let standing = standing(app, line, claims).await?;
    if standing.status == EntryStatus::Admitted { Ok(standing) } else { Err(not_admitted(&standing)) }
}

/// The refusal of one who waits: when to come back, and where they are in line.
pub fn not_admitted(standing: &Standing) -> Problem {
    let seconds = standing.poll_after_ms.div_ceil(1000);
    let mut problem = Problem::new(Code::NotAdmitted, "Wait until the queue lets you in.").retry_after(seconds);
    for (name, known) in [("number", standing.number), ("position", standing.ahead.map(|ahead| ahead + 1))] {
        if let Some(known) = known {
            problem = problem.with(name, serde_json::json!(known));
        }
    }
    problem.with("poll_after_ms", serde_json::json!(standing.poll_after_ms))
}

/// Turns those who wait away before they reach the writer. A dead token goes on: with an `Idempotency-Key` it may ask
/// for an answer it has not seen.
///
/// # Errors
/// [`Code::NotAdmitted`].
pub fn refuse_waiting(app: &App, line: &Line, claims: &Claims) -> Result<(), Problem> {
    if line.heard_inside(claims.ordinal(), app.now()) {
        return Ok(());
    }
    match line.standing(claims.ordinal(), app.now()) {
        Some(standing) if standing.status == EntryStatus::Waiting => Err(not_admitted(&standing)),
        Some(_) | None => Ok(()),
    }
}

/// The entry's owner and, if the entry is inside, its visit; asked inside the operation's transaction.
///
/// # Errors
/// [`Code::TokenInvalid`] when there is no such entry.
pub fn visitor(tx: &Tx, line: &Line, claims: &Claims) -> Result<(UserKey, Result<Visit, QueueError>), Problem> {
    match queue::entry(tx, line.concert, claims.ordinal()) {
        Ok(entry) => Ok((entry.user, entry.require_admitted(tx.now()))),
        Err(QueueError::NoSuchEntry) => Err(Problem::new(Code::TokenInvalid, "Its entry is unknown here.")),
        Err(error) => Err(error.into()),
    }
}

/// The buyer behind a queue token or a session, for what either may see.
///
/// # Errors
/// [`Code::SessionInvalid`], [`Code::NotAdmitted`], or how the token's entry ended.
pub async fn buyer(app: &App, auth: BuyerAuth) -> Result<UserKey, Problem> {
    match auth {
        BuyerAuth::Session(session) => Ok(session_user(app, session.0).await?.key),
        BuyerAuth::Token(token) => {
            let line = line_of(app, &token.0)?;
            Ok(require_inside(app, &line, &token.0).await?.user)
        }
    }
}

/// A place for an event stream, or the news that there is none.
///
/// # Errors
/// [`Code::Overloaded`].
pub fn stream_place(app: &App) -> Result<tokio::sync::OwnedSemaphorePermit, Problem> {
    let full = |_| Problem::from(StoreError::Overloaded).retry_after(30);
    app.streams.clone().try_acquire_owned().map_err(full)
}
