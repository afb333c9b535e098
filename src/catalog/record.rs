//! What the catalogue writes down: concerts, performances, and what a ticket says of its seat. No store, no clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::hall::plan::{HallPlan, SeatKind};
use crate::catalog::local_time::LocalTime;
use crate::catalog::room::Room;
use crate::clock::Instant;
use crate::ids::{ConcertKey, PerformanceKey};
use crate::money::Amount;
use crate::text::folded;

/// A show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concert {
    /// Inside.
    pub key: ConcertKey,
    /// Outside.
    pub id: Uuid,
    /// Its title.
    pub title: String,
    /// The venue's IANA time zone.
    pub time_zone: String,
}

/// One bookable date of a concert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performance {
    /// Inside.
    pub key: PerformanceKey,
    /// Outside.
    pub id: Uuid,
    /// The concert.
    pub concert: ConcertKey,
    /// When it starts; nothing is sold from then on.
    pub starts_at: Instant,
    /// The same on the venue's clock.
    pub local: LocalTime,
    /// The hall's name.
    pub hall: String,
    /// The plan of the hall's version that it is played in.
    pub plan: Arc<HallPlan>,
    /// The same as a choice of seats sees it.
    pub room: Arc<Room>,
    /// Whether no buyer may pick seats that leave a single free one alone, as long as there are others.
    pub refuse_lone_seats: bool,
    /// Price of each grade.
    pub prices: BTreeMap<String, Amount>,
}

impl Performance {
    /// The grade that looks like this, as the hall spells it.
    pub fn grade(&self, asked: &str) -> Option<&str> {
        if let Some((grade, _)) = self.prices.get_key_value(asked) {
            return Some(grade);
        }
        let asked = folded(asked);
        self.prices.keys().map(String::as_str).find(|grade| folded(grade) == asked)
    }

    /// The section that looks like this, as the hall spells it.
    pub fn section(&self, asked: &str) -> Option<&str> {
        let asked = folded(asked);
        self.room.sections.iter().map(String::as_str).find(|section| folded(section) == asked)
    }
}

/// Which show, when and where: what stands on everything that is bought for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// The concert's title.
    pub concert_title: String,
    /// The performance.
    pub performance_id: Uuid,
    /// When it starts.
    pub starts_at: Instant,
    /// The same on the venue's clock.
    pub local: LocalTime,
    /// The hall's name.
    pub hall: String,
}

/// What is written on a sold seat's ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatLabel {
    /// Which show.
    pub occasion: Occasion,
    /// The section.
    pub section: String,
    /// The row.
    pub row: String,
    /// What is written on the seat.
    pub label: String,
    /// For whom it is made, or what it lacks.
    pub kind: SeatKind,
    /// The price level.
    pub grade: String,
}
