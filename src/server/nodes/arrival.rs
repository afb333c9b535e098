//! A queue token that comes to a node before the entry it was given for. It was given by the leader a moment ago: its buyer is
//! never told that it is wrong, but waited with, and then asked to come again.

use std::sync::Arc;

use poem::http::header;
use poem::http::request::Parts;
use url::form_urlencoded;

use crate::http::{Code, Problem};
use crate::office::Office;
use crate::queue::token::Claims;
use crate::queue::{Lines, TokenKey, gate};
use crate::standing::Standing;

/// Waits until the entry of the request's token is here, if it has a token that is one.
///
/// # Errors
/// [`Code::NodeBehind`] when that takes too long.
pub(super) async fn known(office: &Arc<Office>, parts: &Parts) -> Result<(), Problem> {
    // What is no token of ours is refused as everywhere.
    let Some(claims) = claims(office, parts) else { return Ok(()) };
    // A commit is in the copy a moment before memory is told of it: what lives is what memory has.
    let (standing, since) = (office.part::<Standing>(), office.now());
    let mut commits = standing.commits();
    commits.mark_unchanged();
    if lives(office, &claims) || gate::is_over(office, &claims).await? {
        return Ok(());
    }
    let arrives = async {
        while commits.changed().await.is_ok() {
            if lives(office, &claims) {
                return;
            }
        }
    };
    let came = tokio::time::timeout(office.limits.catch_up_patience, arrives).await.is_ok();
    // It may have come and ended meanwhile. And where all is here that was committed when it was shown, it is nobody's: what was
    // restored from a backup may have forgotten it.
    if came || gate::is_over(office, &claims).await? || standing.has_all_before(since) {
        return Ok(());
    }
    Err(Problem::of(Code::NodeBehind).retry_after(1))
}

fn lives(office: &Office, claims: &Claims) -> bool {
    let line = office.part::<Lines>().by_id(claims.concert);
    line.is_some_and(|line| line.has(claims.ordinal(), claims.jti, office.now()))
}

fn claims(office: &Office, parts: &Parts) -> Option<Claims> {
    let read = |token: &str| office.part::<TokenKey>().read(token, office.now()).ok();
    let in_head = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = in_head.and_then(|value| value.strip_prefix("Bearer ")) {
        return read(token);
    }
    let mut query = form_urlencoded::parse(parts.uri.query()?.as_bytes());
    let (_, token) = query.find(|(name, _)| name == "token")?;
    read(&token)
}
