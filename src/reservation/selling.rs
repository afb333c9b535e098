//! Selling seats and standing places, and putting them on sale again: a buyer's, at the counter, out of a block. What is checked
//! here is sold in the same transaction; the data file itself refuses a second owner.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::catalog::{NotOnSale, Performance};
use crate::ids::{ConcertKey, Ordinal, PerformanceKey, SeatId, TicketKey, TypeNo, UserKey, section_of};
use crate::reservation::block::{self, Freed};
use crate::reservation::domain::{
    check_seat_list, live_holds, require_current, require_on_sale, require_time_to_choose,
};
use crate::reservation::error::HoldError;
use crate::reservation::facts::tell_seats;
use crate::reservation::limits::Had;
use crate::reservation::lone::{Elsewhere, require_nobody_alone};
use crate::reservation::offers::{StandingOffers, as_types, free_places, offer, seat};
use crate::reservation::seat::{Buyer, Holder, Offer, SeatState, Sold};
use crate::reservation::sql;
use crate::reservation::standing::{self, StandingId};
use crate::store::{StoreError, Tx};

/// Checks that a holder may buy these seats of one performance: each held by it, or free with time left to choose. `had` is
/// what the buyer has bought, and takes them in.
///
/// # Errors
/// The variants of [`HoldError`] up to [`HoldError::Outrun`].
pub fn require_buyable(
    tx: &Tx,
    holder: &Holder,
    performance: &Performance,
    ids: &[SeatId],
    had: &mut Had,
    elsewhere: &Elsewhere,
) -> Result<Vec<Offer>, HoldError> {
    let now = tx.now();
    require_on_sale(tx, holder, performance)?;
    check_seat_list(performance, ids)?;
    let mut offers = Vec::with_capacity(ids.len());
    let (mut taken, mut free) = (Vec::new(), Vec::new());
    let mut standing = match ids.iter().any(|id| id.standing_section().is_some()) {
        true => StandingOffers::of(tx, performance, live_holds(tx, holder.concert, holder.ordinal)?, ids)?,
        false => StandingOffers::default(),
    };
    for &id in ids {
        if let Some(offered) = standing.next(performance, id)? {
            if !offered.is_held {
                require_time_to_choose(holder, now)?;
            }
            offers.push(offered);
            continue;
        }
        let seat = seat(tx, performance.key, id.seat_no)?;
        match seat.is_held_by(holder.ordinal, now) {
            true => offers.push(Offer { is_held: true, ..offer(performance, id.seat_no, seat.type_no)? }),
            false if seat.is_free(now) => {
                require_time_to_choose(holder, now)?;
                free.push(id.seat_no);
                offers.push(offer(performance, id.seat_no, None)?);
            }
            false => taken.push(id),
        }
    }
    if !taken.is_empty() {
        return Err(HoldError::Taken { seats: taken, yours: Vec::new() });
    }
    had.add(tx, performance, &offers.iter().map(|offer| offer.type_no).collect::<Vec<_>>())?;
    require_nobody_alone(tx, performance, &free, elsewhere)?;
    Ok(offers)
}

/// Checks that the counter may sell these places of one performance as these ticket types, one for each or none named: each is
/// free, or kept by this block, and the performance takes place.
///
/// # Errors
/// [`HoldError::NotOnSale`] for what is cancelled; [`HoldError::Outrun`]; [`HoldError::BadChoice`], [`HoldError::NoSuchSeat`]; [`HoldError::NoSuchBlock`];
/// [`HoldError::Taken`], [`HoldError::NotEnough`]; [`HoldError::TypeNotSold`].
pub fn require_sellable(
    tx: &Tx,
    performance: &Performance,
    ids: &[SeatId],
    block: Option<Uuid>,
    types: &[TypeNo],
) -> Result<Vec<Offer>, HoldError> {
    if let Some(why @ (NotOnSale::Cancelled | NotOnSale::PerformanceCancelled)) = performance.not_on_sale(tx.wall()) {
        return Err(HoldError::NotOnSale(why));
    }
    require_current(tx, performance)?;
    check_seat_list(performance, ids)?;
    let seat_numbers: Vec<_> = ids.iter().map(|id| id.seat_no).collect();
    let offers = match block {
        Some(block) => {
            block::require_kept(tx, performance.key, block, &seat_numbers)?;
            seat_numbers.iter().map(|&seat_no| offer(performance, seat_no, None)).collect::<Result<_, _>>()?
        }
        None => free_places(tx, performance, &seat_numbers, Ordinal(0))?,
    };
    as_types(performance, offers, types)
}

/// Frees places of a block that [`require_sellable`] found in it in this transaction.
///
/// # Errors
/// As [`require_sellable`] for the block.
pub fn take_from_block(tx: &Tx, performance: &Performance, id: Uuid, seats: &[SeatId]) -> Result<(), HoldError> {
    let seat_numbers: Vec<_> = seats.iter().map(|seat| seat.seat_no).collect();
    block::free(tx, performance.concert, performance.key, id, &Freed::named(&seat_numbers))?;
    Ok(())
}

/// Makes seats that [`require_buyable`] gave in this transaction the buyer's.
///
/// # Errors
/// Only the store's.
pub fn sell(tx: &Tx, holder: &Holder, performance: &Performance, sold: &[Sold]) -> Result<(), StoreError> {
    let mut by_type: BTreeMap<TypeNo, u32> = BTreeMap::new();
    let mut seats = Vec::with_capacity(sold.len());
    for &Sold { seat_no, type_no, ticket, was_held } in sold {
        *by_type.entry(type_no).or_default() += 1;
        if section_of(seat_no).is_some() {
            continue;
        }
        match was_held {
            true => sql::sell_held_seat(tx, performance.key, seat_no, holder.ordinal, ticket)?,
            false => sql::sell_free_seat(tx, performance.key, seat_no, ticket)?,
        }
        seats.push(seat_no);
    }
    if seats.len() < sold.len() {
        standing::sell(tx, performance, sold)?;
    }
    for (type_no, seats) in by_type {
        sql::add_seats_bought(tx, holder, performance.key, type_no, seats)?;
    }
    tell_seats(tx, holder.concert, performance.key, &seats, SeatState::Sold, None);
    Ok(())
}

/// Puts sold seats on sale again: their tickets are cancelled.
///
/// # Errors
/// Only the store's.
pub fn give_back(tx: &Tx, buyer: Buyer, performance: PerformanceKey, sold: &[Sold]) -> Result<(), StoreError> {
    let mut seats = Vec::with_capacity(sold.len());
    for &Sold { seat_no, type_no, ticket, .. } in sold {
        sql::take_seat_bought(tx, buyer, performance, type_no)?;
        match section_of(seat_no) {
            Some(section_no) => standing::give_back(tx, buyer.concert, StandingId { performance, section_no })?,
            None => {
                sql::give_back_seat(tx, performance, seat_no, ticket)?;
                seats.push(seat_no);
            }
        }
    }
    tell_seats(tx, buyer.concert, performance, &seats, SeatState::Available, None);
    Ok(())
}

/// How many seats and standing places of a performance are sold.
///
/// # Errors
/// Only the store's.
pub fn count_sold(tx: &Tx, performance: PerformanceKey) -> Result<u32, StoreError> {
    Ok(sql::count_sold(tx, performance)? + standing::count_sold(tx, performance)?)
}

/// What was counted of a performance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// How many seats and standing places are sold.
    pub sold: u32,
    /// How many rows were looked at for it.
    pub looked_at: u32,
}

/// The same as [`count_sold`], unless more than so many seats of the performance were ever touched.
///
/// # Errors
/// Only the store's.
pub fn count_sold_within(tx: &Tx, performance: PerformanceKey, most: u32) -> Result<Option<Counted>, StoreError> {
    let (looked_at, seats) = sql::count_sold_within(tx, performance, most.saturating_add(1))?;
    if looked_at > most {
        return Ok(None);
    }
    Ok(Some(Counted { sold: seats + standing::count_sold(tx, performance)?, looked_at }))
}

/// Up to `limit` sold seats of a performance after the seat `after`, in order, each with its ticket.
///
/// # Errors
/// Only the store's.
pub fn sold_seats(
    tx: &Tx,
    performance: PerformanceKey,
    after: u32,
    limit: u32,
) -> Result<Vec<(u32, TicketKey)>, StoreError> {
    sql::sold_seats(tx, performance, after, limit)
}

/// What one account has bought of a concert counts for another, with which it is made one.
///
/// # Errors
/// Only the store's.
pub fn follow(tx: &Tx, concert: ConcertKey, from: UserKey, into: UserKey) -> Result<(), StoreError> {
    sql::follow(tx, concert, from, into)
}
