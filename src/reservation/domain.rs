//! Holding, releasing and selling seats. A seat row is taken by a conditional upsert, so the data file itself refuses a
//! second owner; what an operation checks before is for a clear answer. Knows no queue and no money: `visit` and
//! `payment` above bind seats to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::prices::Bill;
use crate::catalog::{NotOnSale, Performance, SeatKind};
use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal, PerformanceKey, SeatId, TicketKey, TypeNo};
use crate::reservation::best::search::Rule;
use crate::reservation::best::{self, Best, Hint};
use crate::reservation::error::HoldError;
use crate::reservation::facts::SeatFact;
use crate::reservation::limits::Had;
use crate::reservation::lone::{Elsewhere, require_nobody_alone};
use crate::reservation::offers::{as_types, free_seats, offer, seat};
use crate::reservation::seat::{Buyer, Hold, HoldKey, Holder, Offer, Seat, SeatChange, SeatState, Sold};
use crate::reservation::sql;
use crate::reservation::standing;
use crate::store::{StoreError, Tx};

/// Which seats a buyer wants.
#[derive(Clone, Debug)]
pub enum Choice {
    /// These, with what memory knew of others.
    Seats(Vec<SeatId>, Elsewhere),
    /// The best ones, with what memory knew of them.
    Best(Best, Hint),
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
    require_on_sale(holder, performance, tx.wall())?;
    let wanted = match choice {
        Choice::Seats(seats, _) => check_seat_list(performance, seats)?,
        Choice::Best(wish, _) => best::check(&performance.room, wish)?,
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
    };
    let offers = as_types(performance, free_seats(tx, performance, &seat_numbers, holder.ordinal)?, types)?;
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
    for offer in &offers {
        sql::hold_seat(tx, &hold, holder.ordinal, offer.seat_no, offer.type_no)?;
    }
    sql::insert_hold(tx, holder, &hold)?;
    let concert = holder.concert;
    tell_seats(tx, concert, hold.performance, &hold.seat_numbers, SeatState::Held, Some(hold.held_until));
    let key = HoldKey { concert, ordinal: holder.ordinal, id: hold.id };
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
    }
}

fn require_time_to_choose(holder: &Holder, now: Instant) -> Result<(), HoldError> {
    if now < holder.takes_until { Ok(()) } else { Err(HoldError::AdmissionOver) }
}

/// Checks that a performance belongs to the holder's concert and is on sale.
///
/// # Errors
/// [`HoldError::NoSuchPerformance`], [`HoldError::NotOnSale`].
pub fn require_on_sale(holder: &Holder, performance: &Performance, wall: Instant) -> Result<(), HoldError> {
    if performance.concert != holder.concert {
        return Err(HoldError::NoSuchPerformance);
    }
    match performance.not_on_sale(wall) {
        Some(why) => Err(HoldError::NotOnSale(why)),
        None => Ok(()),
    }
}

fn check_seat_list(performance: &Performance, seats: &[SeatId]) -> Result<u32, HoldError> {
    if seats.is_empty() {
        return Err(HoldError::BadChoice("name at least one seat"));
    }
    if seats.iter().collect::<BTreeSet<_>>().len() != seats.len() {
        return Err(HoldError::BadChoice("the same seat is named twice"));
    }
    if seats.iter().any(|id| id.performance != performance.key || performance.plan.seat(id.seat_no).is_none()) {
        return Err(HoldError::NoSuchSeat);
    }
    Ok(seats.len() as u32)
}

/// The holds of an entry that live now, oldest first.
///
/// # Errors
/// Only the store's.
pub fn live_holds(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<Vec<Hold>, StoreError> {
    let holds = sql::holds(tx, concert, ordinal)?;
    Ok(holds.into_iter().filter(|hold| tx.now() < hold.held_until).collect())
}

/// Gives a hold's seats back. Gives when the last of the holder's other holds ends, if there is one.
///
/// # Errors
/// [`HoldError::NoSuchHold`] unless it is a living hold of this holder.
pub fn release_hold(tx: &Tx, holder: &Holder, id: Uuid) -> Result<Option<Instant>, HoldError> {
    let holds = live_holds(tx, holder.concert, holder.ordinal)?;
    let hold = holds.iter().find(|hold| hold.id == id).ok_or(HoldError::NoSuchHold)?;
    // From here it must succeed.
    free_hold(tx, holder.concert, holder.ordinal, hold, &[])?;
    Ok(holds.iter().filter(|hold| hold.id != id).map(|hold| hold.held_until).max())
}

/// Gives back all holds of an entry that ended, but for the seats that this transaction has sold.
///
/// # Errors
/// Only the store's.
pub fn release_all(tx: &Tx, concert: ConcertKey, ordinal: Ordinal, sold: &[SeatId]) -> Result<(), StoreError> {
    for hold in sql::holds(tx, concert, ordinal)? {
        free_hold(tx, concert, ordinal, &hold, sold)?;
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
            free_hold(tx, due.concert, due.ordinal, hold, &[])?;
        }
    }
    Ok(())
}

/// Frees those seats that still belong to the hold: an expired one may have lost some to another buyer. Those in `sold`
/// are known not to.
fn free_hold(tx: &Tx, concert: ConcertKey, ordinal: Ordinal, hold: &Hold, sold: &[SeatId]) -> Result<(), StoreError> {
    let mut freed = Vec::with_capacity(hold.seat_numbers.len());
    for &seat_no in &hold.seat_numbers {
        let id = SeatId { performance: hold.performance, seat_no };
        if !sold.contains(&id) && sql::free_seat(tx, hold.performance, seat_no, hold.id)? > 0 {
            freed.push(seat_no);
        }
    }
    let key = HoldKey { concert, ordinal, id: hold.id };
    sql::delete_hold(tx, &key)?;
    tell_seats(tx, concert, hold.performance, &freed, SeatState::Available, None);
    tx.tell(SeatFact::HoldEnded { hold: key, held_until: hold.held_until });
    Ok(())
}

pub(super) fn tell_seats(
    tx: &Tx,
    concert: ConcertKey,
    performance: PerformanceKey,
    seats: &[u32],
    state: SeatState,
    held_until: Option<Instant>,
) {
    if !seats.is_empty() {
        let seats = seats.iter().map(|&seat_no| SeatChange { seat_no, state, held_until }).collect();
        tx.tell(SeatFact::Changed { concert, performance, seq: tx.seq(), seats });
    }
}

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
    require_on_sale(holder, performance, tx.wall())?;
    check_seat_list(performance, ids)?;
    let mut offers = Vec::with_capacity(ids.len());
    let (mut taken, mut free) = (Vec::new(), Vec::new());
    for &id in ids {
        let seat = seat(tx, id)?;
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

/// Checks that the counter may sell these seats of one performance as these ticket types, one for each or none named: each is
/// free, and the performance takes place.
///
/// # Errors
/// [`HoldError::NotOnSale`] for what is cancelled; [`HoldError::BadChoice`], [`HoldError::NoSuchSeat`]; [`HoldError::Taken`];
/// [`HoldError::TypeNotSold`].
pub fn require_sellable(
    tx: &Tx,
    performance: &Performance,
    ids: &[SeatId],
    types: &[TypeNo],
) -> Result<Vec<Offer>, HoldError> {
    if let Some(why @ (NotOnSale::Cancelled | NotOnSale::PerformanceCancelled)) = performance.not_on_sale(tx.wall()) {
        return Err(HoldError::NotOnSale(why));
    }
    check_seat_list(performance, ids)?;
    let seat_numbers: Vec<_> = ids.iter().map(|id| id.seat_no).collect();
    as_types(performance, free_seats(tx, performance, &seat_numbers, Ordinal(0))?, types)
}

/// Makes seats that [`require_buyable`] gave in this transaction the buyer's.
///
/// # Errors
/// Only the store's.
pub fn sell(tx: &Tx, holder: &Holder, performance: PerformanceKey, sold: &[Sold]) -> Result<(), StoreError> {
    let mut by_type: BTreeMap<TypeNo, u32> = BTreeMap::new();
    for &Sold { seat_no, type_no, ticket, was_held } in sold {
        let id = SeatId { performance, seat_no };
        match was_held {
            true => sql::sell_held_seat(tx, id, holder.ordinal, ticket)?,
            false => sql::sell_free_seat(tx, id, ticket)?,
        }
        *by_type.entry(type_no).or_default() += 1;
    }
    for (type_no, seats) in by_type {
        sql::add_seats_bought(tx, holder, performance, type_no, seats)?;
    }
    let seats: Vec<_> = sold.iter().map(|sold| sold.seat_no).collect();
    tell_seats(tx, holder.concert, performance, &seats, SeatState::Sold, None);
    Ok(())
}

/// Puts sold seats on sale again: their tickets are cancelled.
///
/// # Errors
/// Only the store's.
pub fn give_back(tx: &Tx, buyer: Buyer, performance: PerformanceKey, sold: &[Sold]) -> Result<(), StoreError> {
    for &Sold { seat_no, type_no, ticket, .. } in sold {
        sql::give_back_seat(tx, SeatId { performance, seat_no }, ticket)?;
        sql::take_seat_bought(tx, buyer, performance, type_no)?;
    }
    let seats: Vec<_> = sold.iter().map(|sold| sold.seat_no).collect();
    tell_seats(tx, buyer.concert, performance, &seats, SeatState::Available, None);
    Ok(())
}

/// How many seats of a performance are sold.
///
/// # Errors
/// Only the store's.
pub fn count_sold(tx: &Tx, performance: PerformanceKey) -> Result<u32, StoreError> {
    sql::count_sold(tx, performance)
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

/// How many seats of a performance are free that are for anybody, by grade: none that is made for a wheelchair or beside one.
/// Looks at all its seats.
///
/// # Errors
/// Only the store's.
pub fn free_by_grade(tx: &Tx, performance: &Performance) -> Result<BTreeMap<String, u32>, StoreError> {
    let mut free: BTreeMap<String, u32> = BTreeMap::new();
    for (seat, is_free) in performance.plan.seats().zip(best::free_spots(tx, performance)?) {
        let is_for_anybody = matches!(seat.place.kind, SeatKind::Standard | SeatKind::RestrictedView);
        *free.entry(seat.grade().to_owned()).or_default() += u32::from(is_free && is_for_anybody);
    }
    Ok(free)
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
