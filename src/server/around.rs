//! What goes around every request: the framework's own errors become problems, and one line goes to the log.
//!
//! The log names operation, status and duration; never a credential, a body or a query string (streams may carry a
//! token there).

use std::future::{Future, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};
use std::time::Instant as Stopwatch;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either};
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use poem_openapi::OperationId;

use crate::http::{Code, Problem};
use crate::office::Office;
use crate::server::addresses::Addresses;
use crate::server::document::{Methods, is_documented};
use crate::server::shortcut;

pub(super) struct Around {
    methods: LazyLock<Methods>,
    office: Arc<Office>,
    inner: Addresses,
}

impl Around {
    pub(super) fn new(office: Arc<Office>, methods: fn() -> Methods, inner: Addresses) -> Self {
        Self { methods: LazyLock::new(methods), office, inner }
    }
}

impl Endpoint for Around {
    type Output = Response;

    // No `async fn`: a future that holds the request is copied with it at every layer.
    fn call(&self, request: Request) -> impl Future<Output = poem::Result<Response>> + Send {
        #[expect(clippy::disallowed_methods, reason = "measures how long the answer took")]
        let started = Stopwatch::now();
        let method = request.method().clone();
        // A mistake in one request's code is that request's failure; else its whole connection would be cut.
        let begun = catch_unwind(AssertUnwindSafe(|| match shortcut::answer(&self.office, &request) {
            Some(response) => Either::Left(response),
            None => Either::Right((request.original_uri().clone(), self.whole_road(request))),
        }));
        async move {
            let (operation, response) = match begun {
                Ok(Either::Left(response)) => (Some(shortcut::OPERATION), response),
                Ok(Either::Right((uri, answer))) => {
                    let caught = AssertUnwindSafe(answer).catch_unwind().await;
                    self.response(caught.unwrap_or_else(|_| Err(panicked().into())), uri.path())
                }
                Err(_) => (None, panicked().into_response()),
            };
            if cfg!(debug_assertions) {
                check_documented(operation, &response);
            }
            if tracing::enabled!(tracing::Level::INFO) {
                let status = response.status().as_u16();
                let code = response.extensions().get::<Code>().map(|code| code.as_str());
                let micros = started.elapsed().as_micros() as u64;
                let operation = operation.unwrap_or("-");
                tracing::info!(target: "boxoffice::request", operation, %method, status, code, micros);
            }
            Ok(response)
        }
    }
}

impl Around {
    fn whole_road(&self, mut request: Request) -> BoxFuture<'_, poem::Result<Response>> {
        let most = self.office.limits.body_bytes;
        if let Err(problem) = readable_key(&request).and_then(|()| bound(&request, most)) {
            return ready(Err(problem.into())).boxed();
        }
        if request.headers().contains_key(header::TRANSFER_ENCODING) {
            return Box::pin(async move {
                gather(&mut request, most).await?;
                self.inner.call(request).await
            });
        }
        self.inner.call(request)
    }

    /// Which operation answered, if one did, and what goes out.
    fn response(&self, answer: poem::Result<Response>, path: &str) -> (Option<&'static str>, Response) {
        match answer {
            Ok(response) => (response.data::<OperationId>().map(|id| id.0), response),
            Err(error) => (error.data::<OperationId>().map(|id| id.0), self.problem(error, path)),
        }
    }
}

/// What panicked has said so to the error output already.
fn panicked() -> Problem {
    tracing::error!("a request panicked");
    Problem::new(Code::Internal, "The operator finds the cause in the log.")
}

/// The framework takes a header that is no text for one that is absent, and the first of two for the only one: the
/// client would believe that repeating the request is safe.
fn readable_key(request: &Request) -> Result<(), Problem> {
    let mut keys = request.headers().get_all("idempotency-key").iter();
    match (keys.next().map(HeaderValue::to_str), keys.next()) {
        (None | Some(Ok(_)), None) => Ok(()),
        _ => Err(Problem::new(Code::MalformedRequest, "Send one Idempotency-Key, of printable ASCII characters.")),
    }
}

/// Refuses a body that says it is too large before it is read.
fn bound(request: &Request, most: usize) -> Result<(), Problem> {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| most < length) { Err(too_large(most)) } else { Ok(()) }
}

/// Reads a body whose length is not announced, up to the bound.
async fn gather(request: &mut Request, most: usize) -> Result<(), Problem> {
    let body = request.take_body().into_bytes_limit(most).await.map_err(|_| too_large(most))?;
    request.set_body(body);
    Ok(())
}

fn too_large(most: usize) -> Problem {
    Problem::new(Code::BodyTooLarge, format!("A body has at most {most} bytes."))
}

/// In tests every problem that an operation gives must be one that its document names.
fn check_documented(operation: Option<&str>, response: &Response) {
    if let (Some(operation), Some(&code)) = (operation, response.extensions().get::<Code>()) {
        assert!(is_documented(operation, code), "{operation} gives {} and its document does not say so", code.as_str());
    }
}

impl Around {
    fn problem(&self, error: poem::Error, path: &str) -> Response {
        if error.is_from_response() {
            return error.into_response();
        }
        let status = error.status();
        let problem = match status {
            StatusCode::UNAUTHORIZED => {
                Problem::new(Code::Unauthenticated, "Send your credential as `Authorization: Bearer …`.")
            }
            StatusCode::NOT_FOUND => Problem::new(Code::NotFound, "The document at /docs lists every address."),
            StatusCode::METHOD_NOT_ALLOWED => {
                Problem::new(Code::MethodNotAllowed, "The header `Allow` lists those it takes.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::BodyTooLarge, "Send less."),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Problem::new(Code::UnsupportedMediaType, "Send JSON with `Content-Type: application/json`.")
            }
            status if status.is_client_error() => Problem::new(Code::MalformedRequest, plain(&error.to_string())),
            _ => {
                tracing::error!(%error, "a request failed");
                Problem::new(Code::Internal, "The operator finds the cause in the log.")
            }
        };
        let mut response = problem.into_response();
        if status == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(allow) = HeaderValue::from_str(&self.methods.allowed(path))
        {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        response
    }
}

/// The framework's reason without what the client sent in it at length.
fn plain(reason: &str) -> String {
    const LONGEST: usize = 300;
    let short: String = reason.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if short.len() < reason.len() { format!("{short}…") } else { short }
}

/// HEAD is answered wherever GET is.
pub(super) fn allow(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}
