//! Looking seats up: what a choice of seats costs and whether it can be had. Nothing is changed here.

use crate::catalog::Performance;
use crate::ids::{Ordinal, SeatId};
use crate::money::Amount;
use crate::reservation::error::HoldError;
use crate::reservation::seat::{Offer, Seat};
use crate::reservation::sql;
use crate::store::Tx;

/// The row of a seat of the plan.
pub(super) fn seat(tx: &Tx, id: SeatId) -> Result<Seat, HoldError> {
    Ok(sql::seat(tx, id)?.unwrap_or_else(|| Seat::untouched(id.seat_no)))
}

/// A seat of the plan with its price.
pub(super) fn offer(performance: &Performance, seat_no: u32) -> Result<Offer, HoldError> {
    let seat = performance.plan.seat(seat_no).ok_or(HoldError::NoSuchSeat)?;
    let price = performance.prices.get(seat.grade()).copied().ok_or(HoldError::NoSuchGrade)?;
    Ok(Offer { seat_no, price })
}

/// These seats, all of them free. Whoever holds some already is told so.
pub(super) fn free_seats(
    tx: &Tx,
    performance: &Performance,
    seat_numbers: &[u32],
    asker: Ordinal,
) -> Result<Vec<Offer>, HoldError> {
    let mut offers = Vec::with_capacity(seat_numbers.len());
    let (mut seats, mut yours) = (Vec::new(), Vec::new());
    for &seat_no in seat_numbers {
        let id = SeatId { performance: performance.key, seat_no };
        let seat = seat(tx, id)?;
        if seat.is_free(tx.now()) {
            offers.push(offer(performance, seat_no)?);
            continue;
        }
        seats.push(id);
        if seat.is_held_by(asker, tx.now()) {
            yours.push(id);
        }
    }
    if seats.is_empty() { Ok(offers) } else { Err(HoldError::Taken { seats, yours }) }
}

/// What these cost together.
pub(super) fn total(offers: &[Offer]) -> Amount {
    Amount::sum(offers.iter().map(|offer| offer.price)).unwrap_or(crate::money::LARGEST)
}
