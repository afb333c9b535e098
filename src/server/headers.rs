//! What stands on every answer: the headers that keep browsers from guessing, framing and telling; and, for the origins
//! that the operator allowed, those that let a page of theirs call the API (CORS, fetch.spec.whatwg.org).

use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};
use poem::Response;
use poem::http::request::Parts;
use poem::http::{Method, StatusCode};

use crate::network::Origin;

/// On every answer, pages and refusals included.
pub(super) static SECURITY: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// What scripts of other origins may read beside the body.
const EXPOSED: &str =
    "ETag, Retry-After, RateLimit, RateLimit-Policy, Idempotent-Replayed, Location, Allow, WWW-Authenticate";
/// What they may send.
const HEADERS: &str = "authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id";
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// How long a browser need not ask again, in seconds: as long as the common ones remember.
const MAX_AGE: &str = "7200";

/// What may be loaded for an answer that does not say it itself: nothing, by nobody. Pages say it.
pub(super) static NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// Browsers shall ask by TLS alone, for half a year from each answer on.
const ALWAYS_TLS: &str = "max-age=15768000";

/// Puts [`SECURITY`] and its like on an answer; where TLS is spoken, here or before us, also that it shall be.
pub(super) fn secure(headers: &mut HeaderMap, by_tls: bool) {
    for (name, value) in &SECURITY {
        headers.insert(name, value.clone());
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| NOTHING.clone());
    if by_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ALWAYS_TLS));
    }
}

/// The origins whose pages may call.
pub(super) enum Origins {
    /// None but our own, which browsers do not ask about.
    None,
    Any,
    These(Vec<HeaderValue>),
}

impl Origins {
    pub(super) fn new(allowed: &[Origin]) -> Self {
        if allowed.is_empty() {
            Self::None
        } else if allowed.contains(&Origin::any()) {
            Self::Any
        } else {
            Self::These(allowed.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok()).collect())
        }
    }

    /// What to answer in `Access-Control-Allow-Origin`, if this request's origin may call.
    pub(super) fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        match self {
            Self::None => None,
            Self::Any => headers.contains_key(header::ORIGIN).then(|| HeaderValue::from_static("*")),
            Self::These(these) => headers.get(header::ORIGIN).filter(|origin| these.contains(origin)).cloned(),
        }
    }

    /// Lets the page read the answer. Caches keep answers to different origins apart, those without one included.
    pub(super) fn grant(&self, allowed: Option<HeaderValue>, headers: &mut HeaderMap) {
        if let Self::These(_) = self {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        if let Some(allowed) = allowed {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
    }
}

/// The answer to a browser's question whether a page may send what it is about to; `None` for any other request.
pub(super) fn preflight(parts: &Parts) -> Option<Response> {
    if parts.method != Method::OPTIONS || !parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut response = Response::builder().status(StatusCode::NO_CONTENT).finish();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    Some(response)
}
