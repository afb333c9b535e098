//! Who is logged in: the session's secret as `Authorization: Bearer …`.

use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;
use uuid::Uuid;

use crate::account::domain;
use crate::account::seen::SeenSessions;
use crate::account::user::{SessionSecret, User};
use crate::actor::Actor;
use crate::http::{Caller, Code, Problem};
use crate::limiter::What;
use crate::office::Office;
use crate::store::{Lane, Tx};

/// A buyer who logged in: the session's secret, from sign_up or log_in.
#[derive(SecurityScheme)]
#[oai(rename = "Session", ty = "bearer", checker = "read_session")]
pub struct SessionAuth(pub SessionSecret);

/// Queue tokens are the only credentials with dots.
async fn read_session(_: &Request, bearer: Bearer) -> poem::Result<SessionSecret> {
    if bearer.token.matches('.').count() == 2 {
        return Err(Problem::new(Code::SessionInvalid, "This is a queue token; send the session's secret.")
            .in_korean("대기열 토큰입니다. 세션의 비밀 값을 보내세요.")
            .into());
    }
    Ok(SessionSecret::presented(&bearer.token))
}

/// The user of a session, in whose name the operation acts from here on.
///
/// # Errors
/// [`Code::SessionInvalid`].
pub fn user(tx: &Tx, session: SessionSecret) -> Result<User, Problem> {
    let user = domain::authenticate(tx, session)?;
    tx.act_as(Actor::Buyer(user.key));
    Ok(user)
}

/// The user of a session, asked in a read of its own. Those that were seen before are asked for first.
///
/// # Errors
/// [`Code::SessionInvalid`].
pub async fn session_user(office: &Office, session: SessionSecret) -> Result<User, Problem> {
    let seen = office.part::<SeenSessions>();
    let is_seen = seen.account(session).is_some();
    let lane = if is_seen { Lane::Inside } else { Lane::Outside };
    let user = office.store.read_from(lane, move |tx| user(tx, session)).await?;
    if !is_seen {
        seen.add(session, user.id);
    }
    Ok(user)
}

/// The account of a session, before a change of it reaches the writer: there it is asked for again, and that decides.
///
/// # Errors
/// [`Code::SessionInvalid`], [`Code::SlowDown`].
pub async fn account_of(office: &Office, caller: &Caller, session: SessionSecret) -> Result<Uuid, Problem> {
    if let Some(account) = office.part::<SeenSessions>().account(session) {
        return Ok(account);
    }
    caller.spend(What::StrangeSession)?;
    Ok(session_user(office, session).await?.id)
}
