//! Server-sent events (WHATWG HTML §9.2): what streams of every subject share.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use futures_util::{Stream, StreamExt};
use hyper::body::Bytes;
use parking_lot::Mutex;
use poem::http::{HeaderValue, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use uuid::Uuid;

use crate::config::Limits;
use crate::http::{Code, Problem};
use crate::store::StoreError;

/// A comment is sent so often when there is nothing to say, so that proxies keep the connection open.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// Whoever does not read for so long after the subject's end does not learn of its reason.
const LAST_WORD: Duration = Duration::from_secs(5);

/// Places for event streams: so many in all, and few for one queue token.
pub struct StreamPlaces {
    all: Arc<Semaphore>,
    per_token: usize,
    of_token: Mutex<HashMap<Uuid, usize>>,
}

/// A place for one stream; given back once dropped.
pub struct StreamPlace {
    places: Arc<StreamPlaces>,
    token: Uuid,
    _place: OwnedSemaphorePermit,
}

impl StreamPlaces {
    /// As many as `limits` say.
    pub fn new(limits: &Limits) -> Self {
        let all = Arc::new(Semaphore::new(limits.streams));
        Self { all, per_token: limits.streams_per_token, of_token: Mutex::default() }
    }

    /// A place for a stream of this queue token.
    ///
    /// # Errors
    /// [`Code::TooManyStreams`], [`Code::Overloaded`].
    pub fn take(self: &Arc<Self>, token: Uuid) -> Result<StreamPlace, Problem> {
        let full = |_| Problem::from(StoreError::Overloaded).retry_after(30);
        let place = self.all.clone().try_acquire_owned().map_err(full)?;
        let mut of_token = self.of_token.lock();
        let taken = of_token.entry(token).or_default();
        if *taken >= self.per_token {
            let most = self.per_token;
            let detail = format!("Close one of the {most} streams it has open.");
            let korean = format!("열린 스트림 {most}개 중 하나를 닫으세요.");
            return Err(Problem::new(Code::TooManyStreams, detail).in_korean(korean));
        }
        *taken += 1;
        Ok(StreamPlace { places: self.clone(), token, _place: place })
    }

    /// How many streams are open now, and of how many queue tokens.
    pub fn taken(&self, limits: &Limits) -> (usize, usize) {
        (limits.streams - self.all.available_permits(), self.of_token.lock().len())
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut of_token = self.places.of_token.lock();
        if let Some(taken) = of_token.get_mut(&self.token) {
            *taken -= 1;
            if *taken == 0 {
                of_token.remove(&self.token);
            }
        }
    }
}

/// An event whose data is one line of JSON. The data is not copied: a thousand who follow share the same bytes.
pub fn event(name: &str, id: u64, data: Bytes) -> Vec<Bytes> {
    vec![Bytes::from(format!("id: {id}\nevent: {name}\ndata: ")), data, Bytes::from_static(b"\n\n")]
}

/// A stream of events whose data are `T`s that were written already, each as the pieces of its text.
pub struct Events<T> {
    events: mpsc::Receiver<Vec<Bytes>>,
    of: PhantomData<fn() -> T>,
}

impl<T> Events<T> {
    /// These events. A task of their own makes them, one ahead of the reader at most; it and what it holds end with the
    /// events, with the connection, or with their subject (`over`), whether or not anybody reads.
    pub fn new(
        place: StreamPlace,
        over: impl Future<Output = ()> + Send + 'static,
        events: impl Stream<Item = Vec<Bytes>> + Send + 'static,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            let _place = place;
            hand_on(&sender, over, events).await;
        });
        Self { events: receiver, of: PhantomData }
    }
}

async fn hand_on(
    sender: &mpsc::Sender<Vec<Bytes>>,
    over: impl Future<Output = ()>,
    events: impl Stream<Item = Vec<Bytes>>,
) {
    let (mut over, mut events, mut is_over) = (pin!(over), pin!(events), false);
    loop {
        let room = tokio::select! {
            room = sender.reserve() => room,
            () = &mut over, if !is_over => {
                is_over = true;
                // Who reads has room in no time, and hears the last word.
                let Ok(room) = tokio::time::timeout(LAST_WORD, sender.reserve()).await else { return };
                room
            }
        };
        let Ok(room) = room else { return };
        let event = tokio::select! {
            event = events.next() => event,
            () = sender.closed() => return,
        };
        match event {
            Some(event) => room.send(event),
            None => return,
        }
    }
}

/// With a comment wherever there is nothing to say for [`HEARTBEAT`].
fn kept_alive(events: mpsc::Receiver<Vec<Bytes>>) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
    let pieces = stream::unfold(events, |mut events| async move {
        match tokio::time::timeout(HEARTBEAT, events.recv()).await {
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
