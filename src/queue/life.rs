//! A queue through its concert's life: made, published, moved in time, cancelled, over, taken back.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal};
use crate::queue::error::QueueError;
use crate::queue::facts::QueueFact;
use crate::queue::record::{Queue, Settings};
use crate::queue::sql;
use crate::queue::state::Phase;
use crate::store::Tx;

/// When a queue's sale is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// From when buyers may join.
    pub opens_at: Instant,
    /// From when they are let in.
    pub on_sale_at: Instant,
    /// From when nothing is sold any more; none: until each performance starts.
    pub sale_ends_at: Option<Instant>,
}

impl Times {
    /// Checks them against each other.
    ///
    /// # Errors
    /// [`QueueError::Invalid`].
    pub fn check(&self) -> Result<(), QueueError> {
        if self.opens_at > self.on_sale_at {
            return Err(QueueError::Invalid("queue_opens_at must not be after on_sale_at".into()));
        }
        if self.sale_ends_at.is_some_and(|ends_at| ends_at <= self.on_sale_at) {
            return Err(QueueError::Invalid("sale_ends_at must be after on_sale_at".into()));
        }
        Ok(())
    }
}

impl Queue {
    /// When its sale is.
    pub fn times(&self) -> Times {
        Times { opens_at: self.opens_at, on_sale_at: self.on_sale_at, sale_ends_at: self.sale_ends_at }
    }
}

/// A concert's queue, as its row says.
///
/// # Errors
/// [`QueueError::NoSuchConcert`].
pub fn queue(tx: &Tx, concert: ConcertKey) -> Result<Queue, QueueError> {
    sql::queue(tx, concert)?.ok_or(QueueError::NoSuchConcert)
}

/// The queue of the concert with this public id, whatever memory knows of it.
///
/// # Errors
/// [`QueueError::NoSuchConcert`].
pub fn queue_of(tx: &Tx, concert_id: Uuid) -> Result<Queue, QueueError> {
    sql::queue_by_id(tx, concert_id)?.ok_or(QueueError::NoSuchConcert)
}

/// Makes the queue of a new concert, of settings and times that were checked; nobody knows of a draft's.
///
/// # Errors
/// Only the store's.
pub fn open_queue(
    tx: &Tx,
    concert: (ConcertKey, Uuid),
    settings: Settings,
    times: Times,
    is_draft: bool,
) -> Result<Queue, QueueError> {
    let draw_seed = crate::entropy::new_secret(tx.entropy());
    let mut queue = Queue::new(concert, settings, times.opens_at, times.on_sale_at, draw_seed);
    queue.sale_ends_at = times.sale_ends_at;
    if is_draft {
        queue.phase = Phase::Withheld;
    }
    sql::insert_queue(tx, &queue)?;
    if !is_draft {
        tx.tell(QueueFact::Opened(queue.clone()));
    }
    Ok(queue)
}

/// Changes when the sale is. What the draw was made by stays as it is once it is made.
///
/// # Errors
/// [`QueueError::Invalid`], [`QueueError::DrawMade`].
pub fn change_times(tx: &Tx, concert: ConcertKey, times: Times) -> Result<Queue, QueueError> {
    let mut queue = queue(tx, concert)?;
    times.check()?;
    if queue.drawn_at.is_some() && (queue.opens_at, queue.on_sale_at) != (times.opens_at, times.on_sale_at) {
        return Err(QueueError::DrawMade);
    }
    // From here it must succeed.
    let Times { opens_at, on_sale_at, sale_ends_at } = times;
    queue = Queue { opens_at, on_sale_at, sale_ends_at, ..queue };
    sql::save(tx, &queue)?;
    if matches!(queue.phase, Phase::Running | Phase::Cancelled) {
        tx.tell(QueueFact::Changed(queue.clone()));
    }
    Ok(queue)
}

/// Lets a draft's or an ended concert's queue run. One that runs already is left alone.
///
/// # Errors
/// Only the store's.
pub fn run(tx: &Tx, concert: ConcertKey) -> Result<(), QueueError> {
    let mut queue = queue(tx, concert)?;
    if matches!(queue.phase, Phase::Withheld | Phase::Over) {
        enter(tx, &mut queue, Phase::Running)?;
        tx.tell(QueueFact::Opened(queue));
    }
    Ok(())
}

/// Nobody joins and nobody is let in any more. Those who live in it are told, and keep their places until their time is
/// over.
///
/// # Errors
/// Only the store's.
pub fn cancel(tx: &Tx, concert: ConcertKey) -> Result<(), QueueError> {
    let mut queue = queue(tx, concert)?;
    let was_known = queue.phase == Phase::Running;
    enter(tx, &mut queue, Phase::Cancelled)?;
    if was_known {
        tx.tell(QueueFact::Changed(queue));
    }
    Ok(())
}

/// Lets memory forget the queue of a concert that is over, unless somebody lives in it. Gives whether it did.
///
/// # Errors
/// Only the store's.
pub fn retire(tx: &Tx, concert: ConcertKey) -> Result<bool, QueueError> {
    let mut queue = queue(tx, concert)?;
    let is_known = matches!(queue.phase, Phase::Running | Phase::Cancelled);
    if !is_known || queue.waiting_count + queue.admitted_count > 0 || queue.is_numbering() {
        return Ok(false);
    }
    enter(tx, &mut queue, Phase::Over)?;
    tx.tell(QueueFact::Closed(concert));
    Ok(true)
}

fn enter(tx: &Tx, queue: &mut Queue, phase: Phase) -> Result<(), QueueError> {
    queue.phase = phase;
    sql::set_phase(tx, queue.concert, phase)?;
    Ok(sql::save(tx, queue)?)
}

/// Takes back the queue of a concert that is taken back.
///
/// # Errors
/// [`QueueError::WasJoined`].
pub fn take_back(tx: &Tx, concert: ConcertKey) -> Result<(), QueueError> {
    if queue(tx, concert)?.last_ordinal != Ordinal(0) {
        return Err(QueueError::WasJoined);
    }
    // From here it must succeed.
    sql::delete_queue(tx, concert)?;
    tx.tell(QueueFact::Closed(concert));
    Ok(())
}
