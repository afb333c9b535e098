//! The seat map over HTTP: whole, in gzip, what changed, and followed.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::web::Data;
use poem::web::sse::Event as SseEvent;
use poem::{IntoResponse, Response};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::EventStream;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::clock::Instant;
use crate::http::security::{self, StreamAuth, TokenAuth};
use crate::http::{Code, Problem};
use crate::money::Amount;
use crate::operator::api::Tag;
use crate::queue::stream::HEARTBEAT;
use crate::reservation::domain::SeatState;
use crate::reservation::seat_map::{ChangedSeat, Rendered, SeatMap};

/// A seat of a performance and what it is now
#[derive(Object)]
struct MapSeatView {
    /// The seat; opaque
    id: String,
    /// Section
    section: String,
    /// Row
    row: String,
    /// What is written on it
    number: u32,
    /// Price level
    grade: String,
    /// What it costs
    price: Amount,
    /// What it is now
    state: SeatState,
}

/// All seats of a performance
#[derive(Object)]
struct SeatMapView {
    /// The performance
    performance_id: Uuid,
    /// Grows with every change; also the `ETag`
    version: u64,
    /// The seats, best first; with `since` those that changed, with `id` and `state` alone
    seats: Vec<MapSeatView>,
}

/// Seats that changed
#[derive(Object, Serialize)]
struct SeatChangesView {
    /// The performance
    performance_id: Uuid,
    /// The version that these changes lead to
    version: u64,
    /// The seats that changed
    seats: Vec<ChangedSeat>,
}

/// The seat map, or the news that it has not changed.
enum SeatMapAnswer {
    Whole(Rendered),
    Compressed(Rendered),
    Changes(SeatChangesView),
    Unchanged(u64),
}

/// RFC 9110 §12.5.3, as far as it is about gzip.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|parameter| parameter.strip_prefix("q=")?.parse::<f32>().ok());
        is_gzip && weight != Some(0.0)
    })
}

async fn compressed(map: Arc<SeatMap>, now: Instant) -> Result<Rendered, Problem> {
    if let Some(rendered) = map.compressed(now) {
        return Ok(rendered);
    }
    let made = tokio::task::spawn_blocking(move || map.compress(now)).await;
    made.map_err(|_| Problem::new(Code::Internal, "The operator finds the cause in the log."))
}

fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

impl IntoResponse for SeatMapAnswer {
    fn into_response(self) -> Response {
        let (version, mut response) = match self {
            Self::Unchanged(version) => (version, StatusCode::NOT_MODIFIED.into_response()),
            Self::Whole(rendered) => {
                let body = poem::Body::from_bytes(rendered.json);
                (rendered.version, Response::builder().content_type("application/json").body(body))
            }
            Self::Compressed(rendered) => {
                let body = poem::Body::from_bytes(rendered.json);
                let response = Response::builder().content_type("application/json").header("content-encoding", "gzip");
                (rendered.version, response.body(body))
            }
            Self::Changes(view) => {
                let body = serde_json::to_vec(&view).unwrap_or_default();
                (view.version, Response::builder().content_type("application/json").body(body))
            }
        };
        let headers = response.headers_mut();
        if let Ok(etag) = HeaderValue::from_str(&etag(version)) {
            headers.insert(header::ETAG, etag);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        response
    }
}

impl ApiResponse for SeatMapAnswer {
    fn meta() -> MetaResponses {
        let media = MetaMediaType { content_type: "application/json", schema: SeatMapView::schema_ref() };
        let response = |description, status, content| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content,
            headers: vec![],
        };
        let whole = response("The map, with its version as `ETag`.", 200, vec![media]);
        let unchanged = response("It has not changed since the version in `If-None-Match`.", 304, vec![]);
        MetaResponses { responses: vec![whole, unchanged] }
    }

    fn register(registry: &mut Registry) {
        SeatMapView::register(registry);
    }
}

/// The seat map.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Reservation")]
impl Api {
    /// Show the seat map
    ///
    /// All seats of a performance with price and state, and the version as `ETag`. With `since`, only the seats that
    /// changed after that version, as `id` and `state`; if the version is too old, the whole map.
    #[oai(path = "/performances/:performance_id/seats", method = "get", operation_id = "seat_map")]
    async fn seat_map(
        &self,
        app: Data<&Arc<App>>,
        auth: TokenAuth,
        /// The performance, from list_dates
        performance_id: Path<Uuid>,
        /// Only what changed after this version
        since: Query<Option<u64>>,
        /// The `ETag` of the version you have; answers 304 while it is current
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        headers: &HeaderMap,
    ) -> Result<SeatMapAnswer, Problem> {
        let line = security::line_of(&app, &auth.0)?;
        security::require_inside(&app, &line, &auth.0).await?;
        let map = app.seat_map(line.concert, performance_id.0).await?;
        let now = app.now();
        let version = map.version(now);
        let known = if_none_match.0.is_some_and(|tags| {
            tags.split(',').any(|tag| tag.trim() == "*" || tag.trim().trim_start_matches("W/") == etag(version))
        });
        if known {
            return Ok(SeatMapAnswer::Unchanged(version));
        }
        let changes = since.0.and_then(|since| map.changes_since(since, now));
        Ok(match changes {
            Some((version, seats)) => {
                let performance_id = map.performance.id;
                SeatMapAnswer::Changes(SeatChangesView { performance_id, version, seats })
            }
            None if accepts_gzip(headers) => SeatMapAnswer::Compressed(compressed(map, now).await?),
            None => SeatMapAnswer::Whole(map.render(now)),
        })
    }

    /// Follow the seat map
    ///
    /// Server-sent events: first all seats as `id` and `state`, then those that changed, a few times a second at most.
    /// It ends with your visit. A browser's EventSource sends the token as `?token=…`.
    #[oai(path = "/performances/:performance_id/seats/stream", method = "get", operation_id = "stream_seats")]
    async fn stream_seats(
        &self,
        app: Data<&Arc<App>>,
        auth: StreamAuth,
        /// The performance, from list_dates
        performance_id: Path<Uuid>,
    ) -> Result<EventStream<BoxStream<'static, SeatChangesView>>, Problem> {
        let claims = auth.into_claims()?;
        let line = security::line_of(&app, &claims)?;
        security::require_inside(&app, &line, &claims).await?;
        let map = app.seat_map(line.concert, performance_id.0).await?;
        let place = security::stream_place(&app)?;
        let (app, listener) = (app.0.clone(), line.listen(claims.ordinal()));
        let follower = Follower { app, map, listener, since: None, _place: place };
        let views = stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) });
        let to_event = |view: SeatChangesView| {
            SseEvent::message(view.to_json_string()).event_type("seats").id(view.version.to_string())
        };
        Ok(EventStream::new(views.boxed()).to_event(to_event).keep_alive(HEARTBEAT))
    }
}

struct Follower {
    app: Arc<App>,
    map: Arc<SeatMap>,
    listener: crate::queue::listener::Listener,
    since: Option<u64>,
    _place: tokio::sync::OwnedSemaphorePermit,
}

impl Follower {
    /// The next changes; none when the visit ends or the box office stops.
    async fn next(&mut self) -> Option<SeatChangesView> {
        let mut changes = self.map.changes();
        let mut stopping = self.app.stopping.subscribe();
        loop {
            let now = self.app.now();
            let from = self.since.unwrap_or(0);
            let (version, seats) = match self.map.changes_since(from, now) {
                Some(changes) => changes,
                None => (self.map.version(now), self.map.all(now)),
            };
            if self.since.is_none() || !seats.is_empty() {
                self.since = Some(version);
                let performance_id = self.map.performance.id;
                return Some(SeatChangesView { performance_id, version, seats });
            }
            let coalesced = async {
                let _ = changes.changed().await;
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            };
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => return None,
                () = self.listener.ended() => return None,
                () = coalesced => {}
            }
        }
    }
}
