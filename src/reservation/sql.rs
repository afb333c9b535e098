//! The reservation's tables: `seat`, `hold` and `seats_bought`.

use std::ops::Range;

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal, PerformanceKey, SeatKey, Seq, TicketKey, TypeNo, UserKey, section_of};
use crate::reservation::seat::{Buyer, Hold, HoldKey, Holder, Owner, Seat, TouchedSeat};
use crate::store::{Row, RowResult, StoreError, Tx, params};

fn read_seat(row: &Row<'_>) -> RowResult<Seat> {
    Ok(Seat {
        seat_no: row.get(0)?,
        state: row.get(1)?,
        held_by: row.get(2)?,
        held_until: row.get(3)?,
        type_no: row.get(4)?,
        changed_in: row.get(5)?,
    })
}

pub(super) fn seat(tx: &Tx, performance: PerformanceKey, seat_no: u32) -> Result<Option<Seat>, StoreError> {
    tx.maybe(
        "SELECT seat_no, state, held_by, held_until, type_no, changed_in FROM seat
         WHERE seat_key = ?1",
        params![SeatKey::new(performance, seat_no)],
        read_seat,
    )
}

/// The seats that somebody ever touched, in order.
pub(super) fn touched_seats(tx: &Tx, performance: PerformanceKey) -> Result<Vec<Seat>, StoreError> {
    let [first, last] = SeatKey::all_of(performance);
    tx.all(
        "SELECT seat_no, state, held_by, held_until, type_no, changed_in FROM seat
         WHERE seat_key BETWEEN ?1 AND ?2 ORDER BY seat_key",
        params![first, last],
        read_seat,
    )
}

/// Those of a range that cannot be taken at `now`, in order.
pub(super) fn taken_seat_numbers(
    tx: &Tx,
    performance: PerformanceKey,
    range: &Range<u32>,
    now: Instant,
) -> Result<Vec<u32>, StoreError> {
    tx.all(
        "SELECT seat_no FROM seat
         WHERE seat_key >= ?1 AND seat_key < ?2
           AND state <> 'available' AND (state <> 'held' OR held_until > ?3)
         ORDER BY seat_key",
        params![SeatKey::new(performance, range.start), SeatKey::new(performance, range.end), now],
        |row| row.get(0),
    )
}

/// Those that came back after this commit and are free.
pub(super) fn came_back(tx: &Tx, performance: PerformanceKey, since: Seq) -> Result<Vec<u32>, StoreError> {
    tx.all(
        "SELECT seat_no FROM seat WHERE performance_key = ?1 AND changed_in > ?2 AND state = 'available'",
        params![performance, since],
        |row| row.get(0),
    )
}

/// Those of a range that somebody ever touched, with who has them at `now`, in order.
pub(super) fn touched_in(
    tx: &Tx,
    performance: PerformanceKey,
    range: &Range<u32>,
    now: Instant,
    limit: u32,
) -> Result<Vec<TouchedSeat>, StoreError> {
    tx.all(
        "SELECT seat_no, held_by, hold_id, held_until, ticket_key, block_key, was_sold FROM seat
         WHERE seat_key >= ?1 AND seat_key < ?2 ORDER BY seat_key LIMIT ?3 + 0",
        params![SeatKey::new(performance, range.start), SeatKey::new(performance, range.end), limit],
        |row| {
            let held: (Option<Ordinal>, Option<[u8; 16]>, Option<Instant>) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let (ticket, block): (Option<TicketKey>, Option<i64>) = (row.get(4)?, row.get(5)?);
            let living = held.2.filter(|until| now < *until).and(held.0.zip(held.1));
            let hold = living.map(|(ordinal, id)| Owner::Hold(ordinal, Uuid::from_bytes(id)));
            let owner = hold.or(ticket.map(Owner::Ticket)).or(block.map(|_| Owner::Block));
            Ok(TouchedSeat { seat_no: row.get(0)?, owner, was_sold: row.get(6)? })
        },
    )
}

/// Forgets the row of a seat that nobody has: it is as good as untouched.
pub(super) fn forget_seat(tx: &Tx, performance: PerformanceKey, seat_no: u32) -> Result<(), StoreError> {
    tx.change("DELETE FROM seat WHERE seat_key = ?1", params![SeatKey::new(performance, seat_no)])
}

/// A seat has another number; one that is [`SeatKey::aside`] has it from [`take_numbers`] on.
pub(super) fn renumber_seat(tx: &Tx, from: SeatKey, to: SeatKey) -> Result<(), StoreError> {
    tx.change("UPDATE seat SET seat_key = ?2, changed_in = ?3 WHERE seat_key = ?1", params![from, to, tx.seq()])
}

/// Numbers that were set aside hold from now on.
pub(super) fn take_numbers(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    let [first, last] = SeatKey::all_of(performance).map(SeatKey::aside);
    tx.run("UPDATE seat SET seat_key = -seat_key WHERE seat_key BETWEEN ?1 AND ?2", params![last, first])?;
    Ok(())
}

/// A hold's seats have other numbers.
pub(super) fn renumber_hold(tx: &Tx, key: &HoldKey, seat_numbers: &[u32]) -> Result<(), StoreError> {
    tx.change(
        "UPDATE hold SET seat_numbers = ?4, section_no = ?5 WHERE concert_key = ?1 AND ordinal = ?2 AND id = ?3",
        params![
            key.concert,
            key.ordinal,
            key.id.as_bytes(),
            serde_json::to_string(seat_numbers).unwrap_or_default(),
            seat_numbers.first().and_then(|seat_no| section_of(*seat_no))
        ],
    )
}

/// Takes a free seat; there must be one.
pub(super) fn hold_seat(
    tx: &Tx,
    hold: &Hold,
    ordinal: Ordinal,
    seat_no: u32,
    type_no: TypeNo,
) -> Result<(), StoreError> {
    tx.change(
        "INSERT INTO seat (seat_key, state, hold_id, held_by, held_until, type_no, changed_in)
         VALUES (?1, 'held', ?2, ?3, ?4, ?7, ?6)
         ON CONFLICT (seat_key) DO UPDATE
           SET state = 'held', hold_id = ?2, held_by = ?3, held_until = ?4, type_no = ?7, changed_in = ?6
           WHERE state = 'available' OR (state = 'held' AND held_until <= ?5)",
        params![
            SeatKey::new(hold.performance, seat_no),
            hold.id.as_bytes(),
            ordinal,
            hold.held_until,
            tx.now(),
            tx.seq(),
            type_no
        ],
    )
}

/// Sells a free seat; there must be one.
pub(super) fn sell_free_seat(
    tx: &Tx,
    performance: PerformanceKey,
    seat_no: u32,
    ticket: TicketKey,
) -> Result<(), StoreError> {
    tx.change(
        "INSERT INTO seat (seat_key, state, ticket_key, changed_in) VALUES (?1, 'sold', ?2, ?4)
         ON CONFLICT (seat_key) DO UPDATE
           SET state = 'sold', ticket_key = ?2, hold_id = NULL, held_by = NULL, held_until = NULL, type_no = NULL,
               changed_in = ?4
           WHERE state = 'available' OR (state = 'held' AND held_until <= ?3)",
        params![SeatKey::new(performance, seat_no), ticket, tx.now(), tx.seq()],
    )
}

/// Sells a seat that is held by this entry; there must be one. It has a row, so this is cheaper than to insert or update.
pub(super) fn sell_held_seat(
    tx: &Tx,
    performance: PerformanceKey,
    seat_no: u32,
    ordinal: Ordinal,
    ticket: TicketKey,
) -> Result<(), StoreError> {
    tx.change(
        "UPDATE seat SET state = 'sold', ticket_key = ?2, hold_id = NULL, held_by = NULL, held_until = NULL,
                         type_no = NULL, changed_in = ?4
         WHERE seat_key = ?1 AND state = 'held' AND held_by = ?3",
        params![SeatKey::new(performance, seat_no), ticket, ordinal, tx.seq()],
    )
}

/// Gives a seat back, if it still belongs to the hold. The row stays: when it was freed is part of the map's history.
pub(super) fn free_seat(tx: &Tx, performance: PerformanceKey, seat_no: u32, hold: Uuid) -> Result<usize, StoreError> {
    tx.run(
        "UPDATE seat SET state = 'available', hold_id = NULL, held_by = NULL, held_until = NULL, type_no = NULL,
                         changed_in = ?3
         WHERE seat_key = ?1 AND state = 'held' AND hold_id = ?2",
        params![SeatKey::new(performance, seat_no), hold.as_bytes(), tx.seq()],
    )
}

/// Puts a seat that this ticket sold on sale again; it is noted that it was sold once.
pub(super) fn give_back_seat(
    tx: &Tx,
    performance: PerformanceKey,
    seat_no: u32,
    ticket: TicketKey,
) -> Result<(), StoreError> {
    tx.change(
        "UPDATE seat SET state = 'available', ticket_key = NULL, was_sold = 1, changed_in = ?3
         WHERE seat_key = ?1 AND state = 'sold' AND ticket_key = ?2",
        params![SeatKey::new(performance, seat_no), ticket, tx.seq()],
    )
}

/// Notes that seats were sold once, where the rows that told it went; at whichever seat is there.
pub(super) fn note_was_sold(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    tx.change(
        "INSERT INTO seat (seat_key, state, was_sold, changed_in) VALUES (?1, 'available', 1, ?2)
         ON CONFLICT (seat_key) DO UPDATE SET was_sold = 1",
        params![SeatKey::new(performance, 1), tx.seq()],
    )
}

pub(super) fn any_was_sold(tx: &Tx, performance: PerformanceKey) -> Result<bool, StoreError> {
    let [first, last] = SeatKey::all_of(performance);
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM seat WHERE seat_key BETWEEN ?1 AND ?2 AND was_sold = 1)",
        params![first, last],
        |row| row.get(0),
    )
}

/// What one account has bought of a concert counts for another.
pub(super) fn follow(tx: &Tx, concert: ConcertKey, from: UserKey, into: UserKey) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO seats_bought (concert_key, user_key, performance_key, type_no, seats)
         SELECT concert_key, ?3, performance_key, type_no, seats FROM seats_bought WHERE concert_key = ?1 AND user_key = ?2
         ON CONFLICT (concert_key, user_key, performance_key, type_no) DO UPDATE SET seats = seats + excluded.seats",
        params![concert, from, into],
    )?;
    tx.run("DELETE FROM seats_bought WHERE concert_key = ?1 AND user_key = ?2", params![concert, from])?;
    Ok(())
}

pub(super) fn count_sold(tx: &Tx, performance: PerformanceKey) -> Result<u32, StoreError> {
    let [first, last] = SeatKey::all_of(performance);
    let sold = "SELECT count(*) FROM seat WHERE seat_key BETWEEN ?1 AND ?2 AND state = 'sold'";
    tx.one(sold, params![first, last], |row| row.get(0))
}

/// How many seats of a performance were ever touched, up to a limit, and how many of these are sold.
pub(super) fn count_sold_within(tx: &Tx, performance: PerformanceKey, limit: u32) -> Result<(u32, u32), StoreError> {
    let [first, last] = SeatKey::all_of(performance);
    tx.one(
        "SELECT count(*), coalesce(sum(state = 'sold'), 0) FROM (
           SELECT state FROM seat WHERE seat_key BETWEEN ?1 AND ?2 LIMIT ?3 + 0)",
        params![first, last, limit],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Sold seats after this one, in order, each with its ticket.
pub(super) fn sold_seats(
    tx: &Tx,
    performance: PerformanceKey,
    after: u32,
    limit: u32,
) -> Result<Vec<(u32, TicketKey)>, StoreError> {
    let [_, last] = SeatKey::all_of(performance);
    tx.all(
        "SELECT seat_no, ticket_key FROM seat WHERE seat_key > ?1 AND seat_key <= ?2 AND state = 'sold'
         ORDER BY seat_key LIMIT ?3 + 0",
        params![SeatKey::new(performance, after), last, limit],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn delete_seats(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    let [first, last] = SeatKey::all_of(performance);
    tx.run("DELETE FROM seat WHERE seat_key BETWEEN ?1 AND ?2", params![first, last])?;
    Ok(())
}

pub(super) fn delete_blocks(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    tx.run("DELETE FROM block WHERE performance_key = ?1", params![performance])?;
    Ok(())
}

pub(super) fn insert_hold(tx: &Tx, holder: &Holder, hold: &Hold) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO hold (concert_key, ordinal, id, performance_key, seat_numbers, type_nos, amount, held_until, section_no,
                           quantity)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            holder.concert,
            holder.ordinal,
            hold.id.as_bytes(),
            hold.performance,
            serde_json::to_string(&hold.seat_numbers).unwrap_or_default(),
            serde_json::to_string(&hold.type_nos.iter().map(|of| of.0).collect::<Vec<_>>()).unwrap_or_default(),
            hold.amount,
            hold.held_until,
            hold.standing().map(|stand| stand.section_no),
            hold.standing().map(|stand| stand.quantity)
        ],
    )?;
    Ok(())
}

pub(super) fn holds(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<Vec<Hold>, StoreError> {
    tx.all(
        "SELECT id, performance_key, seat_numbers, type_nos, amount, held_until FROM hold
         WHERE concert_key = ?1 AND ordinal = ?2 ORDER BY id",
        params![concert, ordinal],
        |row| {
            let (seat_numbers, type_nos): (String, String) = (row.get(2)?, row.get(3)?);
            Ok(Hold {
                id: Uuid::from_bytes(row.get(0)?),
                performance: row.get(1)?,
                seat_numbers: serde_json::from_str(&seat_numbers).unwrap_or_default(),
                type_nos: serde_json::from_str::<Vec<u16>>(&type_nos)
                    .unwrap_or_default()
                    .into_iter()
                    .map(TypeNo)
                    .collect(),
                amount: row.get(4)?,
                held_until: row.get(5)?,
            })
        },
    )
}

pub(super) fn delete_hold(tx: &Tx, hold: &HoldKey) -> Result<(), StoreError> {
    tx.run(
        "DELETE FROM hold WHERE concert_key = ?1 AND ordinal = ?2 AND id = ?3",
        params![hold.concert, hold.ordinal, hold.id.as_bytes()],
    )?;
    Ok(())
}

pub(super) fn all_holds(tx: &Tx) -> Result<Vec<(HoldKey, Instant)>, StoreError> {
    tx.all("SELECT concert_key, ordinal, id, held_until FROM hold", [], |row| {
        let hold = HoldKey { concert: row.get(0)?, ordinal: row.get(1)?, id: Uuid::from_bytes(row.get(2)?) };
        Ok((hold, row.get(3)?))
    })
}

/// How many places a buyer has bought of a concert, by performance and ticket type.
pub(super) fn seats_bought(
    tx: &Tx,
    user: UserKey,
    concert: ConcertKey,
) -> Result<Vec<(PerformanceKey, TypeNo, u32)>, StoreError> {
    tx.all(
        "SELECT performance_key, type_no, seats FROM seats_bought WHERE concert_key = ?1 AND user_key = ?2",
        params![concert, user],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn add_seats_bought(
    tx: &Tx,
    holder: &Holder,
    performance: PerformanceKey,
    type_no: TypeNo,
    seats: u32,
) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO seats_bought (concert_key, user_key, performance_key, type_no, seats) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (concert_key, user_key, performance_key, type_no) DO UPDATE SET seats = seats + ?5",
        params![holder.concert, holder.user, performance, type_no, seats],
    )?;
    Ok(())
}

/// The buyer has one place less.
pub(super) fn take_seat_bought(
    tx: &Tx,
    buyer: Buyer,
    performance: PerformanceKey,
    type_no: TypeNo,
) -> Result<(), StoreError> {
    tx.change(
        "UPDATE seats_bought SET seats = seats - 1
         WHERE concert_key = ?1 AND user_key = ?2 AND performance_key = ?3 AND type_no = ?4 AND seats > 0",
        params![buyer.concert, buyer.user, performance, type_no],
    )
}
