//! Holding, selling and blocking standing places. A count rests on the data file: it holds what stands in holds, whether they
//! have ended or not, and the table refuses to let it go beyond the capacity. That an ended hold keeps nobody out is decided
//! at its instant (law 8): who needs its places ends it.

use std::collections::BTreeMap;

use crate::catalog::Performance;
use crate::catalog::hall::plan::PlanSection;
use crate::ids::{ConcertKey, PerformanceKey, Seq, section_of};
use crate::reservation::error::HoldError;
use crate::reservation::facts::SeatFact;
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::seat::{HoldKey, Sold, Stand, StandingChange, StandingHold};
use crate::reservation::sql as hold_sql;
use crate::reservation::standing::count::{Add, Count, Renumbered, SectionInUse, SectionThere, StandingId};
use crate::reservation::standing::sql;
use crate::store::{StoreError, Tx};

/// So many ended holds are looked at at once.
const ENDED_AT_ONCE: u32 = 64;

/// The section with this number, if people may stand in it.
///
/// # Errors
/// [`HoldError::NoSuchSection`].
pub fn section(performance: &Performance, section_no: u32) -> Result<&PlanSection, HoldError> {
    performance.plan.standing().find(|section| section.section_no == section_no).ok_or(HoldError::NoSuchSection)
}

fn count(tx: &Tx, id: StandingId) -> Result<Count, StoreError> {
    let untouched = Count { section_no: id.section_no, held: 0, sold: 0, blocked: 0, changed_in: Seq(0) };
    Ok(sql::count(tx, id)?.unwrap_or(untouched))
}

/// Checks that so many places of a section can be taken now.
///
/// # Errors
/// [`HoldError::NotEnough`].
pub fn require_free(tx: &Tx, performance: &Performance, of: &PlanSection, wanted: u32) -> Result<(), HoldError> {
    let id = StandingId { performance: performance.key, section_no: of.section_no };
    let free = of.capacity.saturating_sub(count(tx, id)?.taken());
    if wanted <= free {
        return Ok(());
    }
    let free = free + sql::ended_quantity(tx, id, tx.now())?;
    if wanted <= free { Ok(()) } else { Err(HoldError::NotEnough(free as usize)) }
}

/// Checks a wish for standing places by itself. Gives how many they are.
///
/// # Errors
/// [`HoldError::NoSuchSection`], [`HoldError::BadChoice`].
pub fn check(performance: &Performance, wanted: &Stand) -> Result<u32, HoldError> {
    section(performance, wanted.section_no)?;
    match wanted.quantity as usize {
        1..=MOST_SEATS => Ok(wanted.quantity),
        _ => Err(HoldError::BadChoice("quantity must be 1 to 64")),
    }
}

/// Keeps places that [`require_free`] found in this transaction for a buyer.
///
/// # Errors
/// Only the store's.
pub fn hold(tx: &Tx, performance: &Performance, section_no: u32, hold: StandingHold) -> Result<(), HoldError> {
    let id = make_room(tx, performance, section(performance, section_no)?, hold.quantity)?;
    sql::add(tx, id, Add { held: hold.quantity.into(), ..Add::default() })?;
    Ok(tell(tx, performance.concert, id, Some(hold), Vec::new())?)
}

/// A hold is over: so many of its places are free, all others were sold in this transaction.
///
/// # Errors
/// Only the store's.
pub fn end_hold(tx: &Tx, id: StandingId, hold: HoldKey, freed: u32) -> Result<(), StoreError> {
    sql::add(tx, id, Add { held: -i64::from(freed), ..Add::default() })?;
    tell(tx, hold.concert, id, None, vec![hold])
}

/// Sells what of these is standing places: those that were held leave their buyer's holds, which end in this transaction.
///
/// # Errors
/// Only the store's.
pub fn sell(tx: &Tx, performance: &Performance, sold: &[Sold]) -> Result<(), StoreError> {
    let of_section = |section_no| move |sold: &&Sold| section_of(sold.seat_no) == Some(section_no);
    for section in performance.plan.standing() {
        let all = sold.iter().filter(of_section(section.section_no)).count() as u32;
        let held = sold.iter().filter(of_section(section.section_no)).filter(|sold| sold.was_held).count() as u32;
        if all > 0 {
            let id = make_room(tx, performance, section, all - held)?;
            sql::add(tx, id, Add { held: -i64::from(held), sold: all.into(), blocked: 0 })?;
            tell(tx, performance.concert, id, None, Vec::new())?;
        }
    }
    Ok(())
}

/// Puts one sold place on sale again.
///
/// # Errors
/// Only the store's.
pub fn give_back(tx: &Tx, concert: ConcertKey, id: StandingId) -> Result<(), StoreError> {
    sql::give_back(tx, id)?;
    tell(tx, concert, id, None, Vec::new())
}

/// How many places of a performance are sold.
///
/// # Errors
/// Only the store's.
pub fn count_sold(tx: &Tx, performance: PerformanceKey) -> Result<u32, StoreError> {
    Ok(sql::counts(tx, performance)?.iter().map(|count| count.sold).sum())
}

/// How many places of each standing section are free now.
///
/// # Errors
/// Only the store's.
pub fn free<'p>(tx: &Tx, performance: &'p Performance) -> Result<Vec<(&'p PlanSection, u32)>, StoreError> {
    performance.plan.standing().map(|section| Ok((section, free_of(tx, performance, section)?))).collect()
}

fn free_of(tx: &Tx, performance: &Performance, section: &PlanSection) -> Result<u32, StoreError> {
    let id = StandingId { performance: performance.key, section_no: section.section_no };
    let free = section.capacity.saturating_sub(count(tx, id)?.taken());
    Ok(free + sql::ended_quantity(tx, id, tx.now())?)
}

/// How often each standing section is among these places.
pub fn counted(seat_numbers: &[u32]) -> BTreeMap<u32, u32> {
    let mut counted = BTreeMap::new();
    for section_no in seat_numbers.iter().filter_map(|seat_no| section_of(*seat_no)) {
        *counted.entry(section_no).or_default() += 1;
    }
    counted
}

/// Keeps places from sale, which [`require_free`] found in this transaction.
///
/// # Errors
/// Only the store's.
pub fn block(tx: &Tx, performance: &Performance, of: &PlanSection, quantity: u32) -> Result<(), StoreError> {
    let id = make_room(tx, performance, of, quantity)?;
    sql::add(tx, id, Add { blocked: quantity.into(), ..Add::default() })?;
    tell(tx, performance.concert, id, None, Vec::new())
}

/// Keeps places from sale that were given back in this transaction.
///
/// # Errors
/// Only the store's.
pub fn keep(tx: &Tx, concert: ConcertKey, id: StandingId, quantity: u32) -> Result<(), StoreError> {
    sql::add(tx, id, Add { blocked: quantity.into(), ..Add::default() })?;
    tell(tx, concert, id, None, Vec::new())
}

/// Puts blocked places on sale again.
///
/// # Errors
/// Only the store's.
pub fn unblock(tx: &Tx, concert: ConcertKey, id: StandingId, quantity: u32) -> Result<(), StoreError> {
    sql::add(tx, id, Add { blocked: -i64::from(quantity), ..Add::default() })?;
    tell(tx, concert, id, None, Vec::new())
}

/// Ends as many ended holds as keep the section's count from taking so many more.
fn make_room(tx: &Tx, performance: &Performance, of: &PlanSection, wanted: u32) -> Result<StandingId, StoreError> {
    let id = StandingId { performance: performance.key, section_no: of.section_no };
    sql::begin(tx, id, of.capacity)?;
    let mut lacking = (count(tx, id)?.taken() + wanted).saturating_sub(of.capacity);
    while lacking > 0 {
        let ended = sql::ended_holds(tx, id, tx.now(), ENDED_AT_ONCE)?;
        if ended.is_empty() {
            // Then the table refuses what comes next.
            break;
        }
        for hold in ended {
            if lacking > 0 {
                end_hold(tx, id, hold.hold, hold.quantity)?;
                hold_sql::delete_hold(tx, &hold.hold)?;
                tx.tell(SeatFact::HoldEnded { hold: hold.hold, held_until: hold.held_until });
                lacking = lacking.saturating_sub(hold.quantity);
            }
        }
    }
    Ok(id)
}

fn tell(
    tx: &Tx,
    concert: ConcertKey,
    id: StandingId,
    began: Option<StandingHold>,
    over: Vec<HoldKey>,
) -> Result<(), StoreError> {
    let Count { sold, blocked, .. } = count(tx, id)?;
    let change = StandingChange { section_no: id.section_no, sold, blocked, began, over };
    tx.tell(SeatFact::StandingChanged { concert, performance: id.performance, seq: tx.seq(), change });
    Ok(())
}

/// Whether somebody has or had a ticket for a standing place of a performance, or holds some.
///
/// # Errors
/// Only the store's.
pub fn is_in_use(tx: &Tx, performance: PerformanceKey) -> Result<bool, StoreError> {
    let is_held_or_sold = sql::counts(tx, performance)?.iter().any(|count| count.held + count.sold > 0);
    Ok(is_held_or_sold || sql::any_was_sold(tx, performance)?)
}

/// The sections of which places are somebody's, or blocked.
///
/// # Errors
/// Only the store's.
pub fn in_use(tx: &Tx, performance: PerformanceKey) -> Result<Vec<SectionInUse>, StoreError> {
    let living = |count: Count| {
        let ended = sql::ended_quantity(tx, StandingId { performance, section_no: count.section_no }, tx.now())?;
        let (held, sold) = (count.held - ended, count.sold);
        let places = held + sold + count.blocked;
        Ok(SectionInUse { section_no: count.section_no, places, held, sold, in_holds: count.held })
    };
    let all: Vec<_> = sql::counts(tx, performance)?.into_iter().map(living).collect::<Result<_, StoreError>>()?;
    Ok(all.into_iter().filter(|section| section.places > 0).collect())
}

/// Notes that a place was given back, where the row that told it went; at this section.
///
/// # Errors
/// Only the store's.
pub fn note_was_sold(tx: &Tx, performance: PerformanceKey, section: SectionThere) -> Result<(), StoreError> {
    let id = StandingId { performance, section_no: section.section_no };
    sql::begin(tx, id, section.capacity)?;
    sql::note_was_sold(tx, id)
}

/// The sections that are others now have other numbers and capacities. Their ended holds are ended; one of which nobody has
/// anything is forgotten.
///
/// # Errors
/// Only the store's.
pub fn renumber(
    tx: &Tx,
    performance: PerformanceKey,
    sections: &BTreeMap<u32, Option<SectionThere>>,
) -> Result<Renumbered, StoreError> {
    let there = |count: &Count| sections.get(&count.section_no).copied().flatten();
    let changes = |count: &Count| there(count).is_none_or(|there| !there.is_as_it_was);
    let changing: Vec<_> = sql::counts(tx, performance)?.into_iter().filter(changes).collect();
    let mut done = Renumbered::default();
    if changing.is_empty() {
        return Ok(done);
    }
    let any_was_sold = sql::any_was_sold(tx, performance)?;
    for count in changing {
        let from = StandingId { performance, section_no: count.section_no };
        let mut taken = count.taken();
        for hold in sql::holds(tx, from)? {
            if tx.now() < hold.held_until {
                done.living.push(hold.hold);
                continue;
            }
            taken -= hold.quantity;
            sql::add(tx, from, Add { held: -i64::from(hold.quantity), ..Add::default() })?;
            hold_sql::delete_hold(tx, &hold.hold)?;
            tx.tell(SeatFact::HoldEnded { hold: hold.hold, held_until: hold.held_until });
        }
        match there(&count).filter(|_| taken > 0) {
            Some(there) => {
                done.blocked |= count.blocked > 0;
                sql::set_aside(tx, from, there.section_no, there.capacity)?;
            }
            None => {
                done.was_sold |= any_was_sold;
                sql::forget_section(tx, from)?;
            }
        }
    }
    sql::take_numbers(tx, performance)?;
    Ok(done)
}

/// Forgets the counts of a performance that is taken back.
///
/// # Errors
/// Only the store's.
pub fn forget(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    sql::delete(tx, performance)
}

/// The counts of a performance's sections that somebody ever touched, and the holds that are not written off, for memory.
///
/// # Errors
/// Only the store's.
pub fn all(tx: &Tx, performance: PerformanceKey) -> Result<Vec<(Count, Vec<StandingHold>)>, StoreError> {
    let counts = sql::counts(tx, performance)?;
    let with_holds = |count: Count| {
        let id = StandingId { performance, section_no: count.section_no };
        Ok((count, sql::holds(tx, id)?))
    };
    counts.into_iter().map(with_holds).collect()
}
