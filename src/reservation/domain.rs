//! Holding and releasing seats. A seat row is taken by a conditional update, so the data file itself refuses a second
//! owner; what an operation checks before is for a clear answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::Performance;
use crate::clock::Instant;
use crate::events::Event;
use crate::ids::{ConcertKey, Ordinal, PerformanceKey, SeatId, TicketKey};
use crate::money::Amount;
use crate::payment;
use crate::queue::domain::Durations;
use crate::queue::{self, QueueError, Visit};
use crate::reservation::best::{self, Best};
use crate::reservation::sql;
use crate::store::{StoreError, Tx, sql_text_enum};
use crate::wallet::{self, domain::Wallet};

/// Why seats are not held or sold, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The admission is over; what is held may still be paid.
    #[error("no new holds: the admission is over")]
    AdmissionOver,
    /// There is no such performance in the visit's concert.
    #[error("no such performance")]
    NoSuchPerformance,
    /// The performance has begun.
    #[error("the performance has started")]
    PerformanceStarted,
    /// The request names no seat, or one twice.
    #[error("{0}")]
    BadChoice(&'static str),
    /// There is no such seat in this performance.
    #[error("no such seat")]
    NoSuchSeat,
    /// The performance has no such grade.
    #[error("no such grade")]
    NoSuchGrade,
    /// The buyer would have too many seats of this performance.
    #[error("at most {limit} seats, {already} already")]
    TooManySeats {
        /// What is allowed.
        limit: u32,
        /// What the buyer has.
        already: u32,
    },
    /// Somebody else has these.
    #[error("seats are taken")]
    Taken(Vec<SeatId>),
    /// Too few are free in this grade.
    #[error("only {0} seats are left")]
    NotEnough(usize),
    /// There is no such hold of this visit.
    #[error("no such hold")]
    NoSuchHold,
    /// The waiting room's refusal.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a seat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, serde::Serialize)]
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

sql_text_enum!(SeatState { Available = "available", Held = "held", Sold = "sold", Blocked = "blocked" });

/// A seat's row.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Its place in the plan.
    pub seat_no: u32,
    /// What it is; a held one past its end is as good as available.
    pub state: SeatState,
    /// Its price.
    pub price: Amount,
    /// Which entry of the concert's queue holds it.
    pub held_by: Option<Ordinal>,
    /// Until when.
    pub held_until: Option<Instant>,
}

impl Seat {
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

/// What a seat has become.
#[derive(Clone, Copy, Debug)]
pub struct SeatChange {
    /// The seat.
    pub seat_no: u32,
    /// What it is now.
    pub state: SeatState,
    /// Until when, if held.
    pub held_until: Option<Instant>,
}

/// A hold by its key and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueHold {
    /// When it ends.
    pub held_until: Instant,
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
    /// Its seats.
    pub seat_numbers: Vec<u32>,
    /// The sum of their prices.
    pub amount: Amount,
    /// When they are free again.
    pub held_until: Instant,
}

/// Which seats a buyer wants.
#[derive(Clone, Debug)]
pub enum Choice {
    /// These.
    Seats(Vec<SeatId>),
    /// The best ones of a grade.
    Best(Best),
}

/// What holding needs to know beside the choice.
#[derive(Clone, Copy, Debug)]
pub struct HoldTerms {
    /// A hold's length.
    pub hold_seconds: u32,
    /// Seats of one performance that one user may have.
    pub seats_per_user: u32,
}

/// Holds the chosen seats for a visit, all or none.
///
/// # Errors
/// The variants of [`HoldError`] up to [`HoldError::NotEnough`]; then nothing is held.
pub fn hold_seats(
    tx: &Tx,
    visit: &Visit,
    performance: &Arc<Performance>,
    choice: &Choice,
    terms: HoldTerms,
) -> Result<Hold, HoldError> {
    let now = tx.now();
    require_time_to_choose(visit, now)?;
    require_on_sale(visit, performance, now)?;
    let wanted = match choice {
        Choice::Seats(seats) => check_seat_list(performance, seats)?,
        Choice::Best(wish) => best::check(performance, wish)?,
    };
    let holds = live_holds(tx, visit)?;
    let held: usize = holds.iter().filter(|h| h.performance == performance.key).map(|h| h.seat_numbers.len()).sum();
    let wallet = wallet::domain::wallet(tx, visit.user)?;
    let already = held as u32 + payment::domain::seats_bought(tx, &wallet, performance.key)?;
    if already + wanted > terms.seats_per_user {
        return Err(HoldError::TooManySeats { limit: terms.seats_per_user, already });
    }
    let seats = match choice {
        Choice::Seats(seats) => free_seats(tx, seats)?,
        Choice::Best(wish) => best::seats(tx, performance, wish)?,
    };
    // From here it must succeed.
    let hold = Hold {
        id: tx.new_id(),
        performance: performance.key,
        seat_numbers: seats.iter().map(|seat| seat.seat_no).collect(),
        amount: Amount::sum(seats.iter().map(|seat| seat.price)).unwrap_or(crate::money::LARGEST),
        held_until: now.plus_seconds(terms.hold_seconds),
    };
    for &seat_no in &hold.seat_numbers {
        sql::hold_seat(tx, &hold, visit.ordinal, seat_no, now)?;
    }
    sql::insert_hold(tx, visit, &hold)?;
    let last = holds.iter().map(|hold| hold.held_until).chain([hold.held_until]).max();
    queue::domain::visit_lasts(tx, visit, last)?;
    emit_seats(tx, hold.performance, &hold.seat_numbers, SeatState::Held, Some(hold.held_until));
    let (held_until, concert, ordinal, id) = (hold.held_until, visit.concert, visit.ordinal, hold.id);
    tx.tell(Event::HoldPlaced(DueHold { held_until, concert, ordinal, id }));
    Ok(hold)
}

fn require_time_to_choose(visit: &Visit, now: Instant) -> Result<(), HoldError> {
    if now < visit.admitted_until { Ok(()) } else { Err(HoldError::AdmissionOver) }
}

/// Checks that a performance belongs to the visit's concert and has not begun.
///
/// # Errors
/// [`HoldError::NoSuchPerformance`], [`HoldError::PerformanceStarted`].
pub fn require_on_sale(visit: &Visit, performance: &Performance, now: Instant) -> Result<(), HoldError> {
    if performance.concert != visit.concert {
        return Err(HoldError::NoSuchPerformance);
    }
    if now >= performance.starts_at {
        return Err(HoldError::PerformanceStarted);
    }
    Ok(())
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

pub(super) fn free_seats(tx: &Tx, ids: &[SeatId]) -> Result<Vec<Seat>, HoldError> {
    let mut seats = Vec::with_capacity(ids.len());
    let mut taken = Vec::new();
    for &id in ids {
        let seat = sql::seat(tx, id)?.ok_or(HoldError::NoSuchSeat)?;
        if seat.is_free(tx.now()) { seats.push(seat) } else { taken.push(id) }
    }
    if taken.is_empty() { Ok(seats) } else { Err(HoldError::Taken(taken)) }
}

/// The visit's holds that live now, oldest first.
///
/// # Errors
/// Only the store's.
pub fn live_holds(tx: &Tx, visit: &Visit) -> Result<Vec<Hold>, HoldError> {
    let holds = sql::holds(tx, visit.concert, visit.ordinal)?;
    Ok(holds.into_iter().filter(|hold| tx.now() < hold.held_until).collect())
}

/// Gives a hold's seats back. Past its admission a visit lives on its last hold alone: with that it ends here, and its
/// place goes to the next in line in the same commit.
///
/// # Errors
/// [`HoldError::NoSuchHold`] unless it is a living hold of this visit.
pub fn release_hold(tx: &Tx, visit: &Visit, id: Uuid, durations: Durations) -> Result<(), HoldError> {
    let holds = live_holds(tx, visit)?;
    let hold = holds.iter().find(|hold| hold.id == id).ok_or(HoldError::NoSuchHold)?;
    // From here it must succeed.
    free_hold(tx, visit.concert, visit.ordinal, hold)?;
    let last = holds.iter().filter(|hold| hold.id != id).map(|hold| hold.held_until).max();
    if queue::domain::visit_lasts(tx, visit, last)? <= tx.now() {
        queue::turn::turn(tx, visit.concert, durations)?;
    }
    Ok(())
}

/// Gives back all holds of a visit that ends.
///
/// # Errors
/// Only the store's.
pub fn release_visit(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<(), StoreError> {
    for hold in sql::holds(tx, concert, ordinal)? {
        free_hold(tx, concert, ordinal, &hold)?;
    }
    Ok(())
}

/// Does a visit have a hold that lives now?
///
/// # Errors
/// Only the store's.
pub fn has_live_hold(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<bool, StoreError> {
    Ok(sql::holds(tx, concert, ordinal)?.iter().any(|hold| tx.now() < hold.held_until))
}

/// Puts the seats of holds whose time is over on sale again. They were free before; this makes the map say so.
///
/// # Errors
/// Only the store's.
pub fn expire_holds(tx: &Tx, due: &[DueHold]) -> Result<(), StoreError> {
    for due in due {
        let holds = sql::holds(tx, due.concert, due.ordinal)?;
        for hold in holds.iter().filter(|hold| hold.id == due.id && tx.now() >= hold.held_until) {
            free_hold(tx, due.concert, due.ordinal, hold)?;
        }
    }
    Ok(())
}

/// Frees those seats that still belong to the hold: an expired one may have lost some to another buyer.
fn free_hold(tx: &Tx, concert: ConcertKey, ordinal: Ordinal, hold: &Hold) -> Result<(), StoreError> {
    let mut freed = Vec::with_capacity(hold.seat_numbers.len());
    for &seat_no in &hold.seat_numbers {
        if sql::free_seat(tx, hold.performance, seat_no, hold.id)? > 0 {
            freed.push(seat_no);
        }
    }
    sql::delete_hold(tx, concert, ordinal, hold.id)?;
    emit_seats(tx, hold.performance, &freed, SeatState::Available, None);
    Ok(())
}

fn emit_seats(tx: &Tx, performance: PerformanceKey, seats: &[u32], state: SeatState, held_until: Option<Instant>) {
    if !seats.is_empty() {
        let seats = seats.iter().map(|&seat_no| SeatChange { seat_no, state, held_until }).collect();
        tx.tell(Event::SeatsChanged { performance, seats });
    }
}

/// Checks that a visit may buy these seats of one performance: each held by it, or free with time left to choose.
///
/// # Errors
/// The variants of [`HoldError`] up to [`HoldError::Taken`].
pub fn require_buyable(
    tx: &Tx,
    visit: &Visit,
    wallet: &Wallet,
    performance: &Performance,
    ids: &[SeatId],
    seats_per_user: u32,
) -> Result<Vec<Seat>, HoldError> {
    let now = tx.now();
    require_on_sale(visit, performance, now)?;
    let wanted = check_seat_list(performance, ids)?;
    let mut seats = Vec::with_capacity(ids.len());
    let mut taken = Vec::new();
    for &id in ids {
        let seat = sql::seat(tx, id)?.ok_or(HoldError::NoSuchSeat)?;
        match seat.is_held_by(visit.ordinal, now) {
            true => seats.push(seat),
            false if seat.is_free(now) => {
                require_time_to_choose(visit, now)?;
                seats.push(seat);
            }
            false => taken.push(id),
        }
    }
    if !taken.is_empty() {
        return Err(HoldError::Taken(taken));
    }
    let already = payment::domain::seats_bought(tx, wallet, performance.key)?;
    if already + wanted > seats_per_user {
        return Err(HoldError::TooManySeats { limit: seats_per_user, already });
    }
    Ok(seats)
}

/// Makes seats that [`require_buyable`] gave in this transaction the buyer's.
///
/// # Errors
/// Only the store's.
pub fn sell(tx: &Tx, visit: &Visit, performance: PerformanceKey, sold: &[(u32, TicketKey)]) -> Result<(), StoreError> {
    for &(seat_no, ticket) in sold {
        sql::sell_seat(tx, SeatId { performance, seat_no }, visit.ordinal, ticket, tx.now())?;
    }
    let seats: Vec<_> = sold.iter().map(|&(seat_no, _)| seat_no).collect();
    emit_seats(tx, performance, &seats, SeatState::Sold, None);
    Ok(())
}

/// Puts all seats of a new performance on sale.
///
/// # Errors
/// Only the store's.
pub fn open_sale(tx: &Tx, key: PerformanceKey, prices: &[(u32, Amount)]) -> Result<(), StoreError> {
    for &(seat_no, price) in prices {
        sql::insert_seat(tx, key, seat_no, price)?;
    }
    Ok(())
}

/// The states of all seats of a performance, in order.
///
/// # Errors
/// Only the store's.
pub fn seats(tx: &Tx, performance: PerformanceKey) -> Result<Vec<Seat>, StoreError> {
    sql::seats(tx, performance)
}

/// All holds there are, for the start-up.
///
/// # Errors
/// Only the store's.
pub fn all_holds(tx: &Tx) -> Result<Vec<DueHold>, StoreError> {
    sql::all_holds(tx)
}
