//! Whether a request's head is one that means the same to everybody (RFC 9110, RFC 9112): what the HTTP library reads
//! leniently is refused here by its name, before a byte of the body is read.

use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};
use poem::http::request::Parts;
use poem::http::{Method, Version};

use crate::http::{Code, Problem, idempotent};

/// A request's head: line and headers. The longest of ours is a queue token in an address.
pub(super) const MOST_BYTES: usize = 16 * 1024;

/// # Errors
/// [`Code::MalformedRequest`], [`Code::TransferEncodingUnsupported`], [`Code::ContentEncodingUnsupported`],
/// [`Code::ExpectationFailed`], [`Code::IdempotencyKeyUseless`].
pub(super) fn check(parts: &Parts) -> Result<(), Problem> {
    let headers = &parts.headers;
    host(parts.version, headers)?;
    transfer_encoding(headers)?;
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| !is(coding, "identity")) {
        return Err(Problem::of(Code::ContentEncodingUnsupported));
    }
    if headers.get(header::EXPECT).is_some_and(|expected| !is(expected, "100-continue")) {
        return Err(Problem::of(Code::ExpectationFailed));
    }
    // The framework takes a header that is no text for one that is absent, and the first of two for the only one: the
    // client would believe that repeating the request is safe.
    let key = &idempotent::HEADER;
    // On another method than POST a key does nothing: those have the effect of one by themselves. It is refused, not
    // ignored.
    if parts.method != Method::POST && headers.contains_key(key) {
        return Err(Problem::of(Code::IdempotencyKeyUseless));
    }
    match single(headers, key) {
        Ok(key) if key.is_none_or(|key| key.to_str().is_ok()) => Ok(()),
        _ => Err(Problem::new(Code::MalformedRequest, "Send one Idempotency-Key, of printable ASCII characters.")),
    }
}

/// RFC 9112 §3.2: a request of HTTP/1.1 has one `Host`, which names a host and perhaps a port.
fn host(version: Version, headers: &HeaderMap) -> Result<(), Problem> {
    match single(headers, &header::HOST) {
        Ok(Some(host)) if host.as_bytes().iter().all(|byte| is_of_host(*byte)) => Ok(()),
        Ok(None) if version == Version::HTTP_10 => Ok(()),
        Ok(None) => Err(Problem::new(Code::MalformedRequest, "Send a Host header (RFC 9112, section 3.2).")),
        Ok(Some(_)) => {
            Err(Problem::new(Code::MalformedRequest, "Host must be a name or an address, and a port at most."))
        }
        Err(()) => Err(Problem::new(Code::MalformedRequest, "Send one Host header, not several.")),
    }
}

/// What may stand in a host (RFC 3986 §3.2.2) and a port.
fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte)
}

/// RFC 9112 §6.1: what is not understood is refused, or two readers would see different bodies.
fn transfer_encoding(headers: &HeaderMap) -> Result<(), Problem> {
    match single(headers, &header::TRANSFER_ENCODING) {
        Ok(None) => Ok(()),
        Ok(Some(coding)) if is(coding, "chunked") => Ok(()),
        _ => Err(Problem::of(Code::TransferEncodingUnsupported)),
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(()),
    }
}

fn is(value: &HeaderValue, word: &str) -> bool {
    value.as_bytes().eq_ignore_ascii_case(word.as_bytes())
}
