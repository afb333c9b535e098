//! What is written down of a concert, and what it says by itself. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::column::column_words;
use crate::ids::{ConcertKey, Seq};
use crate::money::Amount;

/// Where a concert is in its life. That it has ended is a matter of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ConcertState {
    /// Only the venue knows of it.
    Draft,
    /// Everyone may see it.
    Published,
    /// It does not take place.
    Cancelled,
}

column_words!(ConcertState { Draft = "draft", Published = "published", Cancelled = "cancelled" });

/// What is said of a concert in one language.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ConcertText {
    /// BCP 47.
    pub language: String,
    /// Its title in that language; the concert's own where there is none.
    pub title: Option<String>,
    /// What it is.
    pub text: Option<String>,
    /// What buyers agree to.
    pub policy: Option<String>,
}

/// A show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concert {
    /// Inside.
    pub key: ConcertKey,
    /// Outside.
    pub id: Uuid,
    /// Where it is in its life.
    pub state: ConcertState,
    /// Its title.
    pub title: String,
    /// The venue's IANA time zone.
    pub time_zone: String,
    /// From which age on people may come.
    pub age_limit: Option<u32>,
    /// What is said of it.
    pub texts: Vec<ConcertText>,
    /// The hash of its picture, by which that is found.
    pub picture: Option<String>,
    /// When its last performance ends; [`Concert::NO_END`] while it has none.
    pub ends_at: Instant,
    /// Until how many minutes before a performance buyers may cancel by themselves; not at all where none is set.
    pub cancel_until_minutes: Option<u32>,
    /// What the venue keeps of each ticket then, as far as it cost that much.
    pub cancel_fee: Amount,
    /// The commit that made it what it is.
    pub changed_in: Seq,
}

impl Concert {
    /// The end of a concert without performances: later than any.
    pub const NO_END: Instant = Instant(i64::MAX);

    /// Whether all its performances are over at this time of day.
    pub fn has_ended(&self, wall: Instant) -> bool {
        wall >= self.ends_at
    }
}
