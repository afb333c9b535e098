//! Successful answers: a status, a type for the document, and JSON that is written once.

use std::marker::PhantomData;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object};
use serde::Serialize;
use uuid::Uuid;

use crate::idempotency::Answer;

static JSON: HeaderValue = HeaderValue::from_static("application/json");
static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// An answer of type `T` with this status.
pub struct Reply<T, const STATUS: u16> {
    body: Vec<u8>,
    replayed: bool,
    of: PhantomData<fn() -> T>,
}

/// The answer that shows `view`.
pub fn reply<T: Serialize, const STATUS: u16>(view: &T) -> Reply<T, STATUS> {
    // Most answers fit, so that none is copied while it grows.
    let mut body = Vec::with_capacity(512);
    // Views hold strings, numbers and lists of them, which always can be written.
    let _ = serde_json::to_writer(&mut body, view);
    Reply { body, replayed: false, of: PhantomData }
}

impl<T, const STATUS: u16> Reply<T, STATUS> {
    /// The answer that is written already.
    pub fn written(body: Vec<u8>) -> Self {
        Self { body, replayed: false, of: PhantomData }
    }

    /// The same answer, marked as one to a request that had its effect before.
    #[must_use]
    pub fn replayed(mut self, replayed: bool) -> Self {
        self.replayed = replayed;
        self
    }
}

impl<T: Serialize, const STATUS: u16> From<Answer<T>> for Reply<T, STATUS> {
    fn from(answer: Answer<T>) -> Self {
        match answer {
            Answer::Unrecorded(view) => reply(&view),
            Answer::Recorded { body, replayed } => Self { body: body.into_bytes(), replayed, of: PhantomData },
        }
    }
}

impl<T: Send, const STATUS: u16> IntoResponse for Reply<T, STATUS> {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(STATUS).unwrap_or(StatusCode::OK);
        let mut response = Response::builder().status(status).body(self.body);
        response.headers_mut().insert(header::CONTENT_TYPE, JSON.clone());
        response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE.clone());
        if self.replayed {
            response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}

impl<T: Type, const STATUS: u16> ApiResponse for Reply<T, STATUS> {
    fn meta() -> MetaResponses {
        let media = MetaMediaType { content_type: "application/json", schema: T::schema_ref() };
        let description = match STATUS {
            201 => "Made.",
            202 => "It will be done.",
            _ => "Done.",
        };
        let response = MetaResponse {
            description,
            status: Some(STATUS),
            status_range: None,
            content: vec![media],
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// With the tag by which whoever kept it asks for news. It may be packed or not, as the asker takes it.
pub fn kept(mut response: Response, tag: &str, cache: &'static str) -> Response {
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

/// How the document tells an answer that is JSON of this shape, or 304 where `If-None-Match` names what stands.
pub fn whole_or_unchanged(schema: MetaSchemaRef, whole: &'static str, unchanged: &'static str) -> MetaResponses {
    let response = |description, status, content| MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content,
        headers: vec![],
    };
    let media = MetaMediaType { content_type: "application/json", schema };
    MetaResponses { responses: vec![response(whole, 200, vec![media]), response(unchanged, 304, vec![])] }
}

/// Done; there is nothing to say.
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl ApiResponse for NoContent {
    fn meta() -> MetaResponses {
        let response = MetaResponse {
            description: "Done; there is nothing to say.",
            status: Some(204),
            status_range: None,
            content: vec![],
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}

/// What was made
#[derive(Object, Serialize)]
pub struct MadeView {
    /// Its id
    pub id: Uuid,
}
