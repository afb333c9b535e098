//! Keys: the integers by which rows know each other inside the data file. They never leave the process bare;
//! outside, things are known by their UUID, a seat by its [`SeatId`], a ticket by its code.

use std::fmt;
use std::str::FromStr;

use crate::column::column_newtype;

macro_rules! key {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub $inner);
        column_newtype!($name);
    };
}

key!(/// A buyer's account.
    UserKey(i64));
key!(/// A staff key: a named secret of the venue's staff.
    StaffKey(i64));
key!(/// A line of the audit log.
    AuditKey(i64));
key!(/// A mail in the outbox.
    MailKey(i64));
key!(/// A concert, and its queue.
    ConcertKey(i64));
key!(/// A hall.
    HallKey(i64));
key!(/// A version of a hall: its plan as it was made, never changed.
    VersionKey(i64));
key!(/// One date of a concert.
    PerformanceKey(i64));
key!(/// A payment.
    PaymentKey(i64));
key!(/// A line of a balance's history.
    PostingKey(i64));
key!(/// A sold seat's ticket: `payment * 64 + place in the payment`.
    TicketKey(i64));
key!(/// A seat's row: `performance * 16777216 + seat number`, of which the data file makes both again.
    SeatKey(i64));
key!(/// What the operator keeps from sale, with one reason.
    BlockKey(i64));
key!(/// The close of a day at the counter.
    CloseKey(i64));
key!(/// Somebody was let in.
    CheckInKey(i64));
key!(/// A checkout.
    CheckoutKey(i64));
key!(/// Money that goes back through a payment provider.
    ProviderRefundKey(i64));
key!(/// An address that is told what happens here.
    WebhookKey(i64));
key!(/// What it is told.
    MessageKey(i64));
key!(/// A refund.
    RefundKey(i64));
key!(/// A ticket type of a performance, with its prices: from 0, in the order in which they were made.
    TypeNo(u16));
key!(/// A batch of codes.
    BatchKey(i64));
key!(/// A code that the venue hands out.
    CodeKey(i64));
key!(/// The number of a commit; later ones have larger numbers, across restarts too.
    Seq(i64));
key!(/// The order in which an entry joined its queue, from 1. Unlike the number it is known before the draw.
    Ordinal(u32));

/// A payment has at most so many tickets: their keys are neighbours, from this many times its own on.
pub const TICKETS_PER_PAYMENT: i64 = 64;

impl TicketKey {
    /// The payment that it came from.
    pub fn payment(self) -> PaymentKey {
        PaymentKey(self.0 / TICKETS_PER_PAYMENT)
    }
}

impl Ordinal {
    /// From here on ordinals are not a queue's: those of the same concert's waitlist, so that seats are held for either.
    pub const FIRST_OF_WAITLIST: Self = Self(1 << 31);
}

impl Seq {
    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// From here on a `seat_no` is no seat's: it stands for a standing section, and is the same for each place of it. No hall has
/// as many seats.
const FIRST_STANDING: u32 = 1 << 24;

/// The `seat_no` of the places of a standing section.
pub fn standing_no(section_no: u32) -> u32 {
    FIRST_STANDING + section_no
}

/// The standing section whose places have this `seat_no`, unless it is a seat's.
pub fn section_of(seat_no: u32) -> Option<u32> {
    seat_no.checked_sub(FIRST_STANDING)
}

impl SeatKey {
    /// The key of a seat. As the bound of a range it may be one that no hall has.
    pub fn new(performance: PerformanceKey, seat_no: u32) -> Self {
        Self(performance.0 * i64::from(FIRST_STANDING) + i64::from(seat_no))
    }

    /// The first and the last one that a performance can have.
    pub fn all_of(performance: PerformanceKey) -> [Self; 2] {
        [0, FIRST_STANDING - 1].map(|seat_no| Self::new(performance, seat_no))
    }

    /// Where the row waits while seats change places: no seat has a key below zero.
    #[must_use]
    pub fn aside(self) -> Self {
        Self(-self.0)
    }
}

/// A seat of one performance, or a place of a standing section, in one version of its hall: in another version the same place in the plan is another seat.
/// Written `performance-seat`, from the hall's second version on `performance.version-seat`; opaque to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeatId {
    /// The performance the seat is sold for.
    pub performance: PerformanceKey,
    /// The number of the hall's version in which it is played.
    pub version_no: u32,
    /// The seat's place in the hall's plan, from 1; or what [`standing_no`] gives.
    pub seat_no: u32,
}

impl SeatId {
    /// The standing section that it is a place of, unless it is a seat.
    pub fn standing_section(&self) -> Option<u32> {
        section_of(self.seat_no)
    }
}

impl fmt::Display for SeatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version_no {
            1 => write!(f, "{}-{}", self.performance.0, self.seat_no),
            version_no => write!(f, "{}.{version_no}-{}", self.performance.0, self.seat_no),
        }
    }
}

/// The text is not a seat id.
#[derive(Debug, thiserror::Error)]
#[error("not a seat id")]
pub struct NotASeatId;

impl FromStr for SeatId {
    type Err = NotASeatId;

    fn from_str(text: &str) -> Result<Self, NotASeatId> {
        let (of, seat_no) = text.split_once('-').ok_or(NotASeatId)?;
        let (performance, version_no) = of.split_once('.').unwrap_or((of, "1"));
        let id = Self {
            performance: PerformanceKey(performance.parse().map_err(|_| NotASeatId)?),
            version_no: version_no.parse().map_err(|_| NotASeatId)?,
            seat_no: seat_no.parse().map_err(|_| NotASeatId)?,
        };
        // One spelling per seat: "+1-01" parses as numbers but is nobody's id.
        if id.to_string() == text { Ok(id) } else { Err(NotASeatId) }
    }
}
