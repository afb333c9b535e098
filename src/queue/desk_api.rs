//! The operator's hand on a running queue.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::audit::Note;
use crate::clock::Instant;
use crate::http::problems::{self, Problems};
use crate::http::version::{Expected, IfMatch, Tagged, etag_of_content, tagged_as};
use crate::http::{Body, Code, Problem, Tag};
use crate::office::Office;
use crate::queue::lines::Lines;
use crate::queue::record::Queue;
use crate::queue::state::QueueState;
use crate::queue::views::QueueSettingsRequest;
use crate::queue::{domain, life};
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// A queue's settings and figures
#[derive(Object, Serialize)]
pub struct QueueView {
    /// The concert
    concert_id: Uuid,
    /// The `ETag` of its settings, which a change of them is sent with as `If-Match`
    settings_version: String,
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
    /// From when nothing is sold any more, if not from each performance's start on
    #[serde(skip_serializing_if = "Option::is_none")]
    sale_ends_at: Option<Instant>,
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
    /// Half of the last 10,000 let in waited at most so long; after a restart, of those inside and since
    #[serde(skip_serializing_if = "Option::is_none")]
    median_wait_ms: Option<i64>,
    /// 95 % of them waited at most so long
    #[serde(skip_serializing_if = "Option::is_none")]
    p95_wait_ms: Option<i64>,
}

impl QueueView {
    fn tagged(&self) -> Tagged<Self> {
        tagged_as(self, self.settings_version.clone())
    }

    /// From memory alone where it knows the queue, so that it may be asked for every second however many wait.
    pub fn new(office: &Office, queue: &Queue) -> Self {
        let line = office.part::<Lines>().by_key(queue.concert);
        let figures = line.as_ref().map(|line| line.figures(office.now())).unwrap_or_default();
        let measured = line.as_ref().and_then(|line| line.measured_per_minute());
        let settings = &queue.settings;
        Self {
            concert_id: queue.concert_id,
            settings_version: etag_of_content(settings),
            state: settings.state,
            max_admitted: settings.max_admitted,
            admissions_per_minute: settings.admissions_per_minute,
            absence_seconds: settings.absence_seconds,
            no_show_seconds: settings.no_show_seconds,
            queue_opens_at: queue.opens_at,
            on_sale_at: queue.on_sale_at,
            sale_ends_at: queue.sale_ends_at,
            now_serving: queue.now_serving,
            waiting: queue.waiting_count,
            admitted: queue.admitted_count,
            completed: queue.ended.completed,
            expired: queue.ended.expired,
            absent: queue.ended.absent,
            no_shows: queue.ended.no_shows,
            left: queue.ended.left,
            replaced: queue.ended.replaced,
            admissions_per_minute_now: figures.admitted_last_minute,
            departures_per_minute: measured.map(|speed| speed.round() as u32),
            median_wait_ms: figures.median_wait_ms,
            p95_wait_ms: figures.p95_wait_ms,
        }
    }
}

/// The operator's hand on a queue.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Show a queue
    ///
    /// Its settings and figures; a draft's and an ended concert's too. Its `ETag` is that of its settings: what they are changed
    /// with as `If-Match`.
    #[oai(path = "/concerts/:concert_id/queue", method = "get", operation_id = "show_queue")]
    async fn show_queue(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<Tagged<QueueView>, Problem> {
        let queue = match office.part::<Lines>().by_id(concert_id.0) {
            Some(line) => line.queue(),
            None => office.store.read(move |tx| life::queue_of(tx, concert_id.0)).await?,
        };
        Ok(QueueView::new(&office, &queue).tagged())
    }

    /// Change a queue while it runs
    ///
    /// What is left out stays as it is. A lower `max_admitted` sends nobody out; it lets nobody in until there is room.
    #[oai(path = "/concerts/:concert_id/queue", method = "patch", operation_id = "change_queue")]
    async fn change_queue(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
        body: Body<QueueSettingsRequest>,
        /// The `ETag` of the settings that are to be changed
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Tagged<QueueView>, Problem> {
        let expected = Expected::new(if_match);
        let change = move |tx: &Tx| {
            let before = life::queue_of(tx, concert_id.0)?;
            expected.check_tag(&etag_of_content(&before.settings))?;
            let queue = domain::change_settings(tx, before.concert, |settings| body.0.apply(settings))?;
            tx.audit(|| Note::change("queue", concert_id.0, &before.settings, &queue.settings));
            Ok::<_, Problem>(queue)
        };
        let queue = auth.write(&office, "change_queue", change).await?;
        Ok(QueueView::new(&office, &queue).tagged())
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("show_queue", &[problems::STAFF, &[Code::ConcertNotFound]]),
    ("change_queue", &[problems::STAFF, problems::BODY, &[Code::ConcertNotFound, Code::ChangedMeanwhile]]),
];
