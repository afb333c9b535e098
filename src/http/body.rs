//! A JSON body as clients send it. As the framework's own payload, but what is wrong with it is said in the client's
//! words: the field's path, what was expected there, and what came.

use std::ops::Deref;

use poem::{FromRequest, Request, RequestBody, Result};
use poem_openapi::error::ContentTypeError;
use poem_openapi::payload::{Json, ParsePayload, Payload};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseFromJSON, Type};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;

use crate::http::explain::explain;
use crate::http::{Code, Problem};

/// A request's JSON body, read as a `T`.
pub struct Body<T>(pub T);

impl<T> Deref for Body<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Type> Payload for Body<T> {
    const CONTENT_TYPE: &'static str = Json::<T>::CONTENT_TYPE;

    fn check_content_type(content_type: &str) -> bool {
        Json::<T>::check_content_type(content_type)
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: ParseFromJSON> ParsePayload for Body<T> {
    const IS_REQUIRED: bool = T::IS_REQUIRED;

    async fn from_request(request: &Request, body: &mut RequestBody) -> Result<Self> {
        let sent = <Vec<u8> as FromRequest>::from_request(request, body).await?;
        Ok(read(&sent)?)
    }
}

fn read<T: ParseFromJSON>(sent: &[u8]) -> Result<Body<T>, Problem> {
    if sent.is_empty()
        && !T::IS_REQUIRED
        && let Ok(none) = T::parse_from_json(None)
    {
        return Ok(Body(none));
    }
    let malformed = |detail: String| Problem::new(Code::MalformedRequest, detail);
    let value: Value = serde_json::from_slice(sent).map_err(|error| malformed(no_json(sent, &error)))?;
    T::parse_from_json(Some(value)).map(Body).map_err(|error| {
        // The framework takes what it reads; only what is refused is read once more.
        let value = serde_json::from_slice(sent).unwrap_or_default();
        malformed(explain::<T>(&value).unwrap_or_else(|| format!("The body does not fit: {}", error.message())))
    })
}

/// Why these bytes are no JSON.
fn no_json(sent: &[u8], error: &serde_json::Error) -> String {
    if sent.starts_with(b"\xef\xbb\xbf") {
        return "The body begins with a byte order mark; send UTF-8 without one (RFC 8259 §8.1).".to_owned();
    }
    if sent.iter().all(u8::is_ascii_whitespace) {
        return "The body is empty; send a JSON object.".to_owned();
    }
    if sent.starts_with(b"\xff\xfe") || sent.starts_with(b"\xfe\xff") || std::str::from_utf8(sent).is_err() {
        return "The body must be UTF-8 (RFC 8259 §8.1).".to_owned();
    }
    format!("The body is no JSON: {error}.")
}

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Self as Payload>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = MetaMediaType { content_type: Self::CONTENT_TYPE, schema: <Self as Payload>::schema_ref() };
        Some(MetaRequest { description: None, content: vec![content], required: Self::IS_REQUIRED })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<Self::ParamType>,
    ) -> Result<Self> {
        match request.content_type() {
            Some(content_type) if Self::check_content_type(content_type) => {
                <Self as ParsePayload>::from_request(request, body).await
            }
            Some(content_type) => Err(ContentTypeError::NotSupported { content_type: content_type.to_owned() }.into()),
            None if !Self::IS_REQUIRED => <Self as ParsePayload>::from_request(request, body).await,
            None => Err(ContentTypeError::ExpectContentType.into()),
        }
    }
}
