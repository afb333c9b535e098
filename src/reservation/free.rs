//! What is free of a performance: what memory knew at its last commit, put right by what the data file says of those seats
//! alone. So the writer looks at a handful of rows, however large the hall is. Nothing is changed here.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::{Performance, SeatKind};
use crate::clock::Instant;
use crate::ids::Seq;
use crate::reservation::error::HoldError;
use crate::reservation::seat::Seat;
use crate::reservation::sql;
use crate::reservation::standing::{self, Places};
use crate::store::{StoreError, Tx};

/// So long may pass until what memory knew is put right. No hold is as short: those that begin and end meanwhile are none.
pub(super) const SEEN_LASTS_MS: i64 = 1_000;
/// So many seats that memory took for free are looked up by one operation; of more, memory is believed. Whoever takes a seat
/// looks again.
const MOST_LOOKED_UP: usize = 512;

/// Which seats of a performance were free when memory was asked.
#[derive(Clone, Debug)]
pub struct Seen {
    performance: Arc<Performance>,
    /// The last commit of it that memory knew.
    seq: Seq,
    /// From then on it tells nothing.
    until: Instant,
    /// Of all seats, in the plan's order.
    spots: Arc<Vec<bool>>,
    /// How many of them are for anybody, by grade as the room counts them.
    seats: Vec<u32>,
    /// Seats whose hold ends before [`Seen::until`].
    ending: Vec<(Instant, u32)>,
    /// What was free of the standing sections.
    standing: Vec<Places>,
}

/// What memory says of all seats and standing sections at one moment.
pub(super) struct Look {
    /// The last commit that memory knows.
    pub(super) seq: Seq,
    /// Which seats are free, in the plan's order.
    pub(super) spots: Vec<bool>,
    /// Which holds end soon, and of which seat.
    pub(super) ending: Vec<(Instant, u32)>,
    /// The standing sections.
    pub(super) standing: Vec<Places>,
}

fn is_for_anybody(performance: &Performance, spot: usize) -> bool {
    matches!(performance.room.spots[spot].kind, SeatKind::Standard | SeatKind::RestrictedView)
}

impl Seen {
    /// Of a performance at `now`.
    pub(super) fn new(performance: Arc<Performance>, now: Instant, look: Look) -> Self {
        let Look { seq, spots, ending, standing } = look;
        let mut seats = vec![0; performance.room.grades.len()];
        let free = spots.iter().enumerate().filter(|(_, is_free)| **is_free).map(|(spot, _)| spot);
        for spot in free.filter(|spot| is_for_anybody(&performance, *spot)) {
            seats[usize::from(performance.room.spots[spot].grade)] += 1;
        }
        Self { performance, seq, until: now.plus_ms(SEEN_LASTS_MS), spots: Arc::new(spots), seats, ending, standing }
    }

    /// The performance, as memory knew it.
    pub fn performance(&self) -> &Arc<Performance> {
        &self.performance
    }

    /// Whether so many places of this grade, or of any, were free for one buyer: seats, or places of one section.
    pub fn had(&self, grade: Option<&str>, quantity: u32) -> bool {
        let room = &self.performance.room;
        let seats = room.grades.iter().zip(&self.seats).filter(|(name, _)| grade.is_none_or(|grade| grade == *name));
        let is_of = |section_no: u32| {
            let section = self.performance.plan.section(section_no);
            grade.is_none() || section.is_some_and(|section| section.grade.as_deref() == grade)
        };
        seats.map(|(_, free)| free).sum::<u32>() >= quantity
            || self.standing.iter().any(|of| of.free >= quantity && is_of(of.section_no))
    }
}

/// What is free of a performance in this transaction. No seat is missing here; one that was taken since memory was asked is
/// found out when it decides something.
#[derive(Clone, Debug)]
pub struct FreePlaces {
    performance: Arc<Performance>,
    spots: Arc<Vec<bool>>,
    seats: Vec<u32>,
    /// Those that are free by the data file.
    known: BTreeSet<usize>,
    /// How often it was asked.
    looked_up: usize,
    /// Each standing section, its grade, and how many places of it are free.
    standing: Vec<(u32, String, u32)>,
}

impl FreePlaces {
    /// With the seats that came back since memory was asked.
    ///
    /// # Errors
    /// [`HoldError::Outrun`] when that is too long ago.
    pub fn of(tx: &Tx, seen: &Seen) -> Result<Self, HoldError> {
        if tx.now() >= seen.until {
            return Err(HoldError::Outrun);
        }
        let performance = seen.performance.clone();
        let standing = standing_of(tx, &performance)?;
        let (spots, seats) = (seen.spots.clone(), seen.seats.clone());
        let mut free = Self { performance, spots, seats, known: BTreeSet::new(), looked_up: 0, standing };
        let ended = seen.ending.iter().filter(|(until, _)| *until <= tx.now()).map(|(_, seat_no)| *seat_no);
        for seat_no in sql::came_back(tx, free.performance.key, seen.seq)?.into_iter().chain(ended) {
            free.set(seat_no, true);
        }
        Ok(free)
    }

    /// The performance.
    pub fn performance(&self) -> &Arc<Performance> {
        &self.performance
    }

    fn set(&mut self, seat_no: u32, is_free: bool) {
        let spot = (seat_no as usize).wrapping_sub(1);
        if self.spots.get(spot).is_none_or(|was| *was == is_free) {
            return;
        }
        Arc::make_mut(&mut self.spots)[spot] = is_free;
        self.known.remove(&spot);
        if is_for_anybody(&self.performance, spot) {
            let of_grade = &mut self.seats[usize::from(self.performance.room.spots[spot].grade)];
            *of_grade = if is_free { *of_grade + 1 } else { of_grade.saturating_sub(1) };
        }
    }

    /// Somebody has these places from now on, in this transaction.
    ///
    /// # Errors
    /// Only the store's.
    pub fn take(&mut self, tx: &Tx, seat_numbers: &[u32]) -> Result<(), StoreError> {
        seat_numbers.iter().for_each(|seat_no| self.set(*seat_no, false));
        self.standing = standing_of(tx, &self.performance)?;
        Ok(())
    }

    /// Which seats are free, in the plan's order, as far as nobody took one since memory was asked.
    pub fn spots(&self) -> Arc<Vec<bool>> {
        self.spots.clone()
    }

    /// How many seats are free for anybody at most, of a grade as the room counts them, or of all.
    fn at_most(&self, grade: Option<usize>) -> u32 {
        grade.map_or_else(|| self.seats.iter().sum(), |grade| self.seats[grade])
    }

    /// Whether so many seats of this grade, or of any, are free for anybody: none that is made for a wheelchair or beside one.
    ///
    /// # Errors
    /// Only the store's.
    pub fn has(&mut self, tx: &Tx, grade: Option<&str>, quantity: u32) -> Result<bool, StoreError> {
        let of = match grade {
            None => None,
            Some(name) => match self.performance.room.grades.iter().position(|known| known == name) {
                None => return Ok(false),
                of => of,
            },
        };
        let (mut found, mut next) = (0, 0);
        while self.at_most(of) >= quantity && found < quantity {
            let fits = |spot: &usize| {
                let is_of = of.is_none_or(|of| usize::from(self.performance.room.spots[*spot].grade) == of);
                self.spots[*spot] && is_of && is_for_anybody(&self.performance, *spot)
            };
            let Some(spot) = (next..self.spots.len()).find(fits) else { break };
            next = spot + 1;
            found += u32::from(self.is_free(tx, spot)?);
        }
        Ok(found >= quantity)
    }

    /// Whether a seat that memory took for free is.
    fn is_free(&mut self, tx: &Tx, spot: usize) -> Result<bool, StoreError> {
        if self.known.contains(&spot) || self.looked_up == MOST_LOOKED_UP {
            return Ok(true);
        }
        self.looked_up += 1;
        let seat_no = spot as u32 + 1;
        let seat = sql::seat(tx, self.performance.key, seat_no)?.unwrap_or_else(|| Seat::untouched(seat_no));
        if seat.is_free(tx.now()) {
            self.known.insert(spot);
            return Ok(true);
        }
        self.set(seat_no, false);
        Ok(false)
    }

    /// The first standing section of this grade, or of any, with so many places.
    pub fn section(&self, grade: Option<&str>, quantity: u32) -> Option<u32> {
        let fits = |(_, of, free): &&(u32, String, u32)| grade.is_none_or(|grade| grade == of) && *free >= quantity;
        self.standing.iter().find(fits).map(|(section_no, ..)| *section_no)
    }

    /// How many may be had by one buyer at most: seats, or places of one section.
    pub fn most(&self) -> u32 {
        self.standing.iter().map(|(.., free)| *free).fold(self.at_most(None), u32::max)
    }
}

fn standing_of(tx: &Tx, performance: &Performance) -> Result<Vec<(u32, String, u32)>, StoreError> {
    let free = standing::free(tx, performance)?.into_iter();
    Ok(free.map(|(section, free)| (section.section_no, section.grade.clone().unwrap_or_default(), free)).collect())
}
