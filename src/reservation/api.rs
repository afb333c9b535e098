//! Seats and holds over HTTP.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use poem::http::{HeaderValue, StatusCode, header};
use poem::web::Data;
use poem::web::sse::Event as SseEvent;
use poem::{IntoResponse, Response};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{EventStream, Json};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{Example, ToJSON, Type};
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::catalog::Performance;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::security::{self, StreamAuth, TokenAuth};
use crate::http::{Code, NoContent, Problem, Reply, reply};
use crate::idempotency;
use crate::ids::{PerformanceKey, SeatId};
use crate::money::Amount;
use crate::operator::api::Tag;
use crate::queue::stream::HEARTBEAT;
use crate::reservation::domain::{self, Choice, Hold, HoldTerms, SeatState};
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::seat_map::{ChangedSeat, Rendered, SeatMap};

/// A seat of a performance
#[derive(Object, Serialize, Clone)]
pub struct SeatView {
    /// The seat; opaque
    pub id: String,
    /// Section
    pub section: String,
    /// Row
    pub row: String,
    /// What is written on it
    pub number: u32,
    /// Price level
    pub grade: String,
    /// What it costs
    pub price: Amount,
}

impl SeatView {
    /// The seat with this id, from the plan.
    pub fn new(performance: &Performance, id: SeatId) -> Option<Self> {
        let seat = performance.plan.seat(id.seat_no)?;
        Some(Self {
            id: id.to_string(),
            section: seat.row.section.clone(),
            row: seat.row.name.clone(),
            number: seat.number,
            grade: seat.row.grade.clone(),
            price: performance.prices.get(&seat.row.grade).copied().unwrap_or_default(),
        })
    }
}

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
    Changes(SeatChangesView),
    Unchanged(u64),
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

/// The best seats of a grade
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
struct BestRequest {
    /// Price level
    grade: String,
    /// How many seats
    quantity: u32,
}

/// Which seats to hold: `seat_ids` or `best`, not both
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct HoldRequest {
    /// The performance, from list_dates
    performance_id: Uuid,
    /// These seats, from the seat map
    #[oai(default, skip_serializing_if_is_none)]
    seat_ids: Option<Vec<String>>,
    /// Or the best ones: side by side in one row where possible, else nearest to each other
    #[oai(default, skip_serializing_if_is_none)]
    best: Option<BestRequest>,
}

impl Example for HoldRequest {
    fn example() -> Self {
        Self { performance_id: Uuid::nil(), seat_ids: None, best: Some(BestRequest { grade: "R".into(), quantity: 2 }) }
    }
}

/// Seats kept for you
#[derive(Object, Serialize)]
struct HoldView {
    /// The hold
    id: Uuid,
    /// The performance
    performance_id: Uuid,
    /// Its seats
    seats: Vec<SeatView>,
    /// What they cost together: the `amount` to pay
    amount: Amount,
    /// When they are free again
    held_until: Instant,
}

impl HoldView {
    fn new(performance: &Performance, hold: &Hold) -> Self {
        let ids = hold.seat_numbers.iter().map(|&seat_no| SeatId { performance: performance.key, seat_no });
        Self {
            id: hold.id,
            performance_id: performance.id,
            seats: ids.filter_map(|id| SeatView::new(performance, id)).collect(),
            amount: hold.amount,
            held_until: hold.held_until,
        }
    }
}

/// Your holds
#[derive(Object, Serialize)]
struct HoldsView {
    /// The holds that live now, oldest first
    holds: Vec<HoldView>,
}

/// Reads seat ids as clients send them.
///
/// # Errors
/// [`Code::InvalidField`] for too many, [`Code::SeatNotFound`] for one that is no seat's.
pub fn parse_seat_ids(ids: &[String]) -> Result<Vec<SeatId>, Problem> {
    if ids.is_empty() || ids.len() > MOST_SEATS {
        return Err(Problem::new(Code::InvalidField, format!("name 1 to {MOST_SEATS} seats.")));
    }
    ids.iter().map(|id| id.parse().map_err(|_| domain::HoldError::NoSuchSeat.into())).collect()
}

fn choice(map: &SeatMap, seat_ids: Option<&[String]>, best: Option<&BestRequest>) -> Result<Choice, Problem> {
    match (seat_ids, best) {
        (Some(ids), None) => Ok(Choice::Seats(parse_seat_ids(ids)?)),
        (None, Some(best)) if best.quantity as usize > MOST_SEATS => {
            Err(Problem::new(Code::InvalidField, format!("quantity must be 1 to {MOST_SEATS}.")))
        }
        (None, Some(best)) => Ok(Choice::Best {
            grade: best.grade.clone(),
            quantity: best.quantity,
            likely_rows: map.likely_rows(&best.grade, best.quantity),
        }),
        _ => Err(Problem::new(Code::InvalidField, "Send either seat_ids or best.")),
    }
}

/// Seats and holds.
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
        let claims = auth.into_claims();
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

    /// Hold seats
    ///
    /// Keeps seats for you for a short time, all of them or none.
    #[oai(path = "/holds", method = "post", operation_id = "hold_seats")]
    async fn hold_seats(
        &self,
        app: Data<&Arc<App>>,
        auth: TokenAuth,
        body: Json<HoldRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<HoldView, 201>, Problem> {
        let once = idempotent::request(&app, key, "hold_seats", &body.0)?;
        let line = security::line_of(&app, &auth.0)?;
        security::refuse_waiting(&app, &line, &auth.0)?;
        let map = app.seat_map(line.concert, body.0.performance_id).await?;
        let choice = choice(&map, body.0.seat_ids.as_deref(), body.0.best.as_ref())?;
        let terms = HoldTerms { hold_seconds: app.config.hold_seconds, seats_per_user: app.config.seats_per_user };
        let performance = map.performance.clone();
        let answer = app
            .store
            .write(move |tx| {
                let (user, visit) = security::visitor(tx, &line, &auth.0)?;
                idempotency::once(tx, once.as_ref(), Some(user), || {
                    let hold = domain::hold_seats(tx, &visit?, &performance, &choice, terms)?;
                    let view = HoldView::new(&performance, &hold);
                    Ok::<_, Problem>((201, serde_json::to_string(&view).unwrap_or_default()))
                })
            })
            .await?;
        Ok(answer.into())
    }

    /// List your holds
    ///
    /// The holds of this visit that live now.
    #[oai(path = "/holds", method = "get", operation_id = "list_holds")]
    async fn list_holds(&self, app: Data<&Arc<App>>, auth: TokenAuth) -> Result<Reply<HoldsView, 200>, Problem> {
        let line = security::line_of(&app, &auth.0)?;
        security::require_inside(&app, &line, &auth.0).await?;
        let maps = app.seat_maps(line.concert).await?;
        let holds = app
            .store
            .read(move |tx| {
                let (_, visit) = security::visitor(tx, &line, &auth.0)?;
                Ok::<_, Problem>(domain::live_holds(tx, &visit?)?)
            })
            .await?;
        let of = |key: PerformanceKey| maps.iter().map(|map| &map.performance).find(|p| p.key == key);
        let holds = holds.iter().filter_map(|hold| Some(HoldView::new(of(hold.performance)?, hold))).collect();
        Ok(reply(&HoldsView { holds }))
    }

    /// Release a hold
    ///
    /// Its seats are free at once.
    #[oai(path = "/holds/:hold_id", method = "delete", operation_id = "release_hold")]
    async fn release_hold(
        &self,
        app: Data<&Arc<App>>,
        auth: TokenAuth,
        /// The hold
        hold_id: Path<Uuid>,
    ) -> Result<NoContent, Problem> {
        let line = security::line_of(&app, &auth.0)?;
        security::refuse_waiting(&app, &line, &auth.0)?;
        let durations = app.durations();
        app.store
            .write(move |tx| {
                let (_, visit) = security::visitor(tx, &line, &auth.0)?;
                Ok::<_, Problem>(domain::release_hold(tx, &visit?, hold_id.0, durations)?)
            })
            .await?;
        Ok(NoContent)
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
