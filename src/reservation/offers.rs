//! Looking seats up: what a choice of seats costs and whether it can be had. Nothing is changed here.

use crate::catalog::Performance;
use crate::ids::{Ordinal, SeatId, TypeNo};
use crate::reservation::error::HoldError;
use crate::reservation::seat::{Offer, Seat};
use crate::reservation::sql;
use crate::store::Tx;

/// The row of a seat of the plan.
pub(super) fn seat(tx: &Tx, id: SeatId) -> Result<Seat, HoldError> {
    Ok(sql::seat(tx, id)?.unwrap_or_else(|| Seat::untouched(id.seat_no)))
}

/// A seat of the plan with its price, as this ticket type or as the first that its grade has.
pub(super) fn offer(performance: &Performance, seat_no: u32, of: Option<TypeNo>) -> Result<Offer, HoldError> {
    let seat = performance.plan.seat(seat_no).ok_or(HoldError::NoSuchSeat)?;
    let (grade, prices) = (seat.grade(), &performance.prices);
    let Some(type_no) = of else {
        let (type_no, price) = prices.first(grade).ok_or(HoldError::NoSuchGrade)?;
        return Ok(Offer { seat_no, type_no, price, is_held: false });
    };
    let not_sold = || HoldError::TypeNotSold { grade: grade.to_owned(), of: prices.type_name(type_no).to_owned() };
    let price = prices.price(grade, type_no).ok_or_else(not_sold)?;
    Ok(Offer { seat_no, type_no, price, is_held: false })
}

/// The same seats as these ticket types, one for each; all as what they are when none is named.
pub(super) fn as_types(
    performance: &Performance,
    offers: Vec<Offer>,
    types: &[TypeNo],
) -> Result<Vec<Offer>, HoldError> {
    if types.is_empty() {
        return Ok(offers);
    }
    offers.iter().zip(types).map(|(seat, of)| offer(performance, seat.seat_no, Some(*of))).collect()
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
            offers.push(offer(performance, seat_no, None)?);
            continue;
        }
        seats.push(id);
        if seat.is_held_by(asker, tx.now()) {
            yours.push(id);
        }
    }
    if seats.is_empty() { Ok(offers) } else { Err(HoldError::Taken { seats, yours }) }
}
