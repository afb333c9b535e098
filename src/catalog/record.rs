//! What the catalogue writes down: concerts, performances, and what a ticket says of its seat. No store, no clock.

use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::hall::plan::{HallPlan, SeatKind};
use crate::catalog::local_time::LocalTime;
use crate::catalog::prices::{Fees, Limits, Prices};
use crate::catalog::room::Room;
use crate::clock::Instant;
use crate::column::column_words;
use crate::ids::{ConcertKey, PerformanceKey, SeatId, Seq, VersionKey};
use crate::text::folded;

/// What holds for a performance's sale beside its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sale {
    /// The operator lets nothing be held or sold.
    pub is_paused: bool,
    /// The concert is cancelled.
    pub is_cancelled: bool,
    /// This performance of it is.
    pub is_performance_cancelled: bool,
    /// From when nothing is sold any more, where that is set.
    pub ends_at: Option<Instant>,
}

/// Why a performance is not on sale at a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOnSale {
    /// The concert is cancelled.
    Cancelled,
    /// The performance is.
    PerformanceCancelled,
    /// It has begun.
    Started,
    /// The concert's sale is over.
    Over,
    /// The operator has paused it.
    Paused,
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
    /// When the doors open, if that is said.
    pub doors_at: Option<Instant>,
    /// What holds for its sale.
    pub sale: Sale,
    /// The hall's name.
    pub hall: String,
    /// The version of the hall that it is played in.
    pub version: VersionKey,
    /// That version's number.
    pub version_no: u32,
    /// The commit that moved it to that version or changed its prices, since which its map is another; 0 when none did.
    pub redrawn_in: Seq,
    /// The commit that made it what it is.
    pub changed_in: Seq,
    /// The name of its plan.
    pub plan_id: String,
    /// The plan of the hall's version that it is played in.
    pub plan: Arc<HallPlan>,
    /// The same as a choice of seats sees it.
    pub room: Arc<Room>,
    /// Whether no buyer may pick seats that leave a single free one alone, as long as there are others.
    pub refuse_lone_seats: bool,
    /// What its places cost.
    pub prices: Prices,
    /// What the venue asks for beside.
    pub fees: Fees,
    /// How many places one buyer may have.
    pub limits: Limits,
}

/// How a performance stands, as its row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerformanceNow {
    /// The commit that made it what it is.
    pub changed_in: Seq,
    /// Whether it is cancelled.
    pub is_cancelled: bool,
}

impl Performance {
    /// Its seat with this number.
    pub fn seat_id(&self, seat_no: u32) -> SeatId {
        SeatId { performance: self.key, version_no: self.version_no, seat_no }
    }

    /// Whether this is one of its seats, as its hall is now.
    pub fn has(&self, id: SeatId) -> bool {
        (id.performance, id.version_no) == (self.key, self.version_no) && self.plan.grade_of(id.seat_no).is_some()
    }

    /// Why nothing of it is held or sold at this time of day; none while it is on sale.
    pub fn not_on_sale(&self, wall: Instant) -> Option<NotOnSale> {
        if self.sale.is_cancelled {
            return Some(NotOnSale::Cancelled);
        }
        if self.sale.is_performance_cancelled {
            return Some(NotOnSale::PerformanceCancelled);
        }
        if wall >= self.starts_at {
            return Some(NotOnSale::Started);
        }
        if self.sale.ends_at.is_some_and(|ends_at| wall >= ends_at) {
            return Some(NotOnSale::Over);
        }
        self.sale.is_paused.then_some(NotOnSale::Paused)
    }

    /// The grade that looks like this, as the hall spells it.
    pub fn grade(&self, asked: &str) -> Option<&str> {
        let asked = folded(asked);
        self.prices.grades().find(|grade| folded(grade) == asked)
    }

    /// The section that looks like this, as the hall spells it.
    pub fn section(&self, asked: &str) -> Option<&str> {
        let asked = folded(asked);
        self.room.sections.iter().map(String::as_str).find(|section| folded(section) == asked)
    }
}

/// What a door does while it cannot reach the box office.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum DoorPolicy {
    /// It lets nobody in: no answer, no entry.
    Strict,
    /// It lets in whom its list names, each once by all it knows, and tells of that later. Two doors that do not hear of each other
    /// may let one ticket in twice: the earlier counts, the other is reported.
    #[default]
    Lenient,
}

column_words!(DoorPolicy { Strict = "strict", Lenient = "lenient" });

/// Which show, when and where: what stands on everything that is bought for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// The concert's title.
    pub concert_title: String,
    /// The performance.
    pub performance_id: Uuid,
    /// When it starts.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// The same as its start on the venue's clock.
    pub local: LocalTime,
    /// When the doors open, on the venue's clock, if that is said.
    pub doors: Option<LocalTime>,
    /// The hall's name.
    pub hall: String,
    /// What its doors do without a network.
    pub door_policy: DoorPolicy,
}

/// What is written on a sold seat's ticket; a standing place has no row and no label.
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
    /// The seat.
    pub id: SeatId,
}
