//! A shortcut for the one question that a whole line asks again and again: `GET /v1/queue/position`.
//!
//! The framework's routing, extractors and boxed futures cost more than the answer. So the plain case, a good token of an
//! entry that lives in memory, is answered before them, from the same functions as the typed endpoint. Whatever is not
//! plain takes the whole road: there is no refusal here, and no second rule.

use hyper::HeaderMap;
use poem::http::request::Parts;
use poem::http::{Method, header};
use poem::{IntoResponse, Response};

use crate::http::{Reply, idempotent};
use crate::office::Office;
use crate::queue::views::PositionView;
use crate::queue::{EntryStatus, Lines, TokenKey};

/// The operation that is answered here, as the log names it.
pub(super) const OPERATION: &str = "queue_position";

const PATH: &str = "/v1/queue/position";

/// A plain poll that was answered.
pub(super) struct Poll {
    pub(super) json: Vec<u8>,
    /// It was asked by somebody who was let in.
    pub(super) is_inside: bool,
}

/// An answer with this JSON, as the framework has it.
pub(super) fn response(json: Vec<u8>) -> Response {
    Reply::<PositionView, 200>::written(json).into_response()
}

/// The headers of such an answer: the same on each, so that they need not be put together anew.
pub(super) fn headers() -> HeaderMap {
    response(Vec::new()).headers().clone()
}

/// The answer to a plain poll; `None` for every other request.
pub(super) fn answer(office: &Office, request: &Parts) -> Option<Poll> {
    if request.uri.path() != PATH || request.method != Method::GET {
        return None;
    }
    let wants_seats = match request.uri.query() {
        None => false,
        Some("seats=true") => true,
        Some(_) => return None,
    };
    // The whole road refuses it.
    if request.headers.contains_key(&idempotent::HEADER) {
        return None;
    }
    let token = request.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    let now = office.now();
    let claims = office.part::<TokenKey>().read(token, now).ok()?;
    let line = office.part::<Lines>().by_id(claims.concert)?;
    let standing = line.standing(claims.ordinal(), claims.jti, now)?;
    let json = PositionView::new(claims.sub, &line, &standing).with_seats(wants_seats, &line).to_json();
    Some(Poll { json, is_inside: standing.status == EntryStatus::Admitted })
}
