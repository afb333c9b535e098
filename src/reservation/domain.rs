//! Holding, releasing and selling seats. A seat row is taken by a conditional upsert, so the data file itself refuses a
//! second owner; what an operation checks before is for a clear answer. Knows no queue and no money: `visit` and
//! `payment` above bind seats to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::prices::Bill;
use crate::catalog::{self, NotOnSale, Performance, PerformanceNow};
use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal, PerformanceKey, SeatId, TypeNo, standing_no};
use crate::reservation::best::search::Rule;
use crate::reservation::best::{self, Best, Hint};
use crate::reservation::error::HoldError;
use crate::reservation::facts::{SeatFact, tell_seats};
use crate::reservation::limits::Had;
use crate::reservation::lone::{Elsewhere, require_nobody_alone};
use crate::reservation::offers::{as_types, free_places, offer};
use crate::reservation::seat::{Hold, HoldKey, Holder, Seat, SeatState, Stand, StandingHold};
use crate::reservation::sql;
use crate::reservation::standing::{self, StandingId};
use crate::store::{StoreError, Tx};

/// Which seats a buyer wants.
#[derive(Clone, Debug)]
pub enum Choice {
    /// These, with what memory knew of others.
    Seats(Vec<SeatId>, Elsewhere),
    /// The best ones, with what memory knew of them.
    Best(Best, Hint),
    /// So many places of a standing section.
    Standing(Stand),
}

/// A hold that was placed, and when the last of its holder's holds ends.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The hold.
    pub hold: Hold,
    /// The latest end of all holds of the holder.
    pub last_until: Instant,
    /// The rules that the best seats could not keep; none for seats that were named.
    pub relaxed: Option<Vec<Rule>>,
}

/// Holds the chosen seats, all or none, as these ticket types: one for each seat, or none named.
///
/// # Errors
/// The variants of [`HoldError`] up to [`HoldError::Outrun`]; then nothing is held.
pub fn hold_seats(
    tx: &Tx,
    holder: &Holder,
    performance: &Arc<Performance>,
    choice: &Choice,
    types: &[TypeNo],
) -> Result<Placed, HoldError> {
    let now = tx.now();
    require_time_to_choose(holder, now)?;
    require_on_sale(tx, holder, performance)?;
    let wanted = match choice {
        Choice::Seats(seats, _) => check_seat_list(performance, seats)?,
        Choice::Best(wish, _) => best::check(&performance.room, wish)?,
        Choice::Standing(stand) => standing::check(performance, stand)?,
    };
    if !types.is_empty() && types.len() != wanted as usize {
        return Err(HoldError::BadChoice("types must name one ticket type for each seat"));
    }
    let wanted = wanted_types(performance, choice, types)?;
    let holds = live_holds(tx, holder.concert, holder.ordinal)?;
    let mut had = Had::of(tx, holder, &holds)?;
    if let Some(wanted) = &wanted {
        had.add(tx, performance, wanted)?;
    }
    let (seat_numbers, relaxed) = match choice {
        Choice::Seats(seats, _) => (seats.iter().map(|id| id.seat_no).collect(), None),
        Choice::Best(wish, hint) => {
            let (seat_numbers, relaxed) = best::seats(tx, performance, wish, hint)?;
            (seat_numbers, Some(relaxed))
        }
        Choice::Standing(stand) => (stand.seat_numbers(), None),
    };
    let offers = as_types(performance, free_places(tx, performance, &seat_numbers, holder.ordinal)?, types)?;
    let type_nos: Vec<_> = offers.iter().map(|offer| offer.type_no).collect();
    if wanted.is_none() {
        had.add(tx, performance, &type_nos)?;
    }
    if let Choice::Seats(_, elsewhere) = choice {
        require_nobody_alone(tx, performance, &seat_numbers, elsewhere)?;
    }
    // From here it must succeed.
    let hold = Hold {
        id: tx.new_id(),
        performance: performance.key,
        seat_numbers: offers.iter().map(|offer| offer.seat_no).collect(),
        amount: Bill::new(offers.iter().map(|offer| offer.price), performance.fees).amount,
        type_nos,
        held_until: now.plus_seconds(holder.keeps_seconds.unwrap_or(tx.terms().hold_seconds)),
    };
    let concert = holder.concert;
    let key = HoldKey { concert, ordinal: holder.ordinal, id: hold.id };
    match hold.standing() {
        Some(stand) => {
            let held = StandingHold { hold: key, quantity: stand.quantity, held_until: hold.held_until };
            standing::hold(tx, performance, stand.section_no, held)?;
        }
        None => {
            for offer in &offers {
                sql::hold_seat(tx, &hold, holder.ordinal, offer.seat_no, offer.type_no)?;
            }
            tell_seats(tx, concert, hold.performance, &hold.seat_numbers, SeatState::Held, Some(hold.held_until));
        }
    }
    sql::insert_hold(tx, holder, &hold)?;
    tx.tell(SeatFact::HoldPlaced { hold: key, held_until: hold.held_until });
    let last_until = holds.iter().map(|hold| hold.held_until).fold(hold.held_until, Instant::max);
    Ok(Placed { hold, last_until, relaxed })
}

/// As what the chosen seats would be sold, before any is looked at; none where that depends on which are found.
fn wanted_types(
    performance: &Performance,
    choice: &Choice,
    types: &[TypeNo],
) -> Result<Option<Vec<TypeNo>>, HoldError> {
    match choice {
        _ if !types.is_empty() => Ok(Some(types.to_vec())),
        Choice::Seats(seats, _) => {
            let type_no = |id: &SeatId| Ok(offer(performance, id.seat_no, None)?.type_no);
            seats.iter().map(type_no).collect::<Result<_, _>>().map(Some)
        }
        Choice::Best(wish, _) => {
            let first = wish.grade.as_deref().and_then(|grade| performance.prices.first(grade));
            Ok(first.map(|(first, _)| vec![first; wish.quantity as usize]))
        }
        Choice::Standing(stand) => {
            let first = offer(performance, standing_no(stand.section_no), None)?.type_no;
            Ok(Some(vec![first; stand.quantity as usize]))
        }
    }
}

pub(super) fn require_time_to_choose(holder: &Holder, now: Instant) -> Result<(), HoldError> {
    if now < holder.takes_until { Ok(()) } else { Err(HoldError::AdmissionOver) }
}

/// Checks that a performance belongs to the holder's concert, is on sale, and is what memory believes.
///
/// # Errors
/// [`HoldError::NoSuchPerformance`], [`HoldError::NotOnSale`], [`HoldError::Outrun`].
pub(super) fn require_on_sale(tx: &Tx, holder: &Holder, performance: &Performance) -> Result<(), HoldError> {
    if performance.concert != holder.concert {
        return Err(HoldError::NoSuchPerformance);
    }
    if let Some(why) = performance.not_on_sale(tx.wall()) {
        return Err(HoldError::NotOnSale(why));
    }
    require_current(tx, performance)
}

/// Checks that a performance has not changed since memory was asked, perhaps in this very group: it may have been cancelled, or
/// its seats be others in another version of its hall.
///
/// # Errors
/// [`HoldError::NoSuchPerformance`] when it was taken back, [`HoldError::NotOnSale`] when it is cancelled, else
/// [`HoldError::Outrun`].
pub fn require_current(tx: &Tx, performance: &Performance) -> Result<(), HoldError> {
    match catalog::domain::performance_now(tx, performance.key)?.ok_or(HoldError::NoSuchPerformance)? {
        PerformanceNow { is_cancelled: true, .. } if !performance.sale.is_performance_cancelled => {
            Err(HoldError::NotOnSale(NotOnSale::PerformanceCancelled))
        }
        PerformanceNow { changed_in, .. } if changed_in != performance.changed_in => Err(HoldError::Outrun),
        PerformanceNow { .. } => Ok(()),
    }
}

pub(super) fn check_seat_list(performance: &Performance, seats: &[SeatId]) -> Result<u32, HoldError> {
    if seats.is_empty() {
        return Err(HoldError::BadChoice("name at least one seat"));
    }
    require_named_once(seats)?;
    if !seats.iter().all(|id| performance.has(*id)) {
        return Err(HoldError::NoSuchSeat);
    }
    Ok(seats.len() as u32)
}

/// Checks that no seat is named twice; a place of a standing section is named as often as it is wanted.
///
/// # Errors
/// [`HoldError::BadChoice`].
pub fn require_named_once(seats: &[SeatId]) -> Result<(), HoldError> {
    let mut named = BTreeSet::new();
    let is_once = seats.iter().filter(|id| id.standing_section().is_none()).all(|id| named.insert(*id));
    if is_once { Ok(()) } else { Err(HoldError::BadChoice("the same seat is named twice")) }
}

/// The holds of an entry that live now, oldest first.
///
/// # Errors
/// Only the store's.
pub fn live_holds(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<Vec<Hold>, StoreError> {
    let holds = sql::holds(tx, concert, ordinal)?;
    Ok(holds.into_iter().filter(|hold| tx.now() < hold.held_until).collect())
}

/// Whether an entry keeps anything, be it a hold whose time is over and that nobody has written off yet.
///
/// # Errors
/// Only the store's.
pub fn has_holds(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<bool, StoreError> {
    Ok(!sql::holds(tx, concert, ordinal)?.is_empty())
}

/// Gives a hold's seats back. Gives when the last of the holder's other holds ends, if there is one.
///
/// # Errors
/// [`HoldError::NoSuchHold`] unless it is a living hold of this holder.
pub fn release_hold(tx: &Tx, holder: &Holder, id: Uuid) -> Result<Option<Instant>, HoldError> {
    let holds = live_holds(tx, holder.concert, holder.ordinal)?;
    let hold = holds.iter().find(|hold| hold.id == id).ok_or(HoldError::NoSuchHold)?;
    // From here it must succeed.
    free_hold(tx, holder.concert, holder.ordinal, hold, &mut Vec::new())?;
    Ok(holds.iter().filter(|hold| hold.id != id).map(|hold| hold.held_until).max())
}

/// Gives back all holds of an entry that ended, but for the seats that this transaction has sold.
///
/// # Errors
/// Only the store's.
pub fn release_all(tx: &Tx, concert: ConcertKey, ordinal: Ordinal, sold: &[SeatId]) -> Result<(), StoreError> {
    let mut sold = sold.to_vec();
    for hold in sql::holds(tx, concert, ordinal)? {
        free_hold(tx, concert, ordinal, &hold, &mut sold)?;
    }
    Ok(())
}

/// Puts the seats of holds whose time is over on sale again. They were free before; this makes the map say so.
///
/// # Errors
/// Only the store's.
pub fn expire_holds(tx: &Tx, due: &[HoldKey]) -> Result<(), StoreError> {
    for due in due {
        let holds = sql::holds(tx, due.concert, due.ordinal)?;
        for hold in holds.iter().filter(|hold| hold.id == due.id && tx.now() >= hold.held_until) {
            free_hold(tx, due.concert, due.ordinal, hold, &mut Vec::new())?;
        }
    }
    Ok(())
}

/// Frees those seats that still belong to the hold: an expired one may have lost some to another buyer. Those in `sold`
/// are known not to, and leave that list.
fn free_hold(
    tx: &Tx,
    concert: ConcertKey,
    ordinal: Ordinal,
    hold: &Hold,
    sold: &mut Vec<SeatId>,
) -> Result<(), StoreError> {
    let key = HoldKey { concert, ordinal, id: hold.id };
    let mut left = hold.seat_numbers.clone();
    // Places that look alike were sold out of living holds first; an ended one has none of them.
    if hold.standing().is_none() || tx.now() < hold.held_until {
        left.retain(|&seat_no| {
            let at = sold.iter().position(|of| (of.performance, of.seat_no) == (hold.performance, seat_no));
            at.map(|at| sold.swap_remove(at)).is_none()
        });
    }
    match hold.standing() {
        Some(Stand { section_no, .. }) => {
            let id = StandingId { performance: hold.performance, section_no };
            standing::end_hold(tx, id, key, left.len() as u32)?;
        }
        None => {
            let mut freed = Vec::with_capacity(left.len());
            for seat_no in left {
                if sql::free_seat(tx, hold.performance, seat_no, hold.id)? > 0 {
                    freed.push(seat_no);
                }
            }
            tell_seats(tx, concert, hold.performance, &freed, SeatState::Available, None);
        }
    }
    sql::delete_hold(tx, &key)?;
    tx.tell(SeatFact::HoldEnded { hold: key, held_until: hold.held_until });
    Ok(())
}

/// Whether somebody has or had a ticket for a performance, or holds seats of it.
///
/// # Errors
/// Only the store's.
pub fn is_in_use(tx: &Tx, performance: PerformanceKey) -> Result<bool, StoreError> {
    let seats = sql::touched_seats(tx, performance)?;
    let is_anybodys = seats.iter().any(|seat| matches!(seat.state, SeatState::Held | SeatState::Sold));
    Ok(is_anybodys || sql::any_was_sold(tx, performance)? || standing::is_in_use(tx, performance)?)
}

/// Forgets the seats, standing places and blocks of a performance that is taken back: it is not [`is_in_use`].
///
/// # Errors
/// Only the store's.
pub fn forget(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    sql::delete_seats(tx, performance)?;
    sql::delete_blocks(tx, performance)?;
    standing::forget(tx, performance)
}

/// The seats of a performance that somebody ever touched, in order.
///
/// # Errors
/// Only the store's.
pub fn touched_seats(tx: &Tx, performance: PerformanceKey) -> Result<Vec<Seat>, StoreError> {
    sql::touched_seats(tx, performance)
}

/// All holds there are with their ends, for the start-up.
///
/// # Errors
/// Only the store's.
pub fn all_holds(tx: &Tx) -> Result<Vec<(HoldKey, Instant)>, StoreError> {
    sql::all_holds(tx)
}
