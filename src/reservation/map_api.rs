//! The seat map over HTTP: whole, in gzip, what changed, and followed.

use std::sync::Arc;

use futures_util::{FutureExt, stream};
use hyper::body::Bytes;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::registry::{MetaResponses, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi};
use uuid::Uuid;

use crate::catalog::SeatKind;
use crate::clock::Instant;
use crate::http::encoding::accepts_gzip;
use crate::http::problems::{self, Problems};
use crate::http::sse::{self, Events, StreamPlaces};
use crate::http::{Code, Problem, Tag, kept, whole_or_unchanged};
use crate::money::Amount;
use crate::office::Office;
use crate::queue::gate::{self, StreamAuth, TokenAuth};
use crate::queue::stream::over;
use crate::queue::{Line, Listener};
use crate::reservation::rendering::Rendering;
use crate::reservation::seat::SeatState;
use crate::reservation::seat_maps::SeatMaps;
use crate::reservation::shared_copy::Rendered;

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
    label: String,
    /// Price level
    grade: String,
    /// For whom it is made, or what it lacks
    kind: SeatKind,
    /// What it costs
    price: Amount,
    /// What it is now
    state: SeatState,
}

/// A standing section of a performance
#[derive(Object)]
struct MapStandingView {
    /// Section
    section: String,
    /// Price level
    grade: String,
    /// What a place costs
    price: Amount,
    /// How many may stand there
    capacity: u32,
    /// How many places are free
    available: u32,
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
    /// The standing sections; with `since` those that changed, with `section` and `available` alone
    standing: Vec<MapStandingView>,
}

/// A seat that changed
#[derive(Object)]
struct ChangedSeatView {
    /// The seat
    id: String,
    /// What it is now
    state: SeatState,
}

/// A standing section whose free places changed
#[derive(Object)]
struct ChangedStandingView {
    /// Section
    section: String,
    /// How many places are free
    available: u32,
}

/// Seats that changed
#[derive(Object)]
struct SeatChangesView {
    /// The performance
    performance_id: Uuid,
    /// The version that these changes lead to
    version: u64,
    /// The seats that changed
    seats: Vec<ChangedSeatView>,
    /// The standing sections that changed
    standing: Vec<ChangedStandingView>,
}

/// Places of seats in the plan's order, from 0, by what they have become
#[derive(Object)]
struct ChangedPlacesView {
    /// Available now
    a: Option<Vec<u32>>,
    /// Held now
    h: Option<Vec<u32>>,
    /// Sold now
    s: Option<Vec<u32>>,
    /// Blocked now
    b: Option<Vec<u32>>,
}

/// What every seat of a plan is now
#[derive(Object)]
struct StatesView {
    /// The performance
    performance_id: Uuid,
    /// The plan in whose order they stand; another name means that the plan is to be asked for anew
    plan: String,
    /// Grows with every change; also the `ETag`
    version: u64,
    /// A seat's id is this and its place in the plan's order, from 1
    seat_id_prefix: String,
    /// A letter for each seat in the plan's order: a available, h held, s sold, b blocked
    states: Option<String>,
    /// With `since`, in place of `states`: the seats that changed
    changed: Option<ChangedPlacesView>,
    /// The standing sections; with `since` those that changed
    standing: Vec<ChangedStandingView>,
}

/// How much of the seats is shown
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(super) enum View {
    /// What each is called, costs and is.
    Whole,
    /// What each is, by a letter: the rest stands in the plan.
    States,
}

/// The seat map, or the news that it has not changed.
pub(super) enum SeatMapAnswer {
    Plain(Rendered),
    Compressed(Rendered),
    Unchanged(String),
}

/// More seats than this are not turned into bytes on a thread that others wait for: it takes longer than a millisecond.
const SEATS_AT_ONCE: usize = 1000;

/// Makes something of a map, such as its bytes, on a thread that may block where it is a large one: a few at a time, and the
/// place is what works on, so that clients who hang up do not occupy thread after thread.
///
/// # Errors
/// [`Code::Internal`], should that fail.
pub async fn work<T: Send + 'static>(
    office: &Office,
    map: &Arc<Rendering>,
    make: impl FnOnce(&Arc<Rendering>) -> T + Send + 'static,
) -> Result<T, Problem> {
    if map.map.performance.plan.seat_count() as usize <= SEATS_AT_ONCE {
        return Ok(make(map));
    }
    let renders = office.part::<SeatMaps>().renderers.clone().acquire_owned().await;
    let map = map.clone();
    let made = tokio::task::spawn_blocking(move || {
        let _renders = renders;
        make(&map)
    });
    made.await.map_err(|_| Problem::of(Code::Internal))
}

/// What changed after a version, which is made at once where it is little, however large the map.
async fn changed_since(
    office: &Office,
    map: &Arc<Rendering>,
    states: bool,
    since: u64,
    now: Instant,
) -> Result<Option<Rendered>, Problem> {
    let make = move |map: &Arc<Rendering>| match states {
        true => map.states_since(since, now),
        false => map.changes_since(since, now),
    };
    match map.map.changed_lately(since, now) {
        Some(seats) if seats <= SEATS_AT_ONCE => Ok(make(map)),
        _ => work(office, map, make).await,
    }
}

async fn compressed(office: &Office, map: &Arc<Rendering>, now: Instant) -> Result<Rendered, Problem> {
    match map.compressed(now) {
        Some(rendered) => Ok(rendered),
        None => work(office, map, move |map| map.compress(now)).await,
    }
}

/// RFC 9110 §8.8.3: what differs by its encoding differs by its tag.
fn etag(version: u64, gzip: bool) -> String {
    if gzip { format!("\"{version}-gzip\"") } else { format!("\"{version}\"") }
}

fn has_current(tags: &str, version: u64) -> Option<String> {
    let current = [etag(version, false), etag(version, true)];
    let mut tags = tags.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
    tags.find_map(|tag| match tag {
        "*" => Some(etag(version, false)),
        tag => current.iter().find(|current| *current == tag).cloned(),
    })
}

impl IntoResponse for SeatMapAnswer {
    fn into_response(self) -> Response {
        let json = |rendered: Rendered| {
            Response::builder().content_type("application/json").body(poem::Body::from_bytes(rendered.bytes))
        };
        let (tag, response) = match self {
            Self::Unchanged(tag) => (tag, StatusCode::NOT_MODIFIED.into_response()),
            Self::Plain(rendered) => (etag(rendered.version, false), json(rendered)),
            Self::Compressed(rendered) => {
                let tag = etag(rendered.version, true);
                let mut response = json(rendered);
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                (tag, response)
            }
        };
        kept(response, &tag, "private, no-cache")
    }
}

impl ApiResponse for SeatMapAnswer {
    fn meta() -> MetaResponses {
        let shapes = vec![SeatMapView::schema_ref(), SeatChangesView::schema_ref(), StatesView::schema_ref()];
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema { one_of: shapes, ..MetaSchema::ANY }));
        let unchanged = "It has not changed since the version in `If-None-Match`.";
        whole_or_unchanged(schema, "The map, with its version as `ETag`.", unchanged)
    }

    fn register(registry: &mut Registry) {
        SeatMapView::register(registry);
        StatesView::register(registry);
    }
}

/// What of a map is asked for.
pub(super) struct Asked {
    /// Only what changed after this version.
    pub(super) since: Option<u64>,
    /// Letters in place of seats.
    pub(super) states: bool,
    /// The versions that the asker has.
    pub(super) tags: Option<String>,
}

/// The map as it is asked for.
pub(super) async fn answer(
    office: &Arc<Office>,
    map: &Arc<Rendering>,
    asked: Asked,
    headers: &HeaderMap,
) -> Result<SeatMapAnswer, Problem> {
    let now = office.now();
    if let Some(tag) = asked.tags.and_then(|tags| has_current(&tags, map.map.version(now))) {
        return Ok(SeatMapAnswer::Unchanged(tag));
    }
    let states = asked.states;
    if let Some(since) = asked.since
        && let Some(changes) = changed_since(office, map, states, since, now).await?
    {
        return Ok(SeatMapAnswer::Plain(changes));
    }
    if states {
        return Ok(match accepts_gzip(headers) {
            true => SeatMapAnswer::Compressed(work(office, map, move |map| map.packed_states(now)).await?),
            false => SeatMapAnswer::Plain(work(office, map, move |map| map.states(now)).await?),
        });
    }
    if accepts_gzip(headers) {
        return Ok(SeatMapAnswer::Compressed(compressed(office, map, now).await?));
    }
    Ok(SeatMapAnswer::Plain(work(office, map, move |map| map.whole(now)).await?))
}

/// The seat map.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Reservation")]
impl Api {
    /// Show the seat map
    ///
    /// All seats of a performance with price and state, and the version as `ETag`. With `since`, only the seats that
    /// changed after that version, as `id` and `state`; if the version is unknown here, the whole map. With `view=states`, a
    /// `StatesView`: a letter for each seat in the plan's order, and with `since` the places of those that changed. Versions
    /// mean the same after a restart of the box office.
    #[oai(path = "/performances/:performance_id/seats", method = "get", operation_id = "seat_map")]
    async fn seat_map(
        &self,
        office: Data<&Arc<Office>>,
        auth: TokenAuth,
        /// The performance, from list_dates
        performance_id: Path<Uuid>,
        /// Only what changed after this version
        since: Query<Option<u64>>,
        /// The whole map unless said
        view: Query<Option<View>>,
        /// The `ETag` of the version you have; answers 304 while it is current
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        headers: &HeaderMap,
    ) -> Result<SeatMapAnswer, Problem> {
        let line = gate::line_of(&office, &auth.0)?;
        gate::require_inside(&office, &line, &auth.0).await?;
        let map = office.part::<SeatMaps>().of_performance(&office, line.concert, performance_id.0).await?;
        let asked = Asked { since: since.0, states: view.0 == Some(View::States), tags: if_none_match.0 };
        answer(&office, &map, asked, headers).await
    }

    /// Follow the seat map
    ///
    /// Server-sent events: first all seats as `id` and `state`, then those that changed, a few times a second at most.
    /// With `view=states` each event is a `StatesView`, first all, then what changed. Should the performance move to another
    /// version of its hall, all come again, under other ids (and in another plan's order). It ends with your visit. A browser's EventSource sends the token as `?token=…`.
    #[oai(path = "/performances/:performance_id/seats/stream", method = "get", operation_id = "stream_seats")]
    async fn stream_seats(
        &self,
        office: Data<&Arc<Office>>,
        auth: StreamAuth,
        /// The performance, from list_dates
        performance_id: Path<Uuid>,
        /// The whole map unless said
        view: Query<Option<View>>,
    ) -> Result<Events<SeatChangesView>, Problem> {
        let claims = auth.into_claims()?;
        let line = gate::line_of(&office, &claims)?;
        gate::require_inside(&office, &line, &claims).await?;
        let maps = office.part::<SeatMaps>();
        let map = maps.of_performance(&office, line.concert, performance_id.0).await?;
        let place = office.part::<StreamPlaces>().take(claims.jti)?;
        let over = over(office.0.clone(), line.clone(), &claims);
        let listener = line.listen(claims.ordinal());
        let states = view.0 == Some(View::States);
        let follower = Follower { office: office.0.clone(), map, line, listener, states, since: None };
        let events = stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) });
        Ok(Events::new(place, over, events))
    }
}

struct Follower {
    office: Arc<Office>,
    map: Arc<Rendering>,
    line: Arc<Line>,
    listener: Listener,
    states: bool,
    since: Option<u64>,
}

impl Follower {
    /// The next changes as an event; none when the visit ends or the box office stops.
    async fn next(&mut self) -> Option<Vec<Bytes>> {
        let rendered = match self.since {
            None => self.all().await?,
            Some(since) => self.changed(since).await?,
        };
        self.since = Some(rendered.version);
        Some(sse::event("seats", rendered.version, rendered.bytes))
    }

    /// All seats, made once for all who begin to follow.
    async fn all(&self) -> Option<Rendered> {
        let now = self.office.now();
        if self.states {
            return work(&self.office, &self.map, move |map| map.states(now)).await.ok();
        }
        match self.map.list(now) {
            Some(list) => Some(list),
            None => work(&self.office, &self.map, move |map| map.make_list(now)).await.ok(),
        }
    }

    async fn changed(&mut self, since: u64) -> Option<Rendered> {
        const PACE: std::time::Duration = std::time::Duration::from_millis(200);
        let mut changes = self.map.map.changes();
        let mut stopping = self.office.stopping.subscribe();
        loop {
            if self.line.ended(&self.listener).now_or_never().is_some() {
                return None;
            }
            if self.map.map.is_over() {
                let of = &self.map.map.performance;
                let maps = self.office.part::<SeatMaps>();
                self.map = maps.of_performance(&self.office, of.concert, of.id).await.ok()?;
                return self.all().await;
            }
            let now = self.office.now();
            if self.map.map.version(now) != since {
                let changed = changed_since(&self.office, &self.map, self.states, since, now).await;
                return match changed.ok()? {
                    Some(changed) => Some(changed),
                    None => self.all().await,
                };
            }
            let coalesced = async {
                let _ = changes.changed().await;
                tokio::time::sleep(PACE).await;
            };
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => return None,
                () = self.line.ended(&self.listener) => return None,
                () = coalesced => {}
            }
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("seat_map", &[problems::ADMITTED, &[Code::PerformanceNotFound]]),
    ("stream_seats", &[problems::ADMITTED, &[Code::PerformanceNotFound, Code::TooManyStreams]]),
];
