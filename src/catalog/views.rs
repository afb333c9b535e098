//! What a concert looks like on the wire, and when and where a performance is.

use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::concert::views::{ConcertTextView, picture_path};
use crate::catalog::concert::{Concert, ConcertState};
use crate::catalog::local_time::{LocalTime, zone};
use crate::catalog::record::{Occasion, Performance};
use crate::clock::Instant;
use crate::money::Amount;
use crate::queue::views::DrawView;
use crate::queue::{Queue, QueueState};

/// A moment on the venue's calendar and clock
#[derive(Clone, Object, Serialize)]
pub struct LocalTimeView {
    /// The date on the venue's calendar
    pub local_date: String,
    /// The time on the venue's clock
    pub local_time: String,
    /// What that clock is ahead of UTC; it tells hours apart that come twice
    pub utc_offset: String,
}

impl LocalTimeView {
    /// A moment on the calendar and clock of this time zone.
    pub fn at(time_zone: &str, instant: Instant) -> Self {
        Self::from(&LocalTime::of(&zone(time_zone), instant))
    }
}

impl From<&LocalTime> for LocalTimeView {
    fn from(local: &LocalTime) -> Self {
        Self { local_date: local.date.clone(), local_time: local.time.clone(), utc_offset: local.utc_offset.clone() }
    }
}

/// When and where a performance is
#[derive(Clone, Object, Serialize)]
pub struct OccasionView {
    /// When it starts
    pub starts_at: Instant,
    /// The same on the venue's clock
    #[oai(flatten)]
    #[serde(flatten)]
    pub local: LocalTimeView,
    /// The hall's name
    pub hall: String,
}

impl OccasionView {
    /// Of a performance in memory.
    pub fn of(performance: &Performance) -> Self {
        let local = LocalTimeView::from(&performance.local);
        Self { starts_at: performance.starts_at, local, hall: performance.hall.clone() }
    }
}

impl From<&Occasion> for OccasionView {
    fn from(occasion: &Occasion) -> Self {
        let local = LocalTimeView::from(&occasion.local);
        Self { starts_at: occasion.starts_at, local, hall: occasion.hall.clone() }
    }
}

/// A concert
#[derive(Object, Serialize)]
pub struct ConcertView {
    /// Public id
    pub id: Uuid,
    /// Where it is in its life
    pub state: ConcertState,
    /// True once all its performances are over
    pub ended: bool,
    /// Title
    pub title: String,
    /// What is said of it, by language
    pub texts: Vec<ConcertTextView>,
    /// From which age on people may come, if from any
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_limit: Option<u32>,
    /// Where its picture is, if it has one; the address never shows another
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// The venue's time zone (IANA)
    pub time_zone: String,
    /// Until how many minutes before a performance buyers may cancel their tickets by themselves; not there where they may not
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_until_minutes: Option<u32>,
    /// What the venue keeps of each ticket then, as far as it cost that much
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_fee: Option<Amount>,
    /// From when buyers are let in
    pub on_sale_at: Instant,
    /// The same on the venue's clock
    pub on_sale_local: LocalTimeView,
    /// From when buyers may join the queue; those who joined before `on_sale_at` are drawn then
    pub queue_opens_at: Instant,
    /// The same on the venue's clock
    pub queue_opens_local: LocalTimeView,
    /// From when nothing is sold any more, if not from each performance's start on
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale_ends_at: Option<Instant>,
    /// The same on the venue's clock
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale_ends_local: Option<LocalTimeView>,
    /// What the queue does
    pub queue_state: QueueState,
    /// How many wait
    pub waiting: u32,
    /// The draw
    pub draw: DrawView,
}

impl ConcertView {
    /// A concert as its queue stands now.
    pub fn new(concert: &Concert, queue: &Queue, wall: Instant) -> Self {
        let time_zone = zone(&concert.time_zone);
        let local = |instant| LocalTimeView::from(&LocalTime::of(&time_zone, instant));
        Self {
            id: concert.id,
            state: concert.state,
            ended: concert.has_ended(wall),
            title: concert.title.clone(),
            texts: concert.texts.iter().map(ConcertTextView::from).collect(),
            age_limit: concert.age_limit,
            picture: picture_path(concert),
            time_zone: concert.time_zone.clone(),
            cancel_until_minutes: concert.cancel_until_minutes,
            cancel_fee: concert.cancel_until_minutes.map(|_| concert.cancel_fee),
            on_sale_at: queue.on_sale_at,
            on_sale_local: local(queue.on_sale_at),
            queue_opens_at: queue.opens_at,
            queue_opens_local: local(queue.opens_at),
            sale_ends_at: queue.sale_ends_at,
            sale_ends_local: queue.sale_ends_at.map(local),
            queue_state: queue.settings.state,
            waiting: queue.waiting_count,
            draw: DrawView::of(queue),
        }
    }
}
