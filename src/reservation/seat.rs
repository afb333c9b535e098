//! What a seat and a hold are, and what they say by themselves. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::column::column_words;
use crate::ids::{ConcertKey, Ordinal, PerformanceKey, Seq, TicketKey, TypeNo, UserKey, section_of, standing_no};
use crate::money::Amount;

/// What a seat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, serde::Serialize, serde::Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SeatState {
    /// Anyone may take it.
    Available,
    /// Kept for one buyer.
    Held,
    /// Somebody's.
    Sold,
    /// Kept from sale by the operator.
    Blocked,
}

column_words!(SeatState { Available = "available", Held = "held", Sold = "sold", Blocked = "blocked" });

impl SeatState {
    /// The letter for it where there is one for each seat: the first of its word.
    pub fn letter(self) -> char {
        match self {
            Self::Available => 'a',
            Self::Held => 'h',
            Self::Sold => 's',
            Self::Blocked => 'b',
        }
    }
}

/// A seat's row. One that nobody ever touched has none: it is available.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Its place in the plan.
    pub seat_no: u32,
    /// What it is; a held one past its end is as good as available.
    pub state: SeatState,
    /// Which entry of the concert's queue holds it.
    pub held_by: Option<Ordinal>,
    /// Until when.
    pub held_until: Option<Instant>,
    /// As which ticket type.
    pub type_no: Option<TypeNo>,
    /// The commit that made it so.
    pub changed_in: Seq,
}

impl Seat {
    /// A seat that nobody ever touched.
    pub fn untouched(seat_no: u32) -> Self {
        Self {
            seat_no,
            state: SeatState::Available,
            held_by: None,
            held_until: None,
            type_no: None,
            changed_in: Seq(0),
        }
    }

    /// Free to take at `now`.
    pub fn is_free(&self, now: Instant) -> bool {
        match self.state {
            SeatState::Available => true,
            SeatState::Held => self.held_until.is_some_and(|until| now >= until),
            SeatState::Sold | SeatState::Blocked => false,
        }
    }

    /// Kept for this entry at `now`.
    pub fn is_held_by(&self, ordinal: Ordinal, now: Instant) -> bool {
        self.held_by == Some(ordinal) && !self.is_free(now)
    }
}

/// Who has a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The entry and the hold that hold it.
    Hold(Ordinal, Uuid),
    /// The ticket that sells it.
    Ticket(TicketKey),
    /// A block.
    Block,
}

/// A seat that somebody ever touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TouchedSeat {
    /// Its place in the plan.
    pub seat_no: u32,
    /// Who has it now.
    pub owner: Option<Owner>,
    /// Whether a ticket for it was given back.
    pub was_sold: bool,
}

/// A seat that may be taken, and its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its place in the plan.
    pub seat_no: u32,
    /// As which ticket type.
    pub type_no: TypeNo,
    /// What it costs as that.
    pub price: Amount,
    /// Kept for the one who is offered it.
    pub is_held: bool,
}

/// A seat that is sold by a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sold {
    /// Its place in the plan.
    pub seat_no: u32,
    /// As which ticket type.
    pub type_no: TypeNo,
    /// The ticket.
    pub ticket: TicketKey,
    /// Kept for its buyer until now.
    pub was_held: bool,
}

/// What a seat has become.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct SeatChange {
    /// The seat.
    pub seat_no: u32,
    /// What it is now.
    pub state: SeatState,
    /// Until when, if held.
    pub held_until: Option<Instant>,
}

/// Places of a section in one hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StandingHold {
    /// The hold.
    pub hold: HoldKey,
    /// How many.
    pub quantity: u32,
    /// When they are free again.
    pub held_until: Instant,
}

/// What the counts of a section have become.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct StandingChange {
    /// The section's number in the plan.
    pub section_no: u32,
    /// How many are sold.
    pub sold: u32,
    /// How many are blocked.
    pub blocked: u32,
    /// The hold that began.
    pub began: Option<StandingHold>,
    /// The holds that are over.
    pub over: Vec<HoldKey>,
}

/// So many places of a standing section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The section's number in the plan.
    pub section_no: u32,
    /// How many.
    pub quantity: u32,
}

impl Stand {
    /// What stands for its places where seats are named.
    pub fn seat_numbers(&self) -> Vec<u32> {
        vec![standing_no(self.section_no); self.quantity as usize]
    }
}

/// For whom seats are held and sold: a buyer inside a concert's sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The concert.
    pub concert: ConcertKey,
    /// The entry of its queue.
    pub ordinal: Ordinal,
    /// The buyer.
    pub user: UserKey,
    /// From then on the holder takes no more seats.
    pub takes_until: Instant,
    /// For how long seats are kept for it, if not as long as for anybody.
    pub keeps_seconds: Option<u32>,
}

/// Whose bought places are counted, and for which concert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// The buyer.
    pub user: UserKey,
    /// The concert.
    pub concert: ConcertKey,
}

/// By what a hold is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct HoldKey {
    /// The concert.
    pub concert: ConcertKey,
    /// The entry.
    pub ordinal: Ordinal,
    /// The hold.
    pub id: Uuid,
}

/// Seats kept for one visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Public id.
    pub id: Uuid,
    /// The performance.
    pub performance: PerformanceKey,
    /// Its seats, or as many times what stands for a standing section.
    pub seat_numbers: Vec<u32>,
    /// Their ticket types, in the same order.
    pub type_nos: Vec<TypeNo>,
    /// What it costs paid alone: prices and fees.
    pub amount: Amount,
    /// When they are free again.
    pub held_until: Instant,
}

impl Hold {
    /// The standing places that it keeps, if it keeps no seats: all of one section.
    pub fn standing(&self) -> Option<Stand> {
        let section_no = section_of(*self.seat_numbers.first()?)?;
        Some(Stand { section_no, quantity: self.seat_numbers.len() as u32 })
    }
}
