//! Who may call, as far as HTTP knows: the request's office. Sessions are `account`'s, queue tokens `queue`'s, staff keys
//! `staff`'s.
//!
//! Checkers read the credential and check what needs no store (a signature). Whether a session or an entry lives is asked
//! inside the operation's own transaction, where nothing can change between answer and effect.

use std::sync::Arc;

use poem::{FromRequest, Request, RequestBody};

use crate::http::{Caller, Code, Problem};
use crate::office::Office;

/// The box office that a request is for.
///
/// # Errors
/// [`Code::Internal`] when there is none: the document's routes can be made without one.
pub fn office(request: &Request) -> Result<&Arc<Office>, Problem> {
    request.data::<Arc<Office>>().ok_or_else(|| Problem::new(Code::Internal, "The box office is not open."))
}

impl<'a> FromRequest<'a> for Caller {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self::of(office(request)?, request))
    }
}
