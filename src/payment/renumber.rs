//! Tickets of a performance that moves to another version of its hall: those that stand follow their places, those that were
//! given back stay what they were.

use std::ops::Range;

use crate::ids::{PerformanceKey, TicketKey};
use crate::payment::sql;
use crate::store::{StoreError, Tx};

/// A performance moves to another version of its hall: the seats of these tickets have other numbers, and so have these standing
/// sections, from and to.
///
/// # Errors
/// Only the store's.
pub fn renumber(
    tx: &Tx,
    performance: PerformanceKey,
    tickets: &[(TicketKey, u32)],
    sections: &[(u32, u32)],
) -> Result<(), StoreError> {
    for (ticket, seat_no) in tickets {
        sql::renumber(tx, *ticket, *seat_no)?;
    }
    let mut moved = sections.iter().filter(|(from, to)| from != to).peekable();
    if moved.peek().is_none() {
        return Ok(());
    }
    for (from, to) in moved {
        sql::set_section_aside(tx, performance, *from, *to)?;
    }
    sql::take_sections(tx, performance)
}

/// How many tickets for places with these numbers were given back, in the version of the hall in which the performance is
/// played; counted up to so many.
///
/// # Errors
/// Only the store's.
pub fn count_given_back(
    tx: &Tx,
    performance: PerformanceKey,
    places: &[Range<u32>],
    most: u32,
) -> Result<u32, StoreError> {
    let mut found = 0;
    for range in places {
        if found == most {
            break;
        }
        found += sql::count_given_back(tx, performance, range, most - found)?;
    }
    Ok(found)
}

/// Those tickets stay what they were, in this version of the hall, from which the performance moves on. Gives whether there are any.
///
/// # Errors
/// Only the store's.
pub fn leave_behind(
    tx: &Tx,
    performance: PerformanceKey,
    version_no: u32,
    places: &[Range<u32>],
) -> Result<bool, StoreError> {
    let mut any = false;
    for range in places {
        any |= sql::leave_behind(tx, performance, version_no, range)? > 0;
    }
    Ok(any)
}
