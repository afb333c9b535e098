//! Watching a sale, and what needs attention, over HTTP.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use hyper::body::Bytes;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::views::OccasionView;
use crate::clock::{Instant, Moment};
use crate::desk::attention::{Matter, Need, QueueSight, Sight, attention};
use crate::desk::pace::sells_out_in_minutes;
use crate::desk::watched::Watched;
use crate::http::problems::{self, Problems};
use crate::http::sse::{self, Events, StreamPlaces};
use crate::http::{Code, Problem, Reply, Tag, reply};
use crate::jobs::{Backups, Verification};
use crate::limiter::Limiter;
use crate::money::Amount;
use crate::office::Office;
use crate::payment::Sales;
use crate::queue::desk_api::QueueView;
use crate::queue::{Line, Lines, Queue, SaleState, life};
use crate::reservation::SeatMap;
use crate::reservation::SeatMaps;
use crate::reservation::stock::sale_of;
use crate::staff::{Manage, Staff};
use crate::store::{StoreError, Tx};
use crate::{checkout, mail};

/// Those who follow are told so often at most.
const EVERY: Duration = Duration::from_secs(1);

/// One thing that needs attention
#[derive(Clone, Object, Serialize)]
struct NeedView {
    /// What
    code: Matter,
    /// Of which concert, if it is of one
    #[serde(skip_serializing_if = "Option::is_none")]
    concert_id: Option<Uuid>,
    /// How many wait, were refused or failed; MiB that are left; seconds by which the clock was set
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

impl From<&Need> for NeedView {
    fn from(need: &Need) -> Self {
        Self { code: need.matter, concert_id: need.concert_id, count: need.count }
    }
}

/// What needs attention, the most urgent first
#[derive(Object, Serialize)]
struct AttentionView {
    /// The needs
    needs: Vec<NeedView>,
}

/// The places of a grade
#[derive(Object, Serialize)]
struct GradeSaleView {
    /// The grade
    grade: String,
    /// Free now
    free: u32,
    /// Kept for buyers
    held: u32,
    /// Sold
    sold: u32,
    /// Kept from sale by the operator
    blocked: u32,
}

/// A date of a sale
#[derive(Object, Serialize)]
struct DateSaleView {
    /// The performance
    performance_id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    occasion: OccasionView,
    /// How its sale stands
    sale: SaleState,
    /// Its places, by grade
    grades: Vec<GradeSaleView>,
}

/// What was sold lately, at the web and at the counter
#[derive(Object, Serialize)]
struct SoldLatelyView {
    /// Payments since the program started
    payments: u64,
    /// Tickets since then
    tickets: u64,
    /// What was paid since then; refunds are not taken off
    takings: Amount,
    /// Tickets of each of the last 60 minutes, oldest first, the present one last
    tickets_by_minute: Vec<u32>,
    /// What was paid in each of them
    takings_by_minute: Vec<Amount>,
}

/// A sale as it goes on
#[derive(Object, Serialize)]
struct SaleView {
    /// As of when
    now: Instant,
    /// Who waits, who is inside, and how they are let in
    queue: QueueView,
    /// The dates, in order of time
    dates: Vec<DateSaleView>,
    /// What was sold lately
    lately: SoldLatelyView,
    /// In how many minutes nothing is free any more, at the pace of the last ten, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    sells_out_in_minutes: Option<u32>,
    /// What needs attention in all of the office, the most urgent first
    needs: Vec<NeedView>,
}

/// What only the data file knows.
fn filed(tx: &Tx) -> Result<Sight, StoreError> {
    Ok(Sight {
        disputed: checkout::domain::count_disputed(tx)?,
        stuck_refunds: checkout::domain::count_stuck_refunds(tx)?,
        failing_mails: mail::domain::count_failing(tx)?,
        ..Sight::default()
    })
}

fn queue_sight(line: &Line, Moment { now, wall }: Moment) -> QueueSight {
    let queue = line.queue();
    QueueSight {
        concert_id: queue.concert_id,
        state: queue.settings.state,
        has_room: queue.has_room(),
        waiting: queue.waiting_count,
        let_in: line.figures(now).admitted_last_minute,
        on_sale_for_ms: wall.0 - queue.on_sale_at.0,
        sale: line.news.sale(),
    }
}

/// What needs attention, looked at once a moment however many ask.
async fn needs(office: &Office) -> Result<Arc<Vec<Need>>, Problem> {
    let (watched, moment) = (office.part::<Watched>(), Moment { now: office.now(), wall: office.wall() });
    if let Some(needs) = watched.needs(moment.now) {
        return Ok(needs);
    }
    let filed = office.store.read(filed).await?;
    let refused = office.part::<Limiter>().refused().map(|(_, count)| count).sum();
    let sight = Sight {
        disk_free_bytes: office.store.disk_free_bytes(),
        clock_ahead_ms: office.clock.wall_ahead_ms(),
        writer_waiting: office.store.waiting().iter().sum(),
        refused: watched.refused(moment.now, refused),
        backup_fails: office.part::<Backups>().status().is_failing,
        breaches: office.part::<Verification>().breach_count(),
        queues: office.part::<Lines>().lively().iter().map(|line| queue_sight(line, moment)).collect(),
        ..filed
    };
    let needs = Arc::new(attention(&sight));
    watched.keep_needs(moment.now, needs.clone());
    Ok(needs)
}

fn date(map: &SeatMap, queue: &Queue, Moment { now, wall }: Moment) -> DateSaleView {
    let performance = &map.performance;
    let grades = map.tally(now).into_iter();
    let grades = grades.map(|(grade, of)| GradeSaleView {
        grade,
        free: of.free,
        held: of.held,
        sold: of.sold,
        blocked: of.blocked,
    });
    DateSaleView {
        performance_id: performance.id,
        occasion: OccasionView::of(performance),
        sale: sale_of(performance, map.stock(now).left, queue.on_sale_at, wall),
        grades: grades.collect(),
    }
}

/// A concert's sale, whether or not anybody waits for it.
async fn sale(office: &Office, concert_id: Uuid) -> Result<SaleView, Problem> {
    let queue = match office.part::<Lines>().by_id(concert_id) {
        Some(line) => line.queue(),
        None => office.store.read(move |tx| life::queue_of(tx, concert_id)).await?,
    };
    let maps = office.part::<SeatMaps>().of_concert(office, queue.concert).await?;
    let needs = needs(office).await?;
    let moment = Moment { now: office.now(), wall: office.wall() };
    let sold = office.part::<Sales>().of_concert(queue.concert);
    let (tickets_by_minute, takings_by_minute) = sold.by_minute(moment.now);
    let dates: Vec<_> = maps.iter().map(|map| date(&map.map, &queue, moment)).collect();
    let on_sale = dates.iter().filter(|date| matches!(date.sale, SaleState::OnSale | SaleState::Paused));
    let free = on_sale.flat_map(|date| &date.grades).map(|grade| u64::from(grade.free)).sum();
    Ok(SaleView {
        now: moment.wall,
        queue: QueueView::new(office, &queue),
        sells_out_in_minutes: sells_out_in_minutes(free, &tickets_by_minute),
        dates,
        lately: SoldLatelyView {
            payments: sold.payments,
            tickets: sold.tickets,
            takings: Amount(sold.takings),
            tickets_by_minute,
            takings_by_minute: takings_by_minute.into_iter().map(Amount).collect(),
        },
        needs: needs.iter().map(NeedView::from).collect(),
    })
}

/// The same as bytes, which all who follow share.
async fn rendered(office: &Office, concert_id: Uuid) -> Result<Bytes, Problem> {
    let watched = office.part::<Watched>();
    if let Some(bytes) = watched.sale(concert_id, office.now()) {
        return Ok(bytes);
    }
    let bytes = Bytes::from(serde_json::to_vec(&sale(office, concert_id).await?).unwrap_or_default());
    watched.keep_sale(concert_id, office.now(), bytes.clone());
    Ok(bytes)
}

/// One who follows a sale.
struct Follower {
    office: Arc<Office>,
    auth: Staff<Manage>,
    concert_id: Uuid,
    told: u64,
}

impl Follower {
    /// The sale a second later; none when the concert is gone, the key may no more, or the box office stops.
    async fn next(&mut self) -> Option<Vec<Bytes>> {
        if self.told > 0 {
            let mut stopping = self.office.stopping.subscribe();
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => return None,
                () = tokio::time::sleep(EVERY) => {}
            }
            if !self.auth.still_may(&self.office).await {
                return None;
            }
        }
        let bytes = rendered(&self.office, self.concert_id).await.ok()?;
        self.told += 1;
        Some(sse::event("sale", self.told, bytes))
    }
}

/// Watching a sale.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Show what needs attention
    ///
    /// In all of the office, the most urgent first: paused queues before which people wait, room inside and nobody let in, limits
    /// that refuse more and more, disputed checkouts, refunds and mails that do not get through, disk, clock, backups, laws that the data file breaks. Looked at
    /// once a second, however many ask. Refusals are compared once somebody has asked for two minutes.
    #[oai(path = "/attention", method = "get", operation_id = "show_attention")]
    async fn show_attention(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
    ) -> Result<Reply<AttentionView, 200>, Problem> {
        let needs = needs(&office).await?;
        Ok(reply(&AttentionView { needs: needs.iter().map(NeedView::from).collect() }))
    }

    /// Show a sale
    ///
    /// As it is now: the queue, each date's places by grade, what was sold in the last hour, when nothing will be left.
    #[oai(path = "/concerts/:concert_id/sale", method = "get", operation_id = "show_sale")]
    async fn show_sale(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<Reply<SaleView, 200>, Problem> {
        Ok(reply(&sale(&office, concert_id.0).await?))
    }

    /// Follow a sale
    ///
    /// Server-sent events: the object of `show_sale` at once and every second.
    #[oai(path = "/concerts/:concert_id/sale/stream", method = "get", operation_id = "stream_sale")]
    async fn stream_sale(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<Events<SaleView>, Problem> {
        // What cannot be followed is refused.
        rendered(&office, concert_id.0).await?;
        let place = office.part::<StreamPlaces>().take(auth.known.key.id)?;
        let mut stopping = office.stopping.subscribe();
        let over = async move {
            let _ = stopping.wait_for(|stopping| *stopping).await;
        };
        let follower = Follower { office: office.0.clone(), auth, concert_id: concert_id.0, told: 0 };
        let events = stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) });
        Ok(Events::new(place, over, events))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("show_attention", &[problems::STAFF]),
    ("show_sale", &[problems::STAFF, &[Code::ConcertNotFound]]),
    ("stream_sale", &[problems::STAFF, &[Code::ConcertNotFound, Code::TooManyStreams]]),
];
