//! What is written down of a performance at the desk, and what it says by itself. No store, no clock.

use uuid::Uuid;

use crate::catalog::record::DoorPolicy;
use crate::clock::Instant;
use crate::ids::{ConcertKey, HallKey, PerformanceKey, Seq, VersionKey};

/// A performance as its row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// Inside.
    pub key: PerformanceKey,
    /// Outside.
    pub id: Uuid,
    /// The concert.
    pub concert: ConcertKey,
    /// The concert, outside.
    pub concert_id: Uuid,
    /// The concert's IANA time zone.
    pub time_zone: String,
    /// The hall.
    pub hall_key: HallKey,
    /// The hall's name.
    pub hall: String,
    /// The version of the hall that it is played in.
    pub version: VersionKey,
    /// That version's number.
    pub version_no: u32,
    /// When it starts.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// When the doors open.
    pub doors_at: Option<Instant>,
    /// Whether its sale is paused.
    pub is_paused: bool,
    /// How many places one buyer may have, where that is set.
    pub seats_per_user: Option<u32>,
    /// Whether no buyer may pick seats that leave a single free one alone.
    pub refuse_lone_seats: bool,
    /// What its doors do without a network.
    pub door_policy: DoorPolicy,
    /// Whether it is cancelled.
    pub is_cancelled: bool,
    /// The commit that made it what it is.
    pub changed_in: Seq,
}

impl Dated {
    /// For how many minutes it takes its hall.
    pub fn duration_minutes(&self) -> u32 {
        u32::try_from((self.ends_at.0 - self.starts_at.0) / 60_000).unwrap_or(u32::MAX)
    }
}
