//! What a waitlist and an entry of it are, and what they say by themselves. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::column::column_words;
use crate::ids::{ConcertKey, Ordinal, PerformanceKey, Seq, UserKey};
use crate::reservation::Holder;
use crate::waitlist::error::WaitlistError;

/// So many are on one waitlist at most.
pub const MOST_WAITING: u32 = 10_000;
/// What an offer's length may be, in seconds.
pub const OFFER_SECONDS: std::ops::RangeInclusive<u32> = 60..=7 * 24 * 3600;

/// To whom seats that come back are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// To the first of those who want them.
    InOrder,
    /// To one of them by lot: the lot is drawn when one joins.
    ByDraw,
    /// Nobody joins; those who are on it stay.
    Closed,
}

column_words!(Mode { InOrder = "in_order", ByDraw = "by_draw", Closed = "closed" });

/// What an entry of a waitlist is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, serde::Serialize, serde::Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[oai(rename = "WaitlistStatus")]
pub enum Status {
    /// It waits for seats.
    Waiting,
    /// Seats are kept for it.
    Offered,
    /// It bought what was offered.
    Taken,
    /// It let the offer pass, or nothing can be offered to it.
    Passed,
    /// The buyer left.
    Left,
}

column_words!(Status { Waiting = "waiting", Offered = "offered", Taken = "taken", Passed = "passed", Left = "left" });

/// A concert's waitlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waitlist {
    /// The concert.
    pub concert: ConcertKey,
    /// To whom it offers.
    pub mode: Mode,
    /// How long an offer lasts.
    pub offer_seconds: u32,
    /// The entry that joined last.
    pub last_ordinal: Ordinal,
    /// The commit that made its settings what they are.
    pub changed_in: Seq,
}

impl Waitlist {
    /// Of a concert for which the operator has said nothing.
    pub fn new(concert: ConcertKey) -> Self {
        let last_ordinal = Ordinal(Ordinal::FIRST_OF_WAITLIST.0 - 1);
        Self { concert, mode: Mode::InOrder, offer_seconds: 1800, last_ordinal, changed_in: Seq(0) }
    }

    /// Checks what the operator may set.
    ///
    /// # Errors
    /// [`WaitlistError::Invalid`].
    pub fn check(&self) -> Result<(), WaitlistError> {
        if OFFER_SECONDS.contains(&self.offer_seconds) {
            return Ok(());
        }
        let (least, most) = OFFER_SECONDS.into_inner();
        Err(WaitlistError::Invalid(format!("offer_seconds must be {least} to {most}.")))
    }
}

/// What somebody wants of a concert.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Wish {
    /// Seats of one of these performances; of any where none is named.
    pub performances: Vec<PerformanceKey>,
    /// Of this grade; of any unless said.
    pub grade: Option<String>,
    /// So many seats.
    pub quantity: u32,
}

impl Wish {
    /// Whether places of this performance are wanted.
    pub fn is_for(&self, performance: PerformanceKey) -> bool {
        self.performances.is_empty() || self.performances.contains(&performance)
    }
}

/// One user's entry of a waitlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The concert.
    pub concert: ConcertKey,
    /// Its number among all that hold seats of the concert; see [`Ordinal::FIRST_OF_WAITLIST`].
    pub ordinal: Ordinal,
    /// Public id.
    pub id: Uuid,
    /// Whose it is.
    pub user: UserKey,
    /// What is wanted.
    pub wish: Wish,
    /// Its place: the lowest is offered to first.
    pub place: i64,
    /// What it is. An offer past its time is none, see [`Entry::has_offer`].
    pub status: Status,
    /// When it joined.
    pub joined_at: Instant,
    /// Until when what is offered is kept.
    pub offered_until: Option<Instant>,
}

impl Entry {
    /// Whether seats are kept for it at `now`.
    pub fn has_offer(&self, now: Instant) -> bool {
        self.status == Status::Offered && self.offered_until.is_some_and(|until| now < until)
    }

    /// Whether it waits, or has an offer, at `now`.
    pub fn lives(&self, now: Instant) -> bool {
        self.status == Status::Waiting || self.has_offer(now)
    }

    /// For whom its offer is held.
    pub fn holder(&self, keeps_seconds: u32) -> Holder {
        let (concert, ordinal, user) = (self.concert, self.ordinal, self.user);
        // It chooses nothing itself, so no time to choose ends.
        Holder { concert, ordinal, user, takes_until: Instant(i64::MAX), keeps_seconds: Some(keeps_seconds) }
    }
}
