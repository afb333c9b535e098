//! What a concert looks like on the wire.

use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::record::Concert;
use crate::clock::Instant;
use crate::queue::views::DrawView;
use crate::queue::{Queue, QueueState};

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
