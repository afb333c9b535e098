//! The waiting room's tables: `queue` and `queue_entry`.

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal, UserKey};
use crate::queue::draw::InDraw;
use crate::queue::record::{Ended, Entry, Queue, Settings};
use crate::queue::state::{Cause, EntryStatus, Phase};
use crate::store::{Row, RowResult, SharedRow, StoreError, Tx, many_params, params};

macro_rules! select_entry {
    ($rest:literal) => {
        concat!(
            "SELECT concert_key, ordinal, id, user_key, tier, number, status, cause, joined_at, admitted_at, admitted_until, ",
            "ends_at FROM queue_entry ",
            $rest
        )
    };
}

macro_rules! select_queue {
    ($rest:literal) => {
        concat!(
            "SELECT concert_key, state, max_admitted, admissions_per_minute, absence_seconds, no_show_seconds, ",
            "opens_at, on_sale_at, draw_seed, drawn_at, drawn_ordinal, drawn_count, numbered_count, last_ordinal, ",
            "last_number, now_serving, next_admission_at_us, waiting_count, admitted_count, cap_at_last_admission, ",
            "completed_count, expired_count, absent_count, no_show_count, left_count, replaced_count, phase, ",
            "sale_ends_at, concert_id FROM queue ",
            $rest
        )
    };
}

fn read_entry(row: &Row<'_>) -> RowResult<Entry> {
    Ok(Entry {
        concert: row.get(0)?,
        ordinal: row.get(1)?,
        id: uuid::Uuid::from_bytes(row.get(2)?),
        user: row.get(3)?,
        tier: row.get(4)?,
        // 0 only says that it took part in the draw.
        number: row.get::<_, Option<u32>>(5)?.filter(|number| *number > 0),
        status: row.get(6)?,
        cause: row.get(7)?,
        joined_at: row.get(8)?,
        admitted_at: row.get(9)?,
        admitted_until: row.get(10)?,
        ends_at: row.get(11)?,
    })
}

fn read_queue(row: &Row<'_>) -> RowResult<Queue> {
    Ok(Queue {
        concert: row.get(0)?,
        concert_id: uuid::Uuid::from_bytes(row.get(28)?),
        settings: Settings {
            state: row.get(1)?,
            max_admitted: row.get(2)?,
            admissions_per_minute: row.get(3)?,
            absence_seconds: row.get(4)?,
            no_show_seconds: row.get(5)?,
        },
        phase: row.get(26)?,
        opens_at: row.get(6)?,
        on_sale_at: row.get(7)?,
        sale_ends_at: row.get(27)?,
        draw_seed: row.get(8)?,
        drawn_at: row.get(9)?,
        drawn_ordinal: row.get(10)?,
        drawn_count: row.get(11)?,
        numbered_count: row.get(12)?,
        last_ordinal: row.get(13)?,
        last_number: row.get(14)?,
        now_serving: row.get(15)?,
        next_admission_at_us: row.get(16)?,
        waiting_count: row.get(17)?,
        admitted_count: row.get(18)?,
        cap_at_last_admission: row.get(19)?,
        ended: Ended {
            completed: row.get(20)?,
            expired: row.get(21)?,
            absent: row.get(22)?,
            no_shows: row.get(23)?,
            left: row.get(24)?,
            replaced: row.get(25)?,
        },
    })
}

/// What the operations of this group before this one made of the queue, or what the file says.
pub(super) fn queue(tx: &Tx, concert: ConcertKey) -> Result<Option<Queue>, StoreError> {
    match tx.shared(concert.0) {
        Some(queue) => Ok(Some(queue)),
        None => tx.maybe(select_queue!("WHERE concert_key = ?1"), params![concert], read_queue),
    }
}

pub(super) fn queue_by_id(tx: &Tx, concert_id: uuid::Uuid) -> Result<Option<Queue>, StoreError> {
    let written = tx.maybe(select_queue!("WHERE concert_id = ?1"), params![concert_id.as_bytes()], read_queue)?;
    Ok(written.map(|queue| tx.shared(queue.concert.0).unwrap_or(queue)))
}

/// Those that memory knows: running and cancelled ones. For the start: of what a group has not written yet it knows nothing.
pub(super) fn queues(tx: &Tx) -> Result<Vec<Queue>, StoreError> {
    tx.all(select_queue!("WHERE phase IN ('running', 'cancelled')"), [], read_queue)
}

/// Hands the queue on to the operations after this one; its row is written before the commit.
pub(super) fn save(tx: &Tx, queue: &Queue) -> Result<(), StoreError> {
    tx.share(queue.concert.0, queue.clone())
}

pub(super) fn delete_queue(tx: &Tx, concert: ConcertKey) -> Result<(), StoreError> {
    tx.unshare::<Queue>(concert.0);
    tx.change("DELETE FROM queue WHERE concert_key = ?1", params![concert])
}

pub(super) fn insert_queue(tx: &Tx, queue: &Queue) -> Result<(), StoreError> {
    let settings = &queue.settings;
    tx.run(
        "INSERT INTO queue (concert_key, state, max_admitted, admissions_per_minute, absence_seconds, no_show_seconds,
                            opens_at, on_sale_at, draw_seed, phase, sale_ends_at, concert_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            queue.concert,
            settings.state,
            settings.max_admitted,
            settings.admissions_per_minute,
            settings.absence_seconds,
            settings.no_show_seconds,
            queue.opens_at,
            queue.on_sale_at,
            queue.draw_seed,
            queue.phase,
            queue.sale_ends_at,
            queue.concert_id.as_bytes()
        ],
    )?;
    Ok(())
}

/// Where a queue is in its concert's life. Written at once: [`save`] leaves it out, because to name it would write an index anew with
/// each commit.
pub(super) fn set_phase(tx: &Tx, concert: ConcertKey, phase: Phase) -> Result<(), StoreError> {
    tx.change("UPDATE queue SET phase = ?2 WHERE concert_key = ?1", params![concert, phase])
}

impl SharedRow for Queue {
    fn write(&self, tx: &Tx) -> Result<(), StoreError> {
        let (settings, ended) = (&self.settings, &self.ended);
        tx.change(
            "UPDATE queue SET state = ?2, max_admitted = ?3, admissions_per_minute = ?4, absence_seconds = ?5,
                              no_show_seconds = ?6, opens_at = ?7, on_sale_at = ?8, sale_ends_at = ?9, drawn_at = ?10,
                              drawn_ordinal = ?11, drawn_count = ?12, numbered_count = ?13, last_ordinal = ?14,
                              last_number = ?15, now_serving = ?16, next_admission_at_us = ?17, waiting_count = ?18,
                              admitted_count = ?19, cap_at_last_admission = ?20, completed_count = ?21,
                              expired_count = ?22, absent_count = ?23, no_show_count = ?24, left_count = ?25,
                              replaced_count = ?26
             WHERE concert_key = ?1",
            many_params![
                self.concert,
                settings.state,
                settings.max_admitted,
                settings.admissions_per_minute,
                settings.absence_seconds,
                settings.no_show_seconds,
                self.opens_at,
                self.on_sale_at,
                self.sale_ends_at,
                self.drawn_at,
                self.drawn_ordinal,
                self.drawn_count,
                self.numbered_count,
                self.last_ordinal,
                self.last_number,
                self.now_serving,
                self.next_admission_at_us,
                self.waiting_count,
                self.admitted_count,
                self.cap_at_last_admission,
                ended.completed,
                ended.expired,
                ended.absent,
                ended.no_shows,
                ended.left,
                ended.replaced
            ],
        )
    }
}

pub(super) fn insert_entry(tx: &Tx, entry: &Entry) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO queue_entry (concert_key, ordinal, id, user_key, tier, number, status, joined_at, ends_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            entry.concert,
            entry.ordinal,
            entry.id.as_bytes(),
            entry.user,
            entry.tier,
            entry.number,
            entry.status,
            entry.joined_at,
            entry.ends_at
        ],
    )?;
    Ok(())
}

pub(super) fn entry(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<Option<Entry>, StoreError> {
    tx.maybe(select_entry!("WHERE concert_key = ?1 AND ordinal = ?2"), params![concert, ordinal], read_entry)
}

pub(super) fn live_entry_of(tx: &Tx, concert: ConcertKey, user: UserKey) -> Result<Option<Entry>, StoreError> {
    tx.maybe(
        select_entry!("WHERE concert_key = ?1 AND user_key = ?2 AND status IN ('waiting', 'admitted')"),
        params![concert, user],
        read_entry,
    )
}

pub(super) fn each_live_entry(tx: &Tx, concert: ConcertKey, take: impl FnMut(Entry)) -> Result<(), StoreError> {
    tx.each(
        select_entry!("WHERE concert_key = ?1 AND status IN ('waiting', 'admitted')"),
        params![concert],
        read_entry,
        take,
    )
}

/// Some of those whose visit is over by `now`, earliest end first.
pub(super) fn admitted_ending_by(
    tx: &Tx,
    concert: ConcertKey,
    now: Instant,
    limit: u32,
) -> Result<Vec<Ordinal>, StoreError> {
    tx.all(
        "SELECT ordinal FROM queue_entry
         WHERE concert_key = ?1 AND status = 'admitted' AND ends_at <= ?2 ORDER BY ends_at LIMIT ?3 + 0",
        params![concert, now, limit],
        |row| row.get(0),
    )
}

/// Some of those who wait for the draw and whose time in line is over by `now`.
pub(super) fn undrawn_ending_by(
    tx: &Tx,
    concert: ConcertKey,
    now: Instant,
    limit: u32,
) -> Result<Vec<Ordinal>, StoreError> {
    tx.all(
        "SELECT ordinal FROM queue_entry
         WHERE concert_key = ?1 AND status = 'waiting' AND number IS NULL AND ends_at <= ?2 ORDER BY ends_at LIMIT ?3 + 0",
        params![concert, now, limit],
        |row| row.get(0),
    )
}

/// Those who wait for the draw.
pub(super) fn undrawn(tx: &Tx, concert: ConcertKey) -> Result<Vec<InDraw>, StoreError> {
    tx.all(
        "SELECT ordinal, tier, id FROM queue_entry WHERE concert_key = ?1 AND status = 'waiting' AND number IS NULL",
        params![concert],
        read_in_draw,
    )
}

fn read_in_draw(row: &Row<'_>) -> RowResult<InDraw> {
    Ok((row.get(0)?, row.get(1)?, uuid::Uuid::from_bytes(row.get(2)?)))
}

/// Those who took part in the draw, however far its numbers are written. Walks the queue's entries.
pub(super) fn drawn(tx: &Tx, concert: ConcertKey, up_to: Ordinal) -> Result<Vec<InDraw>, StoreError> {
    tx.all(
        "SELECT ordinal, tier, id FROM queue_entry
         WHERE concert_key = ?1 AND ordinal <= ?2 AND (number IS NOT NULL OR status = 'waiting')",
        params![concert, up_to],
        read_in_draw,
    )
}

/// Who took part in a draw with the number it gave, in the order of joining.
pub(super) fn drawn_entries(
    tx: &Tx,
    concert: ConcertKey,
    after: Ordinal,
    up_to: Ordinal,
    limit: u32,
) -> Result<Vec<(InDraw, u32)>, StoreError> {
    tx.all(
        "SELECT ordinal, tier, id, number FROM queue_entry
         WHERE concert_key = ?1 AND ordinal > ?2 AND ordinal <= ?3 AND number > 0 ORDER BY ordinal LIMIT ?4 + 0",
        params![concert, after, up_to, limit],
        |row| Ok((read_in_draw(row)?, row.get(3)?)),
    )
}

/// Writes a drawn number behind; an entry that ended meanwhile gets its number too.
pub(super) fn set_number(tx: &Tx, concert: ConcertKey, ordinal: Ordinal, number: u32) -> Result<(), StoreError> {
    tx.change(
        "UPDATE queue_entry SET number = ?3
         WHERE concert_key = ?1 AND ordinal = ?2 AND (number = 0 OR (number IS NULL AND status = 'waiting'))",
        params![concert, ordinal, number],
    )
}

pub(super) fn insert_turn(tx: &Tx, concert: ConcertKey, number: u32, ordinal: Ordinal) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO queue_turn (concert_key, number, ordinal) VALUES (?1, ?2, ?3)",
        params![concert, number, ordinal],
    )?;
    Ok(())
}

/// The number that comes up next and its entry, which may have ended.
pub(super) fn next_turn(tx: &Tx, concert: ConcertKey) -> Result<Option<(u32, Ordinal)>, StoreError> {
    tx.maybe(
        "SELECT number, ordinal FROM queue_turn WHERE concert_key = ?1 ORDER BY number LIMIT 1",
        params![concert],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn delete_turn(tx: &Tx, concert: ConcertKey, number: u32) -> Result<(), StoreError> {
    tx.change("DELETE FROM queue_turn WHERE concert_key = ?1 AND number = ?2", params![concert, number])
}

pub(super) fn admit(
    tx: &Tx,
    concert: ConcertKey,
    ordinal: Ordinal,
    now: Instant,
    until: Instant,
) -> Result<(), StoreError> {
    tx.run(
        "UPDATE queue_entry SET status = 'admitted', admitted_at = ?3, admitted_until = ?4, ends_at = ?4
         WHERE concert_key = ?1 AND ordinal = ?2 AND status = 'waiting'",
        params![concert, ordinal, now, until],
    )?;
    Ok(())
}

pub(super) fn set_visit_end(
    tx: &Tx,
    concert: ConcertKey,
    ordinal: Ordinal,
    ends_at: Instant,
) -> Result<usize, StoreError> {
    tx.run(
        "UPDATE queue_entry SET ends_at = ?3
         WHERE concert_key = ?1 AND ordinal = ?2 AND status = 'admitted' AND ends_at <> ?3",
        params![concert, ordinal, ends_at],
    )
}

/// Ends an entry that `was` waiting or admitted. Gives 0 when it was not.
pub(super) fn end_entry(
    tx: &Tx,
    (concert, ordinal): (ConcertKey, Ordinal),
    was: EntryStatus,
    status: EntryStatus,
    cause: Option<Cause>,
) -> Result<usize, StoreError> {
    tx.run(
        "UPDATE queue_entry SET status = ?4, cause = ?5, ends_at = ?6
         WHERE concert_key = ?1 AND ordinal = ?2 AND status = ?3",
        params![concert, ordinal, was, status, cause, tx.now()],
    )
}

/// Notes of an ended entry without a number that it took part in the draw.
pub(super) fn keep_in_draw(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<(), StoreError> {
    tx.run(
        "UPDATE queue_entry SET number = 0 WHERE concert_key = ?1 AND ordinal = ?2 AND number IS NULL",
        params![concert, ordinal],
    )?;
    Ok(())
}
