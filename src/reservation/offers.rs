//! Looking places up: what a choice of them costs and whether it can be had. Nothing is changed here.

use std::collections::{BTreeMap, VecDeque};

use crate::catalog::Performance;
use crate::ids::{Ordinal, PerformanceKey, SeatId, TypeNo, section_of};
use crate::reservation::error::HoldError;
use crate::reservation::seat::{Hold, Offer, Seat};
use crate::reservation::sql;
use crate::reservation::standing;
use crate::store::Tx;

/// The row of a seat of the plan.
pub(super) fn seat(tx: &Tx, performance: PerformanceKey, seat_no: u32) -> Result<Seat, HoldError> {
    Ok(sql::seat(tx, performance, seat_no)?.unwrap_or_else(|| Seat::untouched(seat_no)))
}

/// A place of the plan with its price, as this ticket type or as the first that its grade has.
pub(super) fn offer(performance: &Performance, seat_no: u32, of: Option<TypeNo>) -> Result<Offer, HoldError> {
    let grade = performance.plan.grade_of(seat_no).ok_or(HoldError::NoSuchSeat)?;
    let prices = &performance.prices;
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

/// These seats and standing places, all of them free. Whoever holds some of the seats already is told so.
pub(super) fn free_places(
    tx: &Tx,
    performance: &Performance,
    seat_numbers: &[u32],
    asker: Ordinal,
) -> Result<Vec<Offer>, HoldError> {
    let mut offers = Vec::with_capacity(seat_numbers.len());
    let (mut seats, mut yours) = (Vec::new(), Vec::new());
    for (section_no, wanted) in standing::counted(seat_numbers) {
        standing::require_free(tx, performance, standing::section(performance, section_no)?, wanted)?;
    }
    for &seat_no in seat_numbers {
        if section_of(seat_no).is_some() {
            offers.push(offer(performance, seat_no, None)?);
            continue;
        }
        let (id, seat) = (performance.seat_id(seat_no), seat(tx, performance.key, seat_no)?);
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

/// The standing places that a buyer holds of one performance, by section: each as the ticket type that was chosen for it.
#[derive(Debug, Default)]
pub(super) struct StandingOffers(BTreeMap<u32, VecDeque<TypeNo>>);

impl StandingOffers {
    /// Of a buyer with these holds, for these places: those that are not held are free.
    pub(super) fn of(tx: &Tx, performance: &Performance, holds: Vec<Hold>, ids: &[SeatId]) -> Result<Self, HoldError> {
        let mut held: BTreeMap<u32, VecDeque<TypeNo>> = BTreeMap::new();
        for hold in holds.into_iter().filter(|hold| hold.performance == performance.key) {
            if let Some(stand) = hold.standing() {
                held.entry(stand.section_no).or_default().extend(hold.type_nos);
            }
        }
        let seat_numbers: Vec<_> = ids.iter().map(|id| id.seat_no).collect();
        for (section_no, wanted) in standing::counted(&seat_numbers) {
            let more = wanted.saturating_sub(held.get(&section_no).map_or(0, VecDeque::len) as u32);
            if more > 0 {
                standing::require_free(tx, performance, standing::section(performance, section_no)?, more)?;
            }
        }
        Ok(Self(held))
    }

    /// The next place of this section, one that is held while there is one; none for a seat.
    pub(super) fn next(&mut self, performance: &Performance, id: SeatId) -> Result<Option<Offer>, HoldError> {
        let Some(section_no) = id.standing_section() else { return Ok(None) };
        let held = self.0.get_mut(&section_no).and_then(VecDeque::pop_front);
        Ok(Some(Offer { is_held: held.is_some(), ..offer(performance, id.seat_no, held)? }))
    }
}
