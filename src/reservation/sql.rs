//! The reservation's tables: `seat` and `hold`.

use std::ops::Range;

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal, PerformanceKey, SeatId, TicketKey};
use crate::money::Amount;
use crate::queue::Visit;
use crate::reservation::domain::{DueHold, Hold, Seat};
use crate::store::{Row, RowResult, StoreError, Tx, params};

fn read_seat(row: &Row<'_>) -> RowResult<Seat> {
    Ok(Seat {
        seat_no: row.get(0)?,
        state: row.get(1)?,
        price: row.get(2)?,
        held_by: row.get(3)?,
        held_until: row.get(4)?,
    })
}

pub(super) fn seat(tx: &Tx, id: SeatId) -> Result<Option<Seat>, StoreError> {
    tx.maybe(
        "SELECT seat_no, state, price, held_by, held_until FROM seat WHERE performance_key = ?1 AND seat_no = ?2",
        params![id.performance, id.seat_no],
        read_seat,
    )
}

pub(super) fn seats(tx: &Tx, performance: PerformanceKey) -> Result<Vec<Seat>, StoreError> {
    tx.all(
        "SELECT seat_no, state, price, held_by, held_until FROM seat WHERE performance_key = ?1 ORDER BY seat_no",
        params![performance],
        read_seat,
    )
}

pub(super) fn free_seat_numbers(
    tx: &Tx,
    performance: PerformanceKey,
    range: &Range<u32>,
    now: Instant,
) -> Result<Vec<u32>, StoreError> {
    tx.all(
        "SELECT seat_no FROM seat
         WHERE performance_key = ?1 AND seat_no >= ?2 AND seat_no < ?3
           AND (state = 'available' OR (state = 'held' AND held_until <= ?4))
         ORDER BY seat_no",
        params![performance, range.start, range.end, now],
        |row| row.get(0),
    )
}

pub(super) fn insert_seat(tx: &Tx, performance: PerformanceKey, seat_no: u32, price: Amount) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO seat (performance_key, seat_no, price) VALUES (?1, ?2, ?3)",
        params![performance, seat_no, price],
    )?;
    Ok(())
}

/// Takes a free seat; there must be one.
pub(super) fn hold_seat(tx: &Tx, hold: &Hold, ordinal: Ordinal, seat_no: u32, now: Instant) -> Result<(), StoreError> {
    tx.change(
        "UPDATE seat SET state = 'held', hold_id = ?3, held_by = ?4, held_until = ?5
         WHERE performance_key = ?1 AND seat_no = ?2
           AND (state = 'available' OR (state = 'held' AND held_until <= ?6))",
        params![hold.performance, seat_no, hold.id.as_bytes(), ordinal, hold.held_until, now],
    )
}

/// Sells a seat that is free or held by this entry; there must be one.
pub(super) fn sell_seat(
    tx: &Tx,
    id: SeatId,
    ordinal: Ordinal,
    ticket: TicketKey,
    now: Instant,
) -> Result<(), StoreError> {
    tx.change(
        "UPDATE seat SET state = 'sold', ticket_key = ?3, hold_id = NULL, held_by = NULL, held_until = NULL
         WHERE performance_key = ?1 AND seat_no = ?2
           AND (state = 'available' OR (state = 'held' AND (held_by = ?4 OR held_until <= ?5)))",
        params![id.performance, id.seat_no, ticket, ordinal, now],
    )
}

pub(super) fn free_seat(tx: &Tx, performance: PerformanceKey, seat_no: u32, hold: Uuid) -> Result<usize, StoreError> {
    tx.run(
        "UPDATE seat SET state = 'available', hold_id = NULL, held_by = NULL, held_until = NULL
         WHERE performance_key = ?1 AND seat_no = ?2 AND state = 'held' AND hold_id = ?3",
        params![performance, seat_no, hold.as_bytes()],
    )
}

pub(super) fn insert_hold(tx: &Tx, visit: &Visit, hold: &Hold) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO hold (concert_key, ordinal, id, performance_key, seat_numbers, amount, held_until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            visit.concert,
            visit.ordinal,
            hold.id.as_bytes(),
            hold.performance,
            serde_json::to_string(&hold.seat_numbers).unwrap_or_default(),
            hold.amount,
            hold.held_until
        ],
    )?;
    Ok(())
}

pub(super) fn holds(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<Vec<Hold>, StoreError> {
    tx.all(
        "SELECT id, performance_key, seat_numbers, amount, held_until FROM hold
         WHERE concert_key = ?1 AND ordinal = ?2 ORDER BY id",
        params![concert, ordinal],
        |row| {
            let seat_numbers: String = row.get(2)?;
            Ok(Hold {
                id: Uuid::from_bytes(row.get(0)?),
                performance: row.get(1)?,
                seat_numbers: serde_json::from_str(&seat_numbers).unwrap_or_default(),
                amount: row.get(3)?,
                held_until: row.get(4)?,
            })
        },
    )
}

pub(super) fn delete_hold(tx: &Tx, concert: ConcertKey, ordinal: Ordinal, id: Uuid) -> Result<(), StoreError> {
    tx.run(
        "DELETE FROM hold WHERE concert_key = ?1 AND ordinal = ?2 AND id = ?3",
        params![concert, ordinal, id.as_bytes()],
    )?;
    Ok(())
}

pub(super) fn all_holds(tx: &Tx) -> Result<Vec<DueHold>, StoreError> {
    tx.all("SELECT held_until, concert_key, ordinal, id FROM hold", [], |row| {
        Ok(DueHold {
            held_until: row.get(0)?,
            concert: row.get(1)?,
            ordinal: row.get(2)?,
            id: Uuid::from_bytes(row.get(3)?),
        })
    })
}
