//! Who is logged in: the session's secret as `Authorization: Bearer …`.

use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

use crate::account::domain;
use crate::account::user::{SessionSecret, User};
use crate::actor::Actor;
use crate::http::{Code, Problem};
use crate::office::Office;
use crate::store::Tx;

/// A buyer who logged in: the session's secret, from sign_up or log_in.
#[derive(SecurityScheme)]
#[oai(rename = "Session", ty = "bearer", checker = "read_session")]
pub struct SessionAuth(pub SessionSecret);

/// Queue tokens are the only credentials with dots.
async fn read_session(_: &Request, bearer: Bearer) -> poem::Result<SessionSecret> {
    if bearer.token.matches('.').count() == 2 {
        return Err(Problem::new(Code::SessionInvalid, "This is a queue token; send the session's secret.").into());
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

/// The user of a session, asked in a read of its own.
///
/// # Errors
/// [`Code::SessionInvalid`].
pub async fn session_user(office: &Office, session: SessionSecret) -> Result<User, Problem> {
    office.store.read(move |tx| user(tx, session)).await
}
