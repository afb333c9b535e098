//! Server-sent events (WHATWG HTML §9.2): what streams of every subject share.

use std::io;
use std::marker::PhantomData;
use std::pin::pin;
use std::time::Duration;

use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use hyper::body::Bytes;
use poem::http::{HeaderValue, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use tokio::sync::OwnedSemaphorePermit;

use crate::http::Problem;
use crate::office::Office;
use crate::store::StoreError;

/// A comment is sent so often when there is nothing to say, so that proxies keep the connection open.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// A place for an event stream, or the news that there is none.
///
/// # Errors
/// [`Code::Overloaded`](crate::http::Code::Overloaded).
pub fn place(office: &Office) -> Result<OwnedSemaphorePermit, Problem> {
    let full = |_| Problem::from(StoreError::Overloaded).retry_after(30);
    office.streams.clone().try_acquire_owned().map_err(full)
}

/// An event whose data is one line of JSON. The data is not copied: a thousand who follow share the same bytes.
pub fn event(name: &str, id: u64, data: Bytes) -> Vec<Bytes> {
    vec![Bytes::from(format!("id: {id}\nevent: {name}\ndata: ")), data, Bytes::from_static(b"\n\n")]
}

/// A stream of events whose data are `T`s that were written already, each as the pieces of its text.
pub struct Events<T> {
    events: BoxStream<'static, Vec<Bytes>>,
    of: PhantomData<fn() -> T>,
}

impl<T> Events<T> {
    /// These events.
    pub fn new(events: impl Stream<Item = Vec<Bytes>> + Send + 'static) -> Self {
        Self { events: events.boxed(), of: PhantomData }
    }
}

/// With a comment wherever there is nothing to say for [`HEARTBEAT`].
fn kept_alive(events: BoxStream<'static, Vec<Bytes>>) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
    let pieces = stream::unfold(events, |mut events| async move {
        match tokio::time::timeout(HEARTBEAT, pin!(events.next())).await {
            Ok(Some(pieces)) => Some((pieces, events)),
            Ok(None) => None,
            Err(_) => Some((vec![Bytes::from_static(b":\n\n")], events)),
        }
    });
    pieces.flat_map(|pieces| stream::iter(pieces.into_iter().map(Ok)))
}

impl<T: Send> IntoResponse for Events<T> {
    fn into_response(self) -> Response {
        let mut response = Body::from_bytes_stream(kept_alive(self.events)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}

impl<T: Type> ApiResponse for Events<T> {
    fn meta() -> MetaResponses {
        let schema = MetaSchema {
            items: Some(Box::new(T::schema_ref())),
            ..MetaSchema::new_with_format("array", "event-stream")
        };
        let media =
            MetaMediaType { content_type: "text/event-stream", schema: MetaSchemaRef::Inline(Box::new(schema)) };
        let response = MetaResponse {
            description: "Server-sent events, until their subject ends or the box office stops.",
            status: Some(200),
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
