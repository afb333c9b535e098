//! What a waitlist looks like on the wire.

use std::sync::Arc;

use poem_openapi::Object;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::catalog::Performance;
use crate::catalog::prices::Bill;
use crate::catalog::views::OccasionView;
use crate::clock::Instant;
use crate::http::{Code, Problem};
use crate::ids::TypeNo;
use crate::money::Amount;
use crate::reservation::Hold;
use crate::reservation::views::SeatView;
use crate::waitlist::error::WaitlistError;
use crate::waitlist::record::{Entry, Mode, Status, Waitlist};

/// Seats that came back and are kept for you
#[derive(Object, Serialize)]
pub struct OfferView {
    /// The performance
    pub performance_id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    pub occasion: OccasionView,
    /// The seats
    pub seats: Vec<SeatView>,
    /// What they cost together with all fees: the `amount` to pay
    pub amount: Amount,
    /// How much of it is fees
    pub fees: Amount,
    /// Until when they are kept; then they go to the next
    pub held_until: Instant,
}

impl OfferView {
    /// The offer that this hold is.
    pub fn new(performance: &Performance, hold: &Hold) -> Self {
        let seat = |(&seat_no, &of): (&u32, &TypeNo)| {
            let (id, grade) = (performance.seat_id(seat_no), performance.plan.grade_of(seat_no)?);
            SeatView::new(performance, id, of, performance.prices.price(grade, of)?)
        };
        let seats: Vec<_> = hold.seat_numbers.iter().zip(&hold.type_nos).filter_map(seat).collect();
        Self {
            performance_id: performance.id,
            occasion: OccasionView::of(performance),
            fees: Bill::new(seats.iter().map(|seat| seat.price), performance.fees).fees(),
            seats,
            amount: hold.amount,
            held_until: hold.held_until,
        }
    }
}

/// Your place on a waitlist
#[derive(Object, Serialize)]
pub struct WaitlistPlaceView {
    /// The place
    pub id: Uuid,
    /// The concert
    pub concert_id: Uuid,
    /// `waiting`, or `offered` while seats are kept for you
    pub status: Status,
    /// How many come before you, while you wait
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ahead: Option<u32>,
    /// The performances of which you want seats, if not any of the concert
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performance_ids: Option<Vec<Uuid>>,
    /// The price level, if not any
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// How many seats you want
    pub quantity: u32,
    /// When you joined
    pub joined_at: Instant,
    /// What is offered to you
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferView>,
}

impl WaitlistPlaceView {
    /// Of an entry, with what is ahead of it and its hold.
    pub fn new(
        concert_id: Uuid,
        performances: &[Arc<Performance>],
        entry: &Entry,
        ahead: Option<u32>,
        hold: Option<&Hold>,
    ) -> Self {
        let id_of = |key| performances.iter().find(|of| of.key == key).map(|of| of.id);
        let wanted: Vec<_> = entry.wish.performances.iter().filter_map(|key| id_of(*key)).collect();
        let offer = hold.and_then(|hold| {
            let performance = performances.iter().find(|of| of.key == hold.performance)?;
            Some(OfferView::new(performance, hold))
        });
        Self {
            id: entry.id,
            concert_id,
            status: entry.status,
            ahead,
            performance_ids: Some(wanted).filter(|wanted| !wanted.is_empty()),
            grade: entry.wish.grade.clone(),
            quantity: entry.wish.quantity,
            joined_at: entry.joined_at,
            offer,
        }
    }
}

/// A concert's waitlist
#[derive(Object, Serialize)]
pub struct WaitlistView {
    /// The concert
    pub concert_id: Uuid,
    /// To whom seats that come back are offered
    pub mode: Mode,
    /// How long an offer lasts
    pub offer_seconds: u32,
    /// How many wait
    pub waiting: u32,
    /// How many have an offer
    pub offered: u32,
}

impl WaitlistView {
    /// Of a waitlist on which so many wait and have offers.
    pub fn new(concert_id: Uuid, list: &Waitlist, (waiting, offered): (u32, u32)) -> Self {
        Self { concert_id, mode: list.mode, offer_seconds: list.offer_seconds, waiting, offered }
    }
}

impl From<WaitlistError> for Problem {
    fn from(error: WaitlistError) -> Self {
        match error {
            WaitlistError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            WaitlistError::NotSoldOut(performance) => {
                Self::of(Code::NotSoldOut).with("performance_id", json!(performance))
            }
            WaitlistError::Closed => Self::of(Code::WaitlistClosed),
            WaitlistError::AlreadyOn => Self::of(Code::OnWaitlist),
            WaitlistError::NotOn => Self::of(Code::NotOnWaitlist),
            WaitlistError::NoOffer => Self::of(Code::NoOffer),
            WaitlistError::Full => Self::of(Code::WaitlistFull),
            WaitlistError::First => Self::of(Code::WaitlistFirst),
            WaitlistError::Hold(error) => error.into(),
            WaitlistError::Queue(error) => error.into(),
            WaitlistError::Store(error) => error.into(),
        }
    }
}
