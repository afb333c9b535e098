//! The operator's hand on a running queue.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::{Example, MaybeUndefined};
use poem_openapi::{Object, OpenApi};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::app::App;
use crate::clock::Instant;
use crate::http::security::OperatorAuth;
use crate::http::{Problem, Reply, reply};
use crate::operator::api::Tag;
use crate::operator::domain::{self, OperatorError};
use crate::operator::figures::{self, Figures};
use crate::queue::domain::{self as queue, Queue, Settings};
use crate::queue::rules::QueueState;
use crate::queue::{Line, QueueError};

/// How a queue lets buyers in. What is left out stays as it is
#[derive(Object, Serialize, Default)]
#[oai(deny_unknown_fields, example)]
pub struct QueueSettingsRequest {
    /// open, paused (nobody is let in), draining (nobody joins) or closed (neither)
    #[oai(default)]
    state: Option<QueueState>,
    /// How many may be inside at once; null for no bound
    #[serde(serialize_with = "maybe")]
    max_admitted: MaybeUndefined<u32>,
    /// How many are let in a minute, evenly; null for no bound
    #[serde(serialize_with = "maybe")]
    admissions_per_minute: MaybeUndefined<u32>,
    /// A waiting buyer unheard of for so long drops out; 60 or more
    #[oai(default)]
    absence_seconds: Option<u32>,
    /// An admitted buyer who does nothing for so long makes room; 60 or more, null for never
    #[serde(serialize_with = "maybe")]
    no_show_seconds: MaybeUndefined<u32>,
}

/// Tells "left out" from "null" where a request is remembered for its key.
fn maybe<S: Serializer>(value: &MaybeUndefined<u32>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        MaybeUndefined::Undefined => serializer.serialize_str("left out"),
        MaybeUndefined::Null => serializer.serialize_none(),
        MaybeUndefined::Value(value) => serializer.serialize_u32(*value),
    }
}

impl Example for QueueSettingsRequest {
    fn example() -> Self {
        Self {
            max_admitted: MaybeUndefined::Value(50),
            admissions_per_minute: MaybeUndefined::Value(600),
            ..Self::default()
        }
    }
}

impl QueueSettingsRequest {
    /// Changes what the request names.
    pub fn apply(&self, settings: &mut Settings) {
        fn set(to: &mut Option<u32>, from: &MaybeUndefined<u32>) {
            match from {
                MaybeUndefined::Undefined => {}
                MaybeUndefined::Null => *to = None,
                MaybeUndefined::Value(value) => *to = Some(*value),
            }
        }
        settings.state = self.state.unwrap_or(settings.state);
        set(&mut settings.max_admitted, &self.max_admitted);
        set(&mut settings.admissions_per_minute, &self.admissions_per_minute);
        settings.absence_seconds = self.absence_seconds.unwrap_or(settings.absence_seconds);
        set(&mut settings.no_show_seconds, &self.no_show_seconds);
    }
}

/// What a queue is when the operator says nothing: fifty inside at a time.
pub fn default_settings() -> Settings {
    Settings {
        state: QueueState::Open,
        max_admitted: Some(50),
        admissions_per_minute: None,
        absence_seconds: 300,
        no_show_seconds: None,
    }
}

/// A queue's settings and figures
#[derive(Object, Serialize)]
struct QueueView {
    /// The concert
    concert_id: Uuid,
    /// What the queue does
    state: QueueState,
    /// How many may be inside at once, if bounded
    #[serde(skip_serializing_if = "Option::is_none")]
    max_admitted: Option<u32>,
    /// How many are let in a minute, if bounded
    #[serde(skip_serializing_if = "Option::is_none")]
    admissions_per_minute: Option<u32>,
    /// A waiting buyer unheard of for so long drops out
    absence_seconds: u32,
    /// An admitted buyer who does nothing for so long makes room, if ever
    #[serde(skip_serializing_if = "Option::is_none")]
    no_show_seconds: Option<u32>,
    /// From when buyers may join
    queue_opens_at: Instant,
    /// From when they are let in
    on_sale_at: Instant,
    /// The highest number let in
    now_serving: u32,
    /// How many wait
    waiting: u32,
    /// How many are inside
    admitted: u32,
    /// Visits that ended with a payment
    completed: u32,
    /// Entries whose time ended, absent and no-shows included
    expired: u32,
    /// Waiting buyers unheard of
    absent: u32,
    /// Admitted buyers who did nothing
    no_shows: u32,
    /// Buyers who left
    left: u32,
    /// Entries given up for newer ones
    replaced: u32,
    /// Buyers let in during the last minute
    admissions_per_minute_now: u32,
    /// Places that come free in a minute, measured, if known
    #[serde(skip_serializing_if = "Option::is_none")]
    departures_per_minute: Option<u32>,
    /// Half of the last 10,000 let in waited at most so long
    #[serde(skip_serializing_if = "Option::is_none")]
    median_wait_ms: Option<i64>,
    /// 95 % of the last 10,000 let in waited at most so long
    #[serde(skip_serializing_if = "Option::is_none")]
    p95_wait_ms: Option<i64>,
}

impl QueueView {
    fn new(line: &Line, queue: &Queue, figures: &Figures) -> Self {
        let settings = &queue.settings;
        Self {
            concert_id: line.concert_id,
            state: settings.state,
            max_admitted: settings.max_admitted,
            admissions_per_minute: settings.admissions_per_minute,
            absence_seconds: settings.absence_seconds,
            no_show_seconds: settings.no_show_seconds,
            queue_opens_at: queue.opens_at,
            on_sale_at: queue.on_sale_at,
            now_serving: queue.now_serving,
            waiting: queue.waiting_count,
            admitted: queue.admitted_count,
            completed: figures.completed,
            expired: figures.expired,
            absent: figures.absent,
            no_shows: figures.no_shows,
            left: figures.left,
            replaced: figures.replaced,
            admissions_per_minute_now: figures.admitted_last_minute,
            departures_per_minute: line.measured_per_minute().map(|speed| speed.round() as u32),
            median_wait_ms: figures.median_wait_ms,
            p95_wait_ms: figures.p95_wait_ms,
        }
    }
}

async fn view(app: &App, line: &Line) -> Result<QueueView, Problem> {
    let queue = line.queue();
    let of = queue.clone();
    let figures = app.store.read(move |tx| figures::read(tx, &of)).await?;
    Ok(QueueView::new(line, &queue, &figures))
}

/// The operator's hand on a queue.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Show a queue
    ///
    /// Its settings and figures.
    #[oai(path = "/concerts/:concert_id/queue", method = "get", operation_id = "show_queue")]
    async fn show_queue(
        &self,
        app: Data<&Arc<App>>,
        _auth: OperatorAuth,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<Reply<QueueView, 200>, Problem> {
        let line = app.live.line(concert_id.0).ok_or(QueueError::NoSuchConcert)?;
        Ok(reply(&view(&app, &line).await?))
    }

    /// Change a queue while it runs
    ///
    /// What is left out stays as it is. A lower `max_admitted` sends nobody out; it lets nobody in until there is room.
    #[oai(path = "/concerts/:concert_id/queue", method = "patch", operation_id = "change_queue")]
    async fn change_queue(
        &self,
        app: Data<&Arc<App>>,
        _auth: OperatorAuth,
        /// The concert
        concert_id: Path<Uuid>,
        body: Json<QueueSettingsRequest>,
    ) -> Result<Reply<QueueView, 200>, Problem> {
        let line = app.live.line(concert_id.0).ok_or(QueueError::NoSuchConcert)?;
        let (concert, durations) = (line.concert, app.durations());
        app.store
            .write(move |tx| {
                let change = |settings: &mut Settings| {
                    body.0.apply(settings);
                    domain::check_settings(settings)
                };
                queue::change_settings(tx, concert, change, durations)
            })
            .await
            .map_err(|error: OperatorError| Problem::from(error))?;
        Ok(reply(&view(&app, &line).await?))
    }
}
