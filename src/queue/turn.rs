//! What a queue does by itself when its time has come: the draw, the end of visits, and the letting in. Every operation
//! of [`domain`](super::domain) passes through [`settle`] before and [`admit`] after its own work.

use crate::ids::Ordinal;
use crate::queue::error::QueueError;
use crate::queue::facts::QueueFact;
use crate::queue::record::Queue;
use crate::queue::state::{Cause, EntryStatus};
use crate::queue::{draw, rules, sql};
use crate::store::Tx;

/// Lets happen what is due: the draw at the sale's start, and the end of visits whose time is over.
pub(super) fn settle(tx: &Tx, queue: &mut Queue) -> Result<(), QueueError> {
    if queue.drawn_at.is_none() && tx.wall() >= queue.on_sale_at {
        // The dead take no part.
        for entry in sql::undrawn_ending_by(tx, queue.concert, tx.now())? {
            end(tx, queue, entry.ordinal, entry.status, EntryStatus::Expired, Some(Cause::Time))?;
        }
        draw_numbers(tx, queue)?;
    }
    for entry in sql::admitted_ending_by(tx, queue.concert, tx.now())? {
        end(tx, queue, entry.ordinal, entry.status, EntryStatus::Expired, Some(Cause::Time))?;
    }
    Ok(())
}

/// One draw gives the numbers of all who joined before the sale. It is one transaction with its record, and its order
/// follows from the seed and the entries alone: a crash leaves either no draw or this one.
fn draw_numbers(tx: &Tx, queue: &mut Queue) -> Result<(), QueueError> {
    let undrawn = sql::waiting_without_number(tx, queue.concert)?;
    let mut numbers: Vec<_> = draw::order(&queue.draw_seed, undrawn).into_iter().zip(queue.last_number + 1..).collect();
    // In the file's order: each of its pages is then changed once, not as often as it has rows.
    numbers.sort_unstable_by_key(|(ordinal, _)| *ordinal);
    for &(ordinal, number) in &numbers {
        sql::set_number(tx, queue.concert, ordinal, number)?;
    }
    queue.last_number += numbers.len() as u32;
    queue.drawn_at = Some(tx.now());
    queue.drawn_ordinal = queue.last_ordinal;
    tx.tell(QueueFact::NumbersDrawn { concert: queue.concert, numbers });
    Ok(())
}

/// So many are let in by one commit at most, so that a wide-open queue does not keep the others waiting; the rest
/// follow in the next commit, which is due at once.
const ADMISSIONS_PER_COMMIT: u32 = 1000;

pub(super) fn admit(tx: &Tx, queue: &mut Queue) -> Result<(), QueueError> {
    if queue.drawn_at.is_none() || !queue.settings.state.admits() {
        return Ok(());
    }
    for _ in 0..ADMISSIONS_PER_COMMIT {
        let mut allowed_us = 0;
        if let Some(rate) = queue.settings.admissions_per_minute {
            allowed_us = rules::next_admission_us(queue.next_admission_at_us, rate, tx.now());
            // Kept, or a moment that was drawn near would move away with the clock and never come.
            queue.next_admission_at_us = allowed_us;
        }
        if queue.waiting_count == 0 || !queue.has_room() || allowed_us > tx.now().0 * 1000 {
            return Ok(());
        }
        let Some(next) = sql::next_waiting(tx, queue.concert)? else { return Ok(()) };
        if next.require_live(tx.now()).is_err() {
            end(tx, queue, next.ordinal, next.status, EntryStatus::Expired, Some(Cause::Time))?;
            continue;
        }
        let until = tx.now().plus_seconds(tx.terms().admission_seconds);
        let number = next.number.unwrap_or(queue.last_number);
        sql::admit(tx, queue.concert, next.ordinal, tx.now(), until)?;
        queue.waiting_count -= 1;
        queue.admitted_count += 1;
        queue.cap_at_last_admission = queue.settings.max_admitted;
        queue.now_serving = queue.now_serving.max(number);
        if let Some(rate) = queue.settings.admissions_per_minute {
            queue.next_admission_at_us = rules::after_admission_us(allowed_us, rate, tx.now());
        }
        let (concert, ordinal) = (queue.concert, next.ordinal);
        tx.tell(QueueFact::Admitted { concert, ordinal, admitted_until: until });
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
    if sql::end_entry(tx, queue.concert, ordinal, status, cause, tx.now())? == 0 {
        return Ok(());
    }
    match was {
        EntryStatus::Admitted => queue.admitted_count -= 1,
        _ => queue.waiting_count -= 1,
    }
    tx.tell(QueueFact::Ended { concert: queue.concert, ordinal, status });
    Ok(())
}

pub(super) fn save(tx: &Tx, queue: Queue) -> Result<(), QueueError> {
    sql::save_progress(tx, &queue)?;
    tx.tell(QueueFact::Changed(queue));
    Ok(())
}
