//! Who may call, as far as HTTP knows: the request's office, and the operator's key. Sessions are `account`'s, queue
//! tokens `queue`'s.
//!
//! Checkers read the credential and check what needs no store (a signature, the operator's hash). Whether a session or
//! an entry lives is asked inside the operation's own transaction, where nothing can change between answer and effect.

use std::sync::Arc;

use poem::{FromRequest, Request, RequestBody};
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

use crate::http::{Caller, Code, Problem};
use crate::limiter::What;
use crate::office::Office;

/// The venue's staff: the operator key that the first start printed.
#[derive(SecurityScheme)]
#[oai(rename = "OperatorKey", ty = "bearer", checker = "read_operator")]
pub struct OperatorAuth(pub ());

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

async fn read_operator(request: &Request, bearer: Bearer) -> poem::Result<()> {
    let office = office(request)?;
    if office.secrets.is_operator(&bearer.token) {
        return Ok(());
    }
    Caller::of(office, request).spend(What::WrongKey)?;
    Err(Problem::new(Code::OperatorKeyWrong, "Send the operator key as `Authorization: Bearer …`.").into())
}
