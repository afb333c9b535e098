//! What a queue does by itself when its time has come: the draw, the end of visits, and the letting in. Every operation
//! of [`domain`](super::domain) passes through [`settle`] before and [`admit`] after its own work.

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal};
use crate::picture::words;
use crate::queue::draw::{Order, Piece};
use crate::queue::error::QueueError;
use crate::queue::facts::QueueFact;
use crate::queue::record::Queue;
use crate::queue::state::{Cause, EntryStatus, Phase};
use crate::queue::{rules, sql};
use crate::store::{Part, StoreError, Tx};

/// What every node does alike here: a piece of a draw.
pub(super) const PIECE: &str = "draw";
/// So many entries end by their time in one commit at most, so that nobody waits long for a crowd that goes at once; the
/// rest follow in the next commit, which is due at once. Until then they count as inside; nobody takes them for living.
const ENDED_PER_COMMIT: u32 = 500;
/// So many numbers come up in one commit at most: in a drawn line each belongs to a row of another page.
const TURNS_PER_COMMIT: u32 = 100;

/// When the group that runs has ended all visits of a queue whose time was over: at that instant no other is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Settled(Instant);

/// Lets happen what is due: the draw at the sale's start, and the end of visits whose time is over.
pub(super) fn settle(tx: &Tx, queue: &mut Queue) -> Result<(), QueueError> {
    if queue.drawn_at.is_none() && queue.phase == Phase::Running && tx.wall() >= queue.on_sale_at {
        draw(tx, queue)?;
    }
    if tx.shared(queue.concert.0) == Some(Settled(tx.now())) {
        return Ok(());
    }
    let over = sql::admitted_ending_by(tx, queue.concert, tx.now(), ENDED_PER_COMMIT)?;
    for &ordinal in &over {
        end(tx, queue, ordinal, EntryStatus::Admitted, EntryStatus::Expired, Some(Cause::Time))?;
    }
    if (over.len() as u32) < ENDED_PER_COMMIT {
        tx.keep(queue.concert.0, Settled(tx.now()));
    }
    Ok(())
}

/// Lets the next [`settle`] look anew at this same instant: a visit was made to end by now.
pub(super) fn unsettle(tx: &Tx, concert: ConcertKey) {
    tx.unshare::<Settled>(concert.0);
}

/// Decides the draw: seed, last entry and count say who has which of the numbers from 1 on, whatever happens to the
/// entries from here on. Of a small draw they are written at once; those of a large one follow in commits of their own
/// ([`write_numbers`]), because nobody else can change anything meanwhile.
fn draw(tx: &Tx, queue: &mut Queue) -> Result<(), QueueError> {
    // The dead take no part. While there may be more of them, the draw waits for the next commit.
    let dead = sql::undrawn_ending_by(tx, queue.concert, tx.now(), ENDED_PER_COMMIT)?;
    for &ordinal in &dead {
        end(tx, queue, ordinal, EntryStatus::Waiting, EntryStatus::Expired, Some(Cause::Time))?;
    }
    if dead.len() as u32 == ENDED_PER_COMMIT {
        return Ok(());
    }
    queue.drawn_at = Some(tx.now());
    queue.drawn_ordinal = queue.last_ordinal;
    queue.drawn_count = queue.waiting_count;
    queue.last_number = queue.drawn_count;
    if queue.drawn_count <= tx.terms().numbers_per_commit {
        let order = Order::of(&queue.draw_seed, &sql::undrawn(tx, queue.concert)?);
        let piece = next_piece(tx, queue, &order)?;
        write_piece(tx, &piece, &order)?;
        queue.numbered_count = piece.to;
    }
    Ok(())
}

/// Writes the next numbers of a decided draw behind. A crash changes nothing: the same numbers follow after it, and the same on every
/// node, which is why others are told no more than which they are. (Those of a small draw are written by the commit that decides it,
/// where no other node could know yet who takes part.)
pub(super) fn write_numbers(tx: &Tx, queue: &mut Queue, order: &Order) -> Result<(), QueueError> {
    let piece = next_piece(tx, queue, order)?;
    let words = words(&piece).map_err(StoreError::RolledBack)?;
    let part = Part { name: PIECE, words, columns: &["number"] };
    tx.alike(part, || write_piece(tx, &piece, order))?;
    queue.numbered_count = piece.to;
    Ok(())
}

fn next_piece(tx: &Tx, queue: &Queue, order: &Order) -> Result<Piece, QueueError> {
    if order.count() != queue.drawn_count {
        return Err(QueueError::DrawBroken { drawn: queue.drawn_count, found: order.count() });
    }
    let from = queue.numbered_count;
    let to = from.saturating_add(tx.terms().numbers_per_commit).min(queue.drawn_count);
    Ok(Piece { concert: queue.concert, from, to })
}

/// Writes a piece of what follows from a draw: the same rows wherever it is done.
pub(super) fn write_piece(tx: &Tx, piece: &Piece, order: &Order) -> Result<(), QueueError> {
    let Piece { concert, from, to } = *piece;
    // Entries in the order of joining, turns in that of numbers: of each table every page is then changed once, not as
    // often as it has rows.
    let numbers = order.numbers(from, to);
    for &(ordinal, number) in numbers {
        sql::set_number(tx, concert, ordinal, number)?;
    }
    for (number, &ordinal) in (from + 1..).zip(order.turns(from, to)) {
        sql::insert_turn(tx, concert, number, ordinal)?;
    }
    tx.tell(QueueFact::Numbered { concert, numbers: numbers.to_vec() });
    Ok(())
}

/// Lets in whoever may be let in.
pub(super) fn admit(tx: &Tx, queue: &mut Queue) -> Result<(), QueueError> {
    if !queue.lets_in() || queue.sale_is_over(tx.wall()) {
        return Ok(());
    }
    for _ in 0..TURNS_PER_COMMIT {
        let mut allowed_us = 0;
        if let Some(rate) = queue.settings.admissions_per_minute {
            allowed_us = rules::next_admission_us(queue.next_admission_at_us, rate, tx.now());
            // Kept, or a moment that was drawn near would move away with the clock and never come.
            queue.next_admission_at_us = allowed_us;
        }
        if queue.waiting_count == 0 || !queue.has_room() || allowed_us > tx.now().0 * 1000 {
            return Ok(());
        }
        let Some((number, ordinal)) = sql::next_turn(tx, queue.concert)? else { return Ok(()) };
        sql::delete_turn(tx, queue.concert, number)?;
        let Some(next) = sql::entry(tx, queue.concert, ordinal)? else { continue };
        if next.status != EntryStatus::Waiting {
            continue;
        }
        if next.require_live(tx.now()).is_err() {
            end(tx, queue, ordinal, next.status, EntryStatus::Expired, Some(Cause::Time))?;
            continue;
        }
        let until = tx.now().plus_seconds(tx.terms().admission_seconds);
        sql::admit(tx, queue.concert, ordinal, tx.now(), until)?;
        queue.waiting_count -= 1;
        queue.admitted_count += 1;
        queue.cap_at_last_admission = queue.settings.max_admitted;
        queue.now_serving = queue.now_serving.max(number);
        if let Some(rate) = queue.settings.admissions_per_minute {
            queue.next_admission_at_us = rules::after_admission_us(allowed_us, rate, tx.now());
        }
        let (concert, waited_ms) = (queue.concert, tx.now().0 - next.joined_at.max(queue.on_sale_at).0);
        tx.tell(QueueFact::Admitted { concert, ordinal, admitted_until: until, waited_ms });
    }
    Ok(())
}

/// Ends an entry that `was` waiting or admitted.
pub(super) fn end(
    tx: &Tx,
    queue: &mut Queue,
    ordinal: Ordinal,
    was: EntryStatus,
    status: EntryStatus,
    cause: Option<Cause>,
) -> Result<(), QueueError> {
    if sql::end_entry(tx, (queue.concert, ordinal), was, status, cause)? == 0 {
        return Ok(());
    }
    // Who took part in the draw and has no number yet keeps word of it, and gets the number all the same.
    if queue.is_numbering() {
        sql::keep_in_draw(tx, queue.concert, ordinal)?;
    }
    queue.ended.count(status, cause);
    match was {
        EntryStatus::Admitted => queue.admitted_count -= 1,
        _ => queue.waiting_count -= 1,
    }
    tx.tell(QueueFact::Ended { concert: queue.concert, ordinal, status });
    Ok(())
}

pub(super) fn save(tx: &Tx, queue: Queue) -> Result<(), QueueError> {
    sql::save(tx, &queue)?;
    tx.tell(QueueFact::Changed(queue));
    Ok(())
}
