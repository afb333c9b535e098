//! What is on, over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::catalog::domain::{self, CatalogError, Concert};
use crate::clock::Instant;
use crate::http::security::{self, TokenAuth};
use crate::http::{Code, Problem, Reply, reply};
use crate::ids::ConcertKey;
use crate::money::Amount;
use crate::operator::api::Tag;
use crate::queue::domain::Queue;
use crate::queue::draw;
use crate::queue::rules::QueueState;

/// The draw of a queue: its seed's hash before, the seed itself after
#[derive(Object, Serialize)]
pub struct DrawView {
    /// SHA-256 of the secret seed, hexadecimal
    seed_hash: String,
    /// The seed, hexadecimal, once the draw is made
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<String>,
    /// When the draw was made
    #[serde(skip_serializing_if = "Option::is_none")]
    drawn_at: Option<Instant>,
}

impl DrawView {
    /// What may be known of a queue's draw now.
    pub fn of(queue: &Queue) -> Self {
        Self {
            seed_hash: draw::hex(&draw::commitment(&queue.draw_seed)),
            seed: queue.drawn_at.map(|_| draw::hex(&queue.draw_seed)),
            drawn_at: queue.drawn_at,
        }
    }
}

/// A concert
#[derive(Object, Serialize)]
pub struct ConcertView {
    /// Public id
    pub id: Uuid,
    /// Title
    pub title: String,
    /// The venue's time zone (IANA)
    pub time_zone: String,
    /// From when buyers are let in
    pub on_sale_at: Instant,
    /// From when buyers may join the queue; those who joined before `on_sale_at` are drawn then
    pub queue_opens_at: Instant,
    /// What the queue does
    pub queue_state: QueueState,
    /// How many wait
    pub waiting: u32,
    /// The draw
    pub draw: DrawView,
}

impl ConcertView {
    /// A concert as its queue stands now.
    pub fn new(concert: Concert, queue: &Queue, waiting: u32) -> Self {
        Self {
            id: concert.id,
            title: concert.title,
            time_zone: concert.time_zone,
            on_sale_at: queue.on_sale_at,
            queue_opens_at: queue.opens_at,
            queue_state: queue.settings.state,
            waiting,
            draw: DrawView::of(queue),
        }
    }
}

/// Concerts, newest first
#[derive(Object, Serialize)]
struct ConcertsView {
    /// The concerts
    concerts: Vec<ConcertView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A price level of a date
#[derive(Object, Serialize)]
struct GradeView {
    /// Its name
    grade: String,
    /// What a seat costs
    price: Amount,
    /// Seats left
    available: u32,
}

/// A date that can be booked
#[derive(Object, Serialize)]
struct DateView {
    /// The performance
    performance_id: Uuid,
    /// When it starts
    starts_at: Instant,
    /// The date on the venue's calendar
    local_date: String,
    /// The time on the venue's clock
    local_time: String,
    /// Seats left
    available: u32,
    /// Seats in all
    total: u32,
    /// The price levels
    grades: Vec<GradeView>,
}

/// The dates of a concert
#[derive(Object, Serialize)]
struct DatesView {
    /// The concert
    concert_id: Uuid,
    /// Its dates, in order of time
    dates: Vec<DateView>,
}

/// Concerts and dates.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Catalogue")]
impl Api {
    /// List concerts
    ///
    /// All concerts, newest first.
    #[oai(path = "/concerts", method = "get", operation_id = "list_concerts")]
    async fn list_concerts(
        &self,
        app: Data<&Arc<App>>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
    ) -> Result<Reply<ConcertsView, 200>, Problem> {
        let before = match cursor.0.map(|cursor| cursor.parse()) {
            None => None,
            Some(Ok(key)) => Some(ConcertKey(key)),
            Some(Err(_)) => {
                let rule = "cursor must be the `next_cursor` of the page before.";
                return Err(Problem::new(Code::InvalidField, rule));
            }
        };
        let limit = app.limits.page;
        // One more than the page tells whether another page follows.
        let mut concerts = app.store.read(move |tx| domain::concerts(tx, before, limit + 1)).await?;
        let more = concerts.len() > limit as usize;
        concerts.truncate(limit as usize);
        let next_cursor = concerts.last().filter(|_| more).map(|last| last.key.0.to_string());
        let concerts = concerts.into_iter().filter_map(|concert| view(&app, concert)).collect();
        Ok(reply(&ConcertsView { concerts, next_cursor }))
    }

    /// Show a concert
    ///
    /// With its queue's state and the draw: the seed's hash before the sale, the seed itself after.
    #[oai(path = "/concerts/:concert_id", method = "get", operation_id = "show_concert")]
    async fn show_concert(
        &self,
        app: Data<&Arc<App>>,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<Reply<ConcertView, 200>, Problem> {
        let concert = app.store.read(move |tx| domain::concert(tx, concert_id.0)).await?;
        Ok(reply(&view(&app, concert).ok_or(CatalogError::NoSuchConcert)?))
    }

    /// List bookable dates
    ///
    /// The dates of the queue token's concert that have not begun, with seats left by grade.
    #[oai(path = "/dates", method = "get", operation_id = "list_dates")]
    async fn list_dates(&self, app: Data<&Arc<App>>, auth: TokenAuth) -> Result<Reply<DatesView, 200>, Problem> {
        let line = security::line_of(&app, &auth.0)?;
        security::require_inside(&app, &line, &auth.0).await?;
        let now = app.now();
        let maps = app.seat_maps(line.concert).await?;
        let dates = maps
            .iter()
            .filter(|map| now < map.performance.starts_at)
            .map(|map| {
                let available = map.available(now);
                let performance = &map.performance;
                let grade = |(grade, price): (&String, &Amount)| GradeView {
                    grade: grade.clone(),
                    price: *price,
                    available: available.get(grade).copied().unwrap_or(0),
                };
                DateView {
                    performance_id: performance.id,
                    starts_at: performance.starts_at,
                    local_date: performance.local_date.clone(),
                    local_time: performance.local_time.clone(),
                    available: available.values().sum(),
                    total: performance.plan.seat_count(),
                    grades: performance.prices.iter().map(grade).collect(),
                }
            })
            .collect();
        Ok(reply(&DatesView { concert_id: line.concert_id, dates }))
    }
}

fn view(app: &App, concert: Concert) -> Option<ConcertView> {
    let line = app.live.line(concert.id)?;
    Some(ConcertView::new(concert, &line.queue(), line.counts().0))
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::NoSuchConcert => Self::new(Code::ConcertNotFound, "GET /v1/concerts lists all concerts."),
            CatalogError::NoSuchHall => Self::new(Code::HallNotFound, "Make the hall first."),
            CatalogError::NoSuchPerformance => Self::new(Code::PerformanceNotFound, "GET /v1/dates lists all dates."),
            CatalogError::Store(error) => error.into(),
        }
    }
}
