//! Versions over HTTP (RFC 9110 §8.8.3, §13.1): `ETag` out; `If-Match` in, for what the staff changes; `If-None-Match` in, for
//! what anyone reads again and again.

use std::marker::PhantomData;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::param::Header;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::http::{Code, Problem};
use crate::ids::Seq;

/// The header as operations take it.
pub type IfMatch = Header<Option<String>>;

/// The header as operations take it.
pub type IfNoneMatch = Header<Option<String>>;

/// The tag of what the commit `seq` made it.
pub fn etag(seq: Seq) -> String {
    format!("\"{}\"", seq.0)
}

/// The tag of something whose whole version is `content`: it is another where that differs, and the same where it is the same again.
pub fn etag_of_content<T: Serialize>(content: &T) -> String {
    format!("\"{}\"", hash(&serde_json::to_vec(content).unwrap_or_default()))
}

fn hash(bytes: &[u8]) -> String {
    const HASH_BYTES: usize = 12;
    Sha256::digest(bytes)[..HASH_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Which versions a change is meant for; any, where nothing is said.
#[derive(Clone, Debug)]
pub struct Expected(Option<String>);

impl Expected {
    /// What the client said.
    pub fn new(header: IfMatch) -> Self {
        Self(header.0)
    }

    /// Checks that the change is meant for the version that is there.
    ///
    /// # Errors
    /// [`Code::ChangedMeanwhile`].
    pub fn check(&self, current: Seq) -> Result<(), Problem> {
        self.check_tag(&etag(current))
    }

    /// As [`Expected::check`], of a version that has this tag.
    ///
    /// # Errors
    /// As [`Expected::check`].
    pub fn check_tag(&self, current: &str) -> Result<(), Problem> {
        // Tags are compared strongly, so that a weak one (`W/"…"`) fits nothing.
        let fits = |tags: &str| tags.split(',').map(str::trim).any(|tag| tag == "*" || tag == current);
        if self.0.as_deref().is_none_or(fits) {
            return Ok(());
        }
        Err(Problem::of(Code::ChangedMeanwhile))
    }
}

/// An answer of type `T` with its version as `ETag`.
pub struct Tagged<T> {
    body: Vec<u8>,
    tag: String,
    of: PhantomData<fn() -> T>,
}

/// The answer that shows `view` as the commit `seq` made it.
pub fn tagged<T: Serialize>(view: &T, seq: Seq) -> Tagged<T> {
    tagged_as(view, etag(seq))
}

/// The answer that shows `view` under this tag.
pub fn tagged_as<T: Serialize>(view: &T, tag: String) -> Tagged<T> {
    Tagged { body: serde_json::to_vec(view).unwrap_or_default(), tag, of: PhantomData }
}

fn with_tag(mut response: Response, tag: &str, cache: &'static str) -> Response {
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

impl<T: Send> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let response = Response::builder().content_type("application/json").body(self.body);
        with_tag(response, &self.tag, "no-store")
    }
}

fn meta<T: Type>(with_304: bool) -> MetaResponses {
    let response = |description, status, content| MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content,
        headers: vec![],
    };
    let media = MetaMediaType { content_type: "application/json", schema: T::schema_ref() };
    let mut responses = vec![response("Done, with the version as `ETag`.", 200, vec![media])];
    if with_304 {
        responses.push(response("It has not changed since the version in `If-None-Match`.", 304, vec![]));
    }
    MetaResponses { responses }
}

impl<T: Type> ApiResponse for Tagged<T> {
    fn meta() -> MetaResponses {
        meta::<T>(false)
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// An answer of type `T` for everyone, or the news that it is still the one that the asker has. Caches on the way may keep it
/// for a second.
pub enum Shown<T> {
    /// The answer and its tag.
    Whole {
        /// JSON.
        body: Vec<u8>,
        /// A hash of it.
        tag: String,
        /// What it is of.
        of: PhantomData<fn() -> T>,
    },
    /// The asker has it already.
    Unchanged(String),
}

/// Shows `view`, unless the asker has it.
pub fn shown<T: Serialize>(view: &T, known: &IfNoneMatch) -> Shown<T> {
    let body = serde_json::to_vec(view).unwrap_or_default();
    let tag = format!("\"{}\"", hash(&body));
    let is_known = |tags: &str| tags.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|of| of == tag);
    match known.0.as_deref() {
        Some(tags) if tags.trim() == "*" || is_known(tags) => Shown::Unchanged(tag),
        Some(_) | None => Shown::Whole { body, tag, of: PhantomData },
    }
}

impl<T: Send> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        const CACHE: &str = "public, max-age=1";
        match self {
            Self::Unchanged(tag) => with_tag(StatusCode::NOT_MODIFIED.into_response(), &tag, CACHE),
            Self::Whole { body, tag, .. } => {
                with_tag(Response::builder().content_type("application/json").body(Body::from(body)), &tag, CACHE)
            }
        }
    }
}

impl<T: Type> ApiResponse for Shown<T> {
    fn meta() -> MetaResponses {
        meta::<T>(true)
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
