//! Where the other nodes tell the leader who was heard of there. Only nodes find it: whoever does not know their secret is told
//! that there is no such address.

use poem::http::{Method, StatusCode};
use poem::{IntoResponse, Response};

use crate::http::{Code, Problem};
use crate::leader::HEARD;
use crate::office::Office;
use crate::queue::Lines;
use crate::queue::heard::Heard;

/// True for a report.
pub(super) fn is_report(method: &Method, path: &str) -> bool {
    path == HEARD && *method == Method::POST
}

/// Notes whom a node has heard of.
///
/// # Errors
/// [`Code::MalformedRequest`].
pub(in crate::server) fn take(office: &Office, body: &[u8]) -> Result<Response, Problem> {
    let heard = Heard::of_bytes(body);
    let heard = heard.ok_or_else(|| Problem::new(Code::MalformedRequest, "This is no report of a node."))?;
    // Of a queue that is gone nobody is missed.
    if let Some(line) = office.part::<Lines>().by_id(heard.concert) {
        line.heard_elsewhere(&heard, office.now());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
