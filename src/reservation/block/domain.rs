//! Making and freeing blocks.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::catalog::Performance;
use crate::ids::{BlockKey, ConcertKey, PerformanceKey, section_of, standing_no};
use crate::reservation::block::record::{Block, Freed, MOST_BLOCKED, NewBlock, Places};
use crate::reservation::block::sql;
use crate::reservation::domain::require_current;
use crate::reservation::error::HoldError;
use crate::reservation::facts::tell_seats;
use crate::reservation::offers::seat;
use crate::reservation::seat::{SeatState, Stand};
use crate::reservation::standing::{self, StandingId};
use crate::store::{StoreError, Tx};
use crate::text;

/// Keeps free places of a performance from sale.
///
/// # Errors
/// [`HoldError::BadReason`]; [`HoldError::Outrun`]; [`HoldError::BadChoice`], [`HoldError::NoSuchSeat`], [`HoldError::NoSuchSection`];
/// [`HoldError::Taken`] names the seats that are not free, [`HoldError::NotEnough`] tells how many standing places are.
pub fn block(tx: &Tx, performance: &Performance, new: &NewBlock) -> Result<Block, HoldError> {
    let reason = text::name(&new.reason).map_err(HoldError::BadReason)?;
    require_current(tx, performance)?;
    let places = match &new.places {
        Places::Seats(seats) => Places::Seats(free_seats(tx, performance, seats, new.skip_taken)?),
        Places::Standing(stand) => {
            if stand.quantity == 0 {
                return Err(HoldError::BadChoice("quantity must be at least 1"));
            }
            standing::require_free(tx, performance, standing::section(performance, stand.section_no)?, stand.quantity)?;
            new.places.clone()
        }
    };
    // From here it must succeed.
    let (id, made_at) = (tx.new_id(), tx.wall());
    let mut block = Block { key: BlockKey(0), id, performance: performance.key, reason, places, made_at };
    block.key = sql::insert_block(tx, &block)?;
    match &block.places {
        Places::Seats(seats) => {
            for &seat_no in seats {
                sql::block_seat(tx, performance.key, seat_no, block.key)?;
            }
            tell_seats(tx, performance.concert, performance.key, seats, SeatState::Blocked, None);
        }
        Places::Standing(Stand { section_no, quantity }) => {
            standing::block(tx, performance, standing::section(performance, *section_no)?, *quantity)?;
        }
    }
    Ok(block)
}

/// Keeps places from sale that somebody gave back in this transaction: seats in one block, the places of each standing section in
/// one of theirs.
///
/// # Errors
/// Only the store's.
pub fn keep(
    tx: &Tx,
    concert: ConcertKey,
    performance: PerformanceKey,
    seat_numbers: &[u32],
    reason: &str,
) -> Result<Vec<Block>, StoreError> {
    let standing = standing::counted(seat_numbers);
    let seats: Vec<_> = seat_numbers.iter().copied().filter(|seat_no| section_of(*seat_no).is_none()).collect();
    let places = (!seats.is_empty()).then_some(Places::Seats(seats)).into_iter();
    let standing = standing.into_iter().map(|(section_no, quantity)| Places::Standing(Stand { section_no, quantity }));
    let mut made = Vec::new();
    for places in places.chain(standing) {
        let (id, made_at, reason) = (tx.new_id(), tx.wall(), reason.to_owned());
        let mut block = Block { key: BlockKey(0), id, performance, reason, places, made_at };
        block.key = sql::insert_block(tx, &block)?;
        match &block.places {
            Places::Seats(seats) => {
                for &seat_no in seats {
                    sql::block_seat(tx, performance, seat_no, block.key)?;
                }
                tell_seats(tx, concert, performance, seats, SeatState::Blocked, None);
            }
            Places::Standing(Stand { section_no, quantity }) => {
                standing::keep(tx, concert, StandingId { performance, section_no: *section_no }, *quantity)?;
            }
        }
        made.push(block);
    }
    Ok(made)
}

/// Those of the seats that are free, in order.
fn free_seats(tx: &Tx, performance: &Performance, seats: &[u32], skip_taken: bool) -> Result<Vec<u32>, HoldError> {
    if seats.is_empty() || seats.len() > MOST_BLOCKED {
        return Err(HoldError::BadChoice("name 1 to 1000 seats"));
    }
    let all: BTreeSet<u32> = seats.iter().copied().collect();
    if all.len() != seats.len() {
        return Err(HoldError::BadChoice("the same seat is named twice"));
    }
    let (mut free, mut taken) = (Vec::with_capacity(all.len()), Vec::new());
    for seat_no in all {
        performance.plan.seat(seat_no).ok_or(HoldError::NoSuchSeat)?;
        match seat(tx, performance.key, seat_no)?.is_free(tx.now()) {
            true => free.push(seat_no),
            false => taken.push(performance.seat_id(seat_no)),
        }
    }
    let is_fine = taken.is_empty() || skip_taken && !free.is_empty();
    if is_fine { Ok(free) } else { Err(HoldError::Taken { seats: taken, yours: Vec::new() }) }
}

/// Up to `limit` blocks of a performance, newest first.
///
/// # Errors
/// Only the store's.
pub fn blocks(
    tx: &Tx,
    performance: PerformanceKey,
    before: Option<BlockKey>,
    limit: u32,
) -> Result<Vec<Block>, StoreError> {
    sql::blocks(tx, performance, before.unwrap_or(BlockKey(i64::MAX)), limit)
}

/// Puts places of a block on sale again. Gives the block as it is then; one that keeps nothing any more is gone.
///
/// # Errors
/// [`HoldError::NoSuchBlock`]; [`HoldError::BadChoice`] for places that the block does not keep.
pub fn free(
    tx: &Tx,
    concert: ConcertKey,
    performance: PerformanceKey,
    id: Uuid,
    freed: &Freed,
) -> Result<Block, HoldError> {
    let mut block = sql::block(tx, performance, id)?.ok_or(HoldError::NoSuchBlock)?;
    let (freed, left) = part(&block.places, freed)?;
    // From here it must succeed.
    match &freed {
        Places::Seats(seats) => {
            for &seat_no in seats {
                sql::free_seat(tx, performance, seat_no, block.key)?;
            }
            tell_seats(tx, concert, performance, seats, SeatState::Available, None);
        }
        Places::Standing(Stand { section_no, quantity }) => {
            standing::unblock(tx, concert, StandingId { performance, section_no: *section_no }, *quantity)?;
        }
    }
    block.places = left;
    if block.places.is_none() {
        sql::delete_block(tx, block.key)?
    } else {
        sql::shrink_block(tx, &block)?
    }
    Ok(block)
}

/// The places of a performance's blocks have other numbers.
///
/// # Errors
/// Only the store's.
pub fn renumber(tx: &Tx, performance: PerformanceKey, new_no: impl Fn(u32) -> u32) -> Result<(), StoreError> {
    for mut block in sql::blocks(tx, performance, BlockKey(i64::MAX), u32::MAX)? {
        block.places = match block.places {
            Places::Seats(seats) => {
                let numbers: BTreeSet<_> = seats.into_iter().map(&new_no).collect();
                Places::Seats(numbers.into_iter().collect())
            }
            Places::Standing(stand) => {
                let section_no = section_of(new_no(standing_no(stand.section_no))).unwrap_or(stand.section_no);
                Places::Standing(Stand { section_no, ..stand })
            }
        };
        sql::renumber_block(tx, &block)?;
    }
    Ok(())
}

/// Checks that a block keeps all these places.
///
/// # Errors
/// [`HoldError::NoSuchBlock`]; [`HoldError::BadChoice`].
pub fn require_kept(tx: &Tx, performance: PerformanceKey, id: Uuid, seat_numbers: &[u32]) -> Result<(), HoldError> {
    let block = sql::block(tx, performance, id)?.ok_or(HoldError::NoSuchBlock)?;
    part(&block.places, &Freed::named(seat_numbers))?;
    match (&block.places, standing::counted(seat_numbers).keys().next()) {
        (Places::Standing(stand), Some(section_no)) if *section_no != stand.section_no => {
            Err(HoldError::BadChoice("the block keeps places of another section"))
        }
        _ => Ok(()),
    }
}

/// What of a block's places is freed, and what is left.
fn part(blocked: &Places, freed: &Freed) -> Result<(Places, Places), HoldError> {
    match (blocked, freed) {
        (Places::Seats(seats), Freed::All) => Ok((Places::Seats(seats.clone()), Places::Seats(Vec::new()))),
        (Places::Seats(seats), Freed::Seats(named)) => {
            let named: BTreeSet<u32> = named.iter().copied().collect();
            if named.is_empty() || !named.iter().all(|seat_no| seats.binary_search(seat_no).is_ok()) {
                return Err(HoldError::BadChoice("seat_ids must be seats of the block"));
            }
            let left = seats.iter().copied().filter(|seat_no| !named.contains(seat_no)).collect();
            Ok((Places::Seats(named.into_iter().collect()), Places::Seats(left)))
        }
        (Places::Standing(stand), Freed::All) => Ok(stand.split(stand.quantity)),
        (Places::Standing(stand), Freed::Standing(quantity)) if (1..=stand.quantity).contains(quantity) => {
            Ok(stand.split(*quantity))
        }
        (Places::Seats(_), Freed::Standing(_)) => Err(HoldError::BadChoice("the block keeps seats: name them")),
        (Places::Standing(_), Freed::Seats(_)) => Err(HoldError::BadChoice("the block keeps no seats: say a quantity")),
        (Places::Standing(_), Freed::Standing(_)) => {
            Err(HoldError::BadChoice("quantity must be 1 to as many as the block keeps"))
        }
    }
}
