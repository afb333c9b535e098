//! The framework's own errors as problems: what it could not route or read, said in the words of the document.

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::error::{ParseParamError, ParsePathError};

use crate::http::{Code, Problem};
use crate::server::body;
use crate::server::document::Methods;

/// The problem that such an error is, at this address.
pub(super) fn problem(methods: &Methods, error: poem::Error, path: &str) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    let status = error.status();
    let problem = match status {
        StatusCode::UNAUTHORIZED => Problem::of(Code::Unauthenticated),
        StatusCode::NOT_FOUND => Problem::of(Code::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Problem::of(Code::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::of(Code::BodyTooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::of(Code::UnsupportedMediaType),
        status if status.is_client_error() => Problem::new(Code::MalformedRequest, reason(methods, &error, path)),
        _ => {
            tracing::error!(%error, "a request failed");
            Problem::of(Code::Internal)
        }
    };
    let mut response = problem.into_response();
    if status == StatusCode::METHOD_NOT_ALLOWED
        && let Ok(allow) = HeaderValue::from_str(&methods.allowed(path))
    {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// What is wrong with a request that the framework could not read. It calls the parameters of an address `param0` …, and
/// what they are by its own types; here both are the document's.
fn reason(methods: &Methods, error: &poem::Error, path: &str) -> String {
    let parameter = error.downcast_ref::<ParseParamError>().map(|wrong| (wrong.name, &wrong.reason));
    let of_path = error.downcast_ref::<ParsePathError>().map(|wrong| (wrong.name, &wrong.reason));
    let Some((name, reason)) = parameter.or(of_path) else { return body::short(error) };
    let place = name.strip_prefix("param").and_then(|place| place.parse().ok());
    let name = place.and_then(|place| methods.parameter(path, place)).unwrap_or(name);
    if reason.ends_with("expects an input value.") {
        return format!("{name} is missing.");
    }
    let Some(expected) = methods.expected(path, name) else {
        return format!("{name}: {}", body::short(reason));
    };
    format!("{name} must be {expected}.")
}
