//! The waiting room's operations. Each loads the queue's one row, first lets happen what is due (draw, expiry), then
//! does its own work, then lets in whoever may be let in: so a freed place is given on in the commit that freed it.
//! Knows nothing of seats and money: `visit` and `payment` above bind them to a visit.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{ConcertKey, Ordinal, UserKey};
use crate::queue::draw::{InDraw, Order};
use crate::queue::error::QueueError;
use crate::queue::facts::QueueFact;
use crate::queue::record::{Entry, Queue, Settings, Visit};
use crate::queue::state::{Cause, EntryStatus, Phase};
use crate::queue::tier::{Pass, Tier};
use crate::queue::turn::{admit, end, save, settle, unsettle, write_numbers};
use crate::queue::{rules, sql};
use crate::store::{StoreError, Tx};
use crate::terms::Terms;

/// An entry that joined, the queue as it stands then, and the entry that it replaced.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The new entry.
    pub entry: Entry,
    /// The queue.
    pub queue: Queue,
    /// The user's entry before; what it held is for the caller to give back.
    pub replaced: Option<Ordinal>,
}

/// A draw that is decided: what its numbers follow from.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The seed.
    pub seed: [u8; 32],
    /// Who took part, in the order of joining.
    pub entries: Vec<InDraw>,
}

/// The seed's token issue: delete the user's live entry if there is one, join anew at the back.
///
/// # Errors
/// [`QueueError::NoSuchConcert`], [`QueueError::Cancelled`], [`QueueError::SaleOver`], [`QueueError::NotOpenYet`],
/// [`QueueError::NotJoinable`], [`QueueError::Full`]; then the old entry lives on.
pub fn join(tx: &Tx, user: UserKey, concert: ConcertKey) -> Result<Joined, QueueError> {
    join_by(tx, user, concert, None)
}

/// As [`join`], for who bears a pass: in its tier, and from its time on if that is earlier.
///
/// # Errors
/// As [`join`]; [`QueueError::PresaleOver`] once the draw is made or due: then nobody comes ahead of anyone any more.
pub fn join_with_pass(tx: &Tx, user: UserKey, concert: ConcertKey, pass: &Pass) -> Result<Joined, QueueError> {
    join_by(tx, user, concert, Some(pass))
}

fn join_by(tx: &Tx, user: UserKey, concert: ConcertKey, pass: Option<&Pass>) -> Result<Joined, QueueError> {
    let mut queue = sql::queue(tx, concert)?.ok_or(QueueError::NoSuchConcert)?;
    match queue.phase {
        Phase::Withheld => return Err(QueueError::NoSuchConcert),
        Phase::Cancelled => return Err(QueueError::Cancelled),
        Phase::Over => return Err(QueueError::SaleOver),
        Phase::Running if queue.sale_is_over(tx.wall()) => return Err(QueueError::SaleOver),
        Phase::Running => {}
    }
    // A sale that has begun does not unbegin, wherever the wall clock is set.
    let opens_at = pass.and_then(|pass| pass.opens_at).map_or(queue.opens_at, |at| at.min(queue.opens_at));
    if queue.drawn_at.is_none() && tx.wall() < opens_at {
        return Err(QueueError::NotOpenYet(opens_at));
    }
    if pass.is_some() && (queue.drawn_at.is_some() || tx.wall() >= queue.on_sale_at) {
        return Err(QueueError::PresaleOver);
    }
    if !queue.settings.state.accepts_joins() {
        return Err(QueueError::NotJoinable(queue.settings.state));
    }
    let ordinal = Ordinal(queue.last_ordinal.0.saturating_add(1));
    if ordinal >= Ordinal::FIRST_OF_WAITLIST {
        return Err(QueueError::Full);
    }
    // From here it must succeed.
    settle(tx, &mut queue)?;
    let old = sql::live_entry_of(tx, concert, user)?;
    if let Some(old) = &old {
        end(tx, &mut queue, old.ordinal, old.status, EntryStatus::Replaced, None)?;
    }
    append(tx, &mut queue, user, ordinal, pass.map_or(Tier::STANDARD, |pass| pass.tier))?;
    admit(tx, &mut queue)?;
    save(tx, queue.clone())?;
    Ok(Joined { entry: entry(tx, concert, ordinal)?, queue, replaced: old.map(|old| old.ordinal) })
}

fn append(tx: &Tx, queue: &mut Queue, user: UserKey, ordinal: Ordinal, tier: Tier) -> Result<(), QueueError> {
    queue.last_ordinal = ordinal;
    // There are never more numbers than entries, and of those one more is possible.
    let number = match queue.drawn_at {
        Some(_) => Some(queue.last_number.checked_add(1).ok_or(QueueError::Full)?),
        None => None,
    };
    queue.last_number = number.unwrap_or(queue.last_number);
    let entry = Entry {
        concert: queue.concert,
        ordinal,
        id: tx.new_id(),
        user,
        tier,
        number,
        status: EntryStatus::Waiting,
        cause: None,
        joined_at: tx.now(),
        admitted_at: None,
        admitted_until: None,
        ends_at: tx.now().plus_seconds(tx.terms().token_seconds),
    };
    sql::insert_entry(tx, &entry)?;
    if let Some(number) = number {
        sql::insert_turn(tx, queue.concert, number, ordinal)?;
    }
    queue.waiting_count += 1;
    tx.tell(QueueFact::Joined(entry));
    Ok(())
}

/// The entry that a token names, dead or alive.
///
/// # Errors
/// [`QueueError::NoSuchEntry`].
pub fn entry(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<Entry, QueueError> {
    sql::entry(tx, concert, ordinal)?.ok_or(QueueError::NoSuchEntry)
}

/// The entry that a token was made for: the ordinal finds it, the id proves that it is that one. After a restore another
/// buyer's entry may have the same ordinal.
///
/// # Errors
/// [`QueueError::NoSuchEntry`]; [`QueueError::Ended`] of one that was folded since (`fold`): it is as over as its token.
pub fn entry_of(tx: &Tx, concert: ConcertKey, ordinal: Ordinal, id: Uuid) -> Result<Entry, QueueError> {
    if let Some(entry) = sql::entry(tx, concert, ordinal)? {
        return Some(entry).filter(|entry| entry.id == id).ok_or(QueueError::NoSuchEntry);
    }
    let queue = sql::queue(tx, concert)?.ok_or(QueueError::NoSuchConcert)?;
    let was_given = ordinal > Ordinal(0) && ordinal <= queue.last_ordinal;
    Err(if was_given { QueueError::Ended(EntryStatus::Expired, None) } else { QueueError::NoSuchEntry })
}

/// When a token for an entry that joined at `joined_at` dies whatever happens: after the longest wait, the longest
/// visit and its last hold.
pub fn token_expiry(terms: &Terms, joined_at: Instant) -> Instant {
    joined_at.plus_seconds(terms.token_seconds).plus_seconds(terms.admission_seconds).plus_seconds(terms.hold_seconds)
}

/// The user's live entry in a concert's queue, for who lost their token.
///
/// # Errors
/// [`QueueError::NoSuchEntry`].
pub fn current_entry(tx: &Tx, concert: ConcertKey, user: UserKey) -> Result<Entry, QueueError> {
    let entry = sql::live_entry_of(tx, concert, user)?.ok_or(QueueError::NoSuchEntry)?;
    entry.require_live(tx.now()).map_err(|_| QueueError::NoSuchEntry)?;
    Ok(entry)
}

/// Leaves the queue, waiting or admitted. The place is free at once; what the entry held is for the caller to give back.
///
/// # Errors
/// [`QueueError::Ended`] when the entry has ended already.
pub fn leave(tx: &Tx, entry: &Entry) -> Result<(), QueueError> {
    entry.require_live(tx.now())?;
    // From here it must succeed.
    finish(tx, entry.concert, entry.ordinal, entry.status, EntryStatus::Left)
}

/// Ends the visit of a buyer who paid: the token is dead, the place is free at once; leftover holds are for the caller
/// to give back.
///
/// # Errors
/// Only the store's; the caller has checked the visit in this transaction.
pub fn complete(tx: &Tx, visit: &Visit) -> Result<(), QueueError> {
    finish(tx, visit.concert, visit.ordinal, EntryStatus::Admitted, EntryStatus::Completed)
}

fn finish(
    tx: &Tx,
    concert: ConcertKey,
    ordinal: Ordinal,
    was: EntryStatus,
    status: EntryStatus,
) -> Result<(), QueueError> {
    let mut queue = sql::queue(tx, concert)?.ok_or(QueueError::NoSuchConcert)?;
    settle(tx, &mut queue)?;
    end(tx, &mut queue, ordinal, was, status, None)?;
    admit(tx, &mut queue)?;
    save(tx, queue)
}

/// Does what is due in a queue: the draw, expiries, admissions.
///
/// # Errors
/// [`QueueError::NoSuchConcert`], or the store's.
pub fn turn(tx: &Tx, concert: ConcertKey) -> Result<(), QueueError> {
    let mut queue = sql::queue(tx, concert)?.ok_or(QueueError::NoSuchConcert)?;
    settle(tx, &mut queue)?;
    admit(tx, &mut queue)?;
    save(tx, queue)
}

/// The numbers that follow from a draw that is decided. Walks the queue's entries: for a reader.
///
/// # Errors
/// [`QueueError::NoSuchConcert`], or the store's.
pub fn drawn(tx: &Tx, concert: ConcertKey) -> Result<Drawn, QueueError> {
    let queue = sql::queue(tx, concert)?.ok_or(QueueError::NoSuchConcert)?;
    Ok(Drawn { seed: queue.draw_seed, entries: sql::drawn(tx, concert, queue.drawn_ordinal)? })
}

/// Writes the next numbers of a decided draw behind, and lets in once all are written. Gives whether more are to be
/// written.
///
/// # Errors
/// [`QueueError::NoSuchConcert`], [`QueueError::DrawBroken`], or the store's.
pub fn number(tx: &Tx, concert: ConcertKey, order: &Order) -> Result<bool, QueueError> {
    let mut queue = sql::queue(tx, concert)?.ok_or(QueueError::NoSuchConcert)?;
    if !queue.is_numbering() {
        return Ok(false);
    }
    write_numbers(tx, &mut queue, order)?;
    let more = queue.is_numbering();
    admit(tx, &mut queue)?;
    save(tx, queue)?;
    Ok(more)
}

/// What became of entries that memory had not heard of.
#[derive(Clone, Debug, Default)]
pub struct Silent {
    /// Those that were dropped.
    pub dropped: Vec<Ordinal>,
    /// Those that stay because they keep something.
    pub keeping: Vec<Ordinal>,
}

/// Drops entries that memory has not heard of for too long, and those whose time in line is over. `give_up` is asked
/// at the last moment whether an entry is still unheard of, and again if the operation runs twice; `keeps` says whether
/// an admitted one stays because of what it keeps. What the dropped held is for the caller to give back.
///
/// # Errors
/// [`QueueError::NoSuchConcert`], or the store's.
pub fn drop_silent(
    tx: &Tx,
    concert: ConcertKey,
    silent: &[Ordinal],
    give_up: impl Fn(Ordinal) -> bool,
    keeps: impl Fn(Ordinal) -> Result<bool, StoreError>,
) -> Result<Silent, QueueError> {
    let mut queue = sql::queue(tx, concert)?.ok_or(QueueError::NoSuchConcert)?;
    let mut done = Silent::default();
    settle(tx, &mut queue)?;
    for &ordinal in silent {
        let entry = entry(tx, concert, ordinal)?;
        let cause = match entry.status {
            EntryStatus::Waiting if tx.now() >= entry.ends_at => Cause::Time,
            EntryStatus::Waiting if give_up(ordinal) => Cause::Absence,
            EntryStatus::Admitted if keeps(ordinal)? => {
                done.keeping.push(ordinal);
                continue;
            }
            EntryStatus::Admitted if give_up(ordinal) => Cause::NoShow,
            _ => continue,
        };
        end(tx, &mut queue, entry.ordinal, entry.status, EntryStatus::Expired, Some(cause))?;
        done.dropped.push(ordinal);
    }
    admit(tx, &mut queue)?;
    save(tx, queue)?;
    Ok(done)
}

/// The visit's holds changed: it ends with its admission, or with its last hold where that is later. Gives when. An end
/// that has come already is for the caller's [`turn`] to act on.
///
/// # Errors
/// Only the store's.
pub fn visit_lasts(tx: &Tx, visit: &Visit, last_hold: Option<Instant>) -> Result<Instant, QueueError> {
    let ends_at = rules::visit_end(visit.admitted_until, last_hold);
    if sql::set_visit_end(tx, visit.concert, visit.ordinal, ends_at)? > 0 {
        if ends_at <= tx.now() {
            unsettle(tx, visit.concert);
        }
        tx.tell(QueueFact::VisitLasts { concert: visit.concert, ordinal: visit.ordinal, ends_at });
    }
    Ok(ends_at)
}

/// Changes how a running queue lets in. A lower cap sends nobody out; it lets nobody in until there is room.
///
/// # Errors
/// [`QueueError::NoSuchConcert`], [`QueueError::Invalid`].
pub fn change_settings(tx: &Tx, concert: ConcertKey, change: impl FnOnce(&mut Settings)) -> Result<Queue, QueueError> {
    let mut queue = sql::queue(tx, concert)?.ok_or(QueueError::NoSuchConcert)?;
    change(&mut queue.settings);
    queue.settings.check()?;
    // From here it must succeed.
    settle(tx, &mut queue)?;
    admit(tx, &mut queue)?;
    save(tx, queue.clone())?;
    Ok(queue)
}

/// Who took part in the draw after `after`: order of joining, tier, public id; and the number.
///
/// # Errors
/// Only the store's.
pub fn drawn_entries(
    tx: &Tx,
    concert: ConcertKey,
    after: Ordinal,
    up_to: Ordinal,
    limit: u32,
) -> Result<Vec<(InDraw, u32)>, QueueError> {
    Ok(sql::drawn_entries(tx, concert, after, up_to, limit)?)
}

/// All queues that memory shall know, for the start-up.
///
/// # Errors
/// Only the store's.
pub fn queues(tx: &Tx) -> Result<Vec<Queue>, QueueError> {
    Ok(sql::queues(tx)?)
}

/// Hands over a queue's living entries, for the start-up.
///
/// # Errors
/// Only the store's.
pub fn each_living(tx: &Tx, concert: ConcertKey, take: impl FnMut(Entry)) -> Result<(), QueueError> {
    Ok(sql::each_live_entry(tx, concert, take)?)
}
