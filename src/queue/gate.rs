//! Who may pass: the queue token as a credential, and what an entry may do now (admission control). On memory's word for
//! reads; for changes the entry is asked again inside the operation's own transaction.

use std::sync::Arc;

use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::{ApiKey, Bearer};
use serde_json::json;
use uuid::Uuid;

use crate::account::auth::{self, SessionAuth};
use crate::actor::Actor;
use crate::http::{Code, Problem, security};
use crate::idempotency::{self, Once};
use crate::ids::UserKey;
use crate::office::Office;
use crate::queue::domain;
use crate::queue::error::QueueError;
use crate::queue::line::Line;
use crate::queue::lines::Lines;
use crate::queue::record::{Entry, Visit};
use crate::queue::standing::Standing;
use crate::queue::state::EntryStatus;
use crate::queue::token::{Claims, TokenKey};
use crate::queue::views::{PositionView, QueueTokenView};
use crate::store::{Lane, Tx};

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
    // First: it leaves to the other whatever looks like a queue token, and the other says what is wrong with that.
    /// A log-in.
    Session(SessionAuth),
    /// A place in a queue.
    Token(TokenAuth),
}

async fn read_token(request: &Request, bearer: Bearer) -> poem::Result<Claims> {
    Ok(claims(request, &bearer.token)?)
}

async fn read_query_token(request: &Request, key: ApiKey) -> poem::Result<Result<Claims, Problem>> {
    Ok(claims(request, &key.key))
}

fn claims(request: &Request, token: &str) -> Result<Claims, Problem> {
    let office = security::office(request)?;
    Ok(office.part::<TokenKey>().read(token, office.now())?)
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

fn unknown_entry() -> Problem {
    Problem::new(Code::TokenInvalid, "Its entry is unknown here.").in_korean("여기에 없는 대기 순번의 토큰입니다.")
}

/// The queue that a token is for.
///
/// # Errors
/// [`Code::TokenInvalid`] when its concert is not one of this data file.
pub fn line_of(office: &Office, claims: &Claims) -> Result<Arc<Line>, Problem> {
    let line = office.part::<Lines>().by_id(claims.concert);
    line.ok_or_else(|| {
        Problem::new(Code::TokenInvalid, "Its concert is unknown here.").in_korean("여기에 없는 공연의 토큰입니다.")
    })
}

/// Where a token's entry stands now, from memory alone.
///
/// # Errors
/// How the entry ended, read from the data file.
pub async fn standing(office: &Office, line: &Line, claims: &Claims) -> Result<Standing, Problem> {
    match line.standing(claims.ordinal(), claims.jti, office.now()) {
        Some(standing) => Ok(standing),
        None => Err(how_it_ended(office, line, claims).await),
    }
}

/// Whether the data file knows the entry that a token was given for, alive or not.
///
/// # Errors
/// Only the store's.
pub async fn is_known(office: &Office, claims: &Claims) -> Result<bool, Problem> {
    let Some(line) = office.part::<Lines>().by_id(claims.concert) else { return Ok(false) };
    let (concert, claims) = (line.concert, claims.clone());
    let found = move |tx: &Tx| domain::entry_of(tx, concert, claims.ordinal(), claims.jti);
    match office.store.read_from(Lane::Outside, found).await {
        Ok(_) | Err(QueueError::Ended(..)) => Ok(true),
        Err(QueueError::NoSuchEntry) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The lane in which a token's own change waits.
pub fn lane(office: &Office, line: &Line, claims: &Claims) -> Lane {
    let is_inside = line.heard_inside(claims.ordinal(), claims.jti, office.now());
    if is_inside { Lane::Inside } else { Lane::Outside }
}

/// Why a token whose entry memory does not know is dead.
async fn how_it_ended(office: &Office, line: &Line, claims: &Claims) -> Problem {
    let (concert, claims) = (line.concert, claims.clone());
    let ended = office
        .store
        .read_from(Lane::Outside, move |tx| {
            let entry = domain::entry_of(tx, concert, claims.ordinal(), claims.jti)?;
            entry.require_live(tx.now())
        })
        .await;
    match ended {
        Err(QueueError::NoSuchEntry) => unknown_entry(),
        Err(error) => error.into(),
        // It ended in memory at its instant; the data file's clock reading was a moment earlier.
        Ok(()) => QueueError::Ended(EntryStatus::Expired, None).into(),
    }
}

/// Lets an admitted token pass on memory's word, for reads; everyone else learns why not.
///
/// # Errors
/// [`Code::NotAdmitted`] with the position, or how the entry ended.
pub async fn require_inside(office: &Office, line: &Line, claims: &Claims) -> Result<Standing, Problem> {
    let (ordinal, now) = (claims.ordinal(), office.now());
    if line.heard_inside(ordinal, claims.jti, now)
        && let Some(standing) = line.standing(ordinal, claims.jti, now)
    {
        return Ok(standing);
    }
    let standing = standing(office, line, claims).await?;
    if standing.status == EntryStatus::Admitted { Ok(standing) } else { Err(not_admitted(&standing)) }
}

/// The refusal of one who waits: when to come back, and where they are in line.
fn not_admitted(standing: &Standing) -> Problem {
    let seconds = standing.poll_after_ms.div_ceil(1000);
    let mut problem = Problem::of(Code::NotAdmitted).retry_after(seconds);
    for (name, known) in [("number", standing.number), ("position", standing.ahead.map(|ahead| ahead + 1))] {
        if let Some(known) = known {
            problem = problem.with(name, json!(known));
        }
    }
    problem.with("poll_after_ms", json!(standing.poll_after_ms))
}

/// Turns those who wait away before they reach the writer; gives the lane of those who may go on. A dead token goes on, and
/// a waiting one whose request has its answer on record: with an `Idempotency-Key` they may ask for an answer they have not
/// seen. Their lane is that of those outside.
///
/// # Errors
/// [`Code::NotAdmitted`].
pub async fn refuse_waiting(
    office: &Office,
    line: &Line,
    claims: &Claims,
    request: Option<&Once>,
) -> Result<Lane, Problem> {
    let (ordinal, now) = (claims.ordinal(), office.now());
    if line.heard_inside(ordinal, claims.jti, now) {
        return Ok(Lane::Inside);
    }
    let standing = match line.standing(ordinal, claims.jti, now) {
        Some(standing) if standing.status == EntryStatus::Waiting => standing,
        Some(_) | None => return Ok(Lane::Outside),
    };
    if let Some(request) = request.cloned() {
        let user = Some(standing.user);
        let is_recorded = move |tx: &Tx| Ok::<_, Problem>(idempotency::is_recorded(tx, &request, user)?);
        if office.store.read_from(Lane::Outside, is_recorded).await? {
            return Ok(Lane::Outside);
        }
    }
    Err(not_admitted(&standing))
}

/// The entry that a token was made for, in whose owner's name the operation acts from here on.
///
/// # Errors
/// [`Code::TokenInvalid`] when there is no such entry.
pub fn entry(tx: &Tx, line: &Line, claims: &Claims) -> Result<Entry, Problem> {
    match domain::entry_of(tx, line.concert, claims.ordinal(), claims.jti) {
        Ok(entry) => {
            tx.act_as(Actor::Buyer(entry.user));
            Ok(entry)
        }
        Err(QueueError::NoSuchEntry) => Err(unknown_entry()),
        Err(error) => Err(error.into()),
    }
}

/// The entry's owner and, if the entry is inside, its visit; asked inside the operation's transaction.
///
/// # Errors
/// [`Code::TokenInvalid`] when there is no such entry.
pub fn visitor(tx: &Tx, line: &Line, claims: &Claims) -> Result<(UserKey, Result<Visit, QueueError>), Problem> {
    let entry = entry(tx, line, claims)?;
    Ok((entry.user, entry.require_admitted(tx.now())))
}

/// The buyer behind a queue token or a session, for what either may see.
///
/// # Errors
/// [`Code::SessionInvalid`], [`Code::NotAdmitted`], or how the token's entry ended.
pub async fn buyer(office: &Office, auth: BuyerAuth) -> Result<UserKey, Problem> {
    match auth {
        BuyerAuth::Session(session) => Ok(auth::session_user(office, session.0).await?.key),
        BuyerAuth::Token(token) => {
            let line = line_of(office, &token.0)?;
            Ok(require_inside(office, &line, &token.0).await?.user)
        }
    }
}

/// A place in line with the token for it.
pub fn token_view(office: &Office, line: &Line, entry: &Entry, user_id: Uuid, standing: &Standing) -> QueueTokenView {
    let expires_at = domain::token_expiry(&office.store.terms(), entry.joined_at);
    let token = office.part::<TokenKey>().sign(entry, user_id, line.concert_id, expires_at);
    QueueTokenView { token, position: PositionView::new(user_id, line, standing) }
}
