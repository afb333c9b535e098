//! The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): which requests it joins together.

use poem::http::HeaderName;
use poem_openapi::param::Header;
use serde::Serialize;

use crate::http::{Code, Problem};
use crate::idempotency::{IdempotencyError, Once};
use crate::office::Office;

/// The header's name.
pub static HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The header as operations take it.
pub type IdempotencyKey = Header<Option<String>>;

/// What the record is kept under: the client's key, the operation with what its URL names, and the body as understood.
///
/// # Errors
/// [`Code::InvalidField`] for an empty or over-long key.
pub fn request(
    office: &Office,
    key: IdempotencyKey,
    operation: impl Into<String>,
    body: &impl Serialize,
) -> Result<Option<Once>, Problem> {
    let Some(key) = key.0 else { return Ok(None) };
    if key.is_empty() || key.len() > 255 {
        return Err(Problem::new(Code::InvalidField, "Idempotency-Key must have 1 to 255 characters."));
    }
    let body = serde_json::to_vec(body).unwrap_or_default();
    Ok(Some(Once { key, operation: operation.into(), body, keep_seconds: office.limits.idempotency_seconds }))
}

impl From<IdempotencyError> for Problem {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::KeyReused => Self::of(Code::IdempotencyKeyReused),
            IdempotencyError::Store(error) => error.into(),
        }
    }
}
