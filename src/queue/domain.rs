//! The waiting room's operations. Each loads the queue's one row, first lets happen what is due (draw, expiry), then
//! does its own work, then lets in whoever may be let in: so a freed place is given on in the commit that freed it.

use uuid::Uuid;

use crate::catalog::Concert;
use crate::clock::Instant;
use crate::events::Event;
use crate::ids::{ConcertKey, Ordinal, UserKey};
use crate::queue::rules::{self, Cause, EntryStatus, QueueState};
use crate::queue::sql;
use crate::queue::turn::{admit, end, save, settle};
use crate::reservation;
use crate::store::{StoreError, Tx};

/// Why the waiting room says no, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// There is no such concert.
    #[error("no such concert")]
    NoSuchConcert,
    /// The token names an entry that is not there.
    #[error("no such entry")]
    NoSuchEntry,
    /// The entry has ended.
    #[error("the entry has ended: {0:?}, {1:?}")]
    Ended(EntryStatus, Option<Cause>),
    /// It is not this entry's turn.
    #[error("not admitted yet")]
    NotAdmitted,
    /// The queue has not opened.
    #[error("the queue opens at {0:?}")]
    NotOpenYet(Instant),
    /// The operator lets nobody join.
    #[error("the queue is {0:?}")]
    NotJoinable(QueueState),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a queue lets buyers in. The operator may change it while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What the queue does at all.
    pub state: QueueState,
    /// How many may be inside at once; `None`: no bound.
    pub max_admitted: Option<u32>,
    /// How many are let in a minute; `None`: no bound.
    pub admissions_per_minute: Option<u32>,
    /// A waiting buyer unheard of for so long drops out.
    pub absence_seconds: u32,
    /// An admitted buyer who does nothing for so long makes room; `None`: never.
    pub no_show_seconds: Option<u32>,
}

/// A queue: the one row that every operation on it reads and writes.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Whose queue it is.
    pub concert: ConcertKey,
    /// How it lets in.
    pub settings: Settings,
    /// From when buyers may join.
    pub opens_at: Instant,
    /// From when they are let in; those who joined before are drawn then.
    pub on_sale_at: Instant,
    /// The draw's secret, published after it (its hash before).
    pub draw_seed: [u8; 32],
    /// When the draw was made.
    pub drawn_at: Option<Instant>,
    /// Entries up to this one took part in the draw.
    pub drawn_ordinal: Ordinal,
    /// The last entry that joined.
    pub last_ordinal: Ordinal,
    /// The last number given.
    pub last_number: u32,
    /// The highest number let in.
    pub now_serving: u32,
    /// When the rate allows the next admission, in microseconds.
    pub next_admission_at_us: i64,
    /// How many wait, drawn or not.
    pub waiting_count: u32,
    /// How many are inside.
    pub admitted_count: u32,
    /// The cap under which the last one was let in: from then on those inside only become fewer, so more than this
    /// are never inside, also after the cap was lowered. `verify` checks law 4 against it.
    pub cap_at_last_admission: Option<u32>,
}

impl Queue {
    /// Could one more be inside?
    pub fn has_room(&self) -> bool {
        self.settings.max_admitted.is_none_or(|cap| self.admitted_count < cap)
    }
}

/// One user's place in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The concert.
    pub concert: ConcertKey,
    /// Order of joining.
    pub ordinal: Ordinal,
    /// Public id; the token's `jti`.
    pub id: Uuid,
    /// Whose it is.
    pub user: UserKey,
    /// Its number, once given.
    pub number: Option<u32>,
    /// What it is.
    pub status: EntryStatus,
    /// Why it expired.
    pub cause: Option<Cause>,
    /// When it joined.
    pub joined_at: Instant,
    /// When it was let in.
    pub admitted_at: Option<Instant>,
    /// Until when it may take new holds.
    pub admitted_until: Option<Instant>,
    /// When it ends: live while now < ends_at.
    pub ends_at: Instant,
}

/// An admitted entry, as far as the features behind the queue need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The concert.
    pub concert: ConcertKey,
    /// The entry.
    pub ordinal: Ordinal,
    /// The buyer.
    pub user: UserKey,
    /// No new holds from here on.
    pub admitted_until: Instant,
}

impl Entry {
    /// Checks that the entry lives at `now`.
    ///
    /// # Errors
    /// [`QueueError::Ended`] says how it ended; past its end it is expired even if no sweeper has come by yet (law 8).
    pub fn require_live(&self, now: Instant) -> Result<(), QueueError> {
        match self.status {
            EntryStatus::Waiting | EntryStatus::Admitted if now < self.ends_at => Ok(()),
            EntryStatus::Waiting | EntryStatus::Admitted => {
                Err(QueueError::Ended(EntryStatus::Expired, Some(Cause::Time)))
            }
            ended => Err(QueueError::Ended(ended, self.cause)),
        }
    }

    /// Checks that the entry is inside at `now`.
    ///
    /// # Errors
    /// As [`Entry::require_live`], then [`QueueError::NotAdmitted`].
    pub fn require_admitted(&self, now: Instant) -> Result<Visit, QueueError> {
        self.require_live(now)?;
        let admitted_until = self.admitted_until.ok_or(QueueError::NotAdmitted)?;
        Ok(Visit { concert: self.concert, ordinal: self.ordinal, user: self.user, admitted_until })
    }
}

/// How long things last in the waiting room.
#[derive(Clone, Copy, Debug)]
pub struct Durations {
    /// A token's life when nothing else ends it.
    pub token_seconds: u32,
    /// An admission's length.
    pub admission_seconds: u32,
}

/// The seed's token issue: delete the user's live entry if there is one, join anew at the back, give the new
/// entry and the queue as it stands then.
///
/// # Errors
/// [`QueueError::NoSuchConcert`], [`QueueError::NotOpenYet`], [`QueueError::NotJoinable`]; then the old entry lives on.
pub fn issue_token(
    tx: &Tx,
    user: UserKey,
    concert: ConcertKey,
    durations: Durations,
) -> Result<(Entry, Queue), QueueError> {
    let mut queue = sql::queue(tx, concert)?.ok_or(QueueError::NoSuchConcert)?;
    if tx.now() < queue.opens_at {
        return Err(QueueError::NotOpenYet(queue.opens_at));
    }
    if !queue.settings.state.accepts_joins() {
        return Err(QueueError::NotJoinable(queue.settings.state));
    }
    // From here it must succeed.
    settle(tx, &mut queue)?;
    if let Some(old) = sql::live_entry_of(tx, concert, user)? {
        end(tx, &mut queue, old.ordinal, old.status, EntryStatus::Replaced, None)?;
        reservation::release_visit(tx, concert, old.ordinal)?;
    }
    let ordinal = join(tx, &mut queue, user, durations)?;
    admit(tx, &mut queue, durations)?;
    save(tx, queue.clone())?;
    Ok((entry(tx, concert, ordinal)?, queue))
}

fn join(tx: &Tx, queue: &mut Queue, user: UserKey, durations: Durations) -> Result<Ordinal, QueueError> {
    queue.last_ordinal = Ordinal(queue.last_ordinal.0 + 1);
    let number = queue.drawn_at.map(|_| {
        queue.last_number += 1;
        queue.last_number
    });
    let entry = Entry {
        concert: queue.concert,
        ordinal: queue.last_ordinal,
        id: tx.new_id(),
        user,
        number,
        status: EntryStatus::Waiting,
        cause: None,
        joined_at: tx.now(),
        admitted_at: None,
        admitted_until: None,
        ends_at: tx.now().plus_seconds(durations.token_seconds),
    };
    sql::insert_entry(tx, &entry)?;
    queue.waiting_count += 1;
    tx.tell(Event::EntryJoined(entry));
    Ok(queue.last_ordinal)
}

/// The entry that a token names, dead or alive.
///
/// # Errors
/// [`QueueError::NoSuchEntry`].
pub fn entry(tx: &Tx, concert: ConcertKey, ordinal: Ordinal) -> Result<Entry, QueueError> {
    sql::entry(tx, concert, ordinal)?.ok_or(QueueError::NoSuchEntry)
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

/// Leaves the queue, waiting or admitted. The place is free at once.
///
/// # Errors
/// [`QueueError::Ended`] when the entry has ended already.
pub fn leave_queue(tx: &Tx, concert: ConcertKey, ordinal: Ordinal, durations: Durations) -> Result<(), QueueError> {
    let entry = entry(tx, concert, ordinal)?;
    entry.require_live(tx.now())?;
    // From here it must succeed.
    finish(tx, concert, ordinal, entry.status, EntryStatus::Left, durations)
}

/// Ends the visit of a buyer who paid: the token is dead, leftover holds are released, the place is free at once.
///
/// # Errors
/// Only the store's; the caller has checked the visit in this transaction.
pub fn complete(tx: &Tx, visit: &Visit, durations: Durations) -> Result<(), QueueError> {
    finish(tx, visit.concert, visit.ordinal, EntryStatus::Admitted, EntryStatus::Completed, durations)
}

fn finish(
    tx: &Tx,
    concert: ConcertKey,
    ordinal: Ordinal,
    was: EntryStatus,
    status: EntryStatus,
    durations: Durations,
) -> Result<(), QueueError> {
    let mut queue = sql::queue(tx, concert)?.ok_or(QueueError::NoSuchConcert)?;
    settle(tx, &mut queue)?;
    end(tx, &mut queue, ordinal, was, status, None)?;
    reservation::release_visit(tx, concert, ordinal)?;
    admit(tx, &mut queue, durations)?;
    save(tx, queue)
}

/// The visit's holds changed: it ends with its admission, or with its last hold where that is later. Gives when. An end
/// that has come already is for the caller's [`turn`](super::turn::turn) to act on.
///
/// # Errors
/// Only the store's.
pub fn visit_lasts(tx: &Tx, visit: &Visit, last_hold: Option<Instant>) -> Result<Instant, QueueError> {
    let ends_at = rules::visit_end(visit.admitted_until, last_hold);
    if sql::set_visit_end(tx, visit.concert, visit.ordinal, ends_at)? > 0 {
        tx.tell(Event::VisitLasts { concert: visit.concert, ordinal: visit.ordinal, ends_at });
    }
    Ok(ends_at)
}

/// Opens a queue for a new concert.
///
/// # Errors
/// Only the store's; the operator's desk has checked the values.
pub fn open_queue(
    tx: &Tx,
    concert: &Concert,
    settings: Settings,
    opens_at: Instant,
    on_sale_at: Instant,
) -> Result<Queue, QueueError> {
    let queue = Queue {
        concert: concert.key,
        settings,
        opens_at,
        on_sale_at,
        draw_seed: crate::entropy::new_secret(tx.entropy()),
        drawn_at: None,
        drawn_ordinal: Ordinal(0),
        last_ordinal: Ordinal(0),
        last_number: 0,
        now_serving: 0,
        next_admission_at_us: 0,
        waiting_count: 0,
        admitted_count: 0,
        cap_at_last_admission: None,
    };
    sql::insert_queue(tx, &queue)?;
    tx.tell(Event::QueueOpened { concert_id: concert.id, queue: queue.clone() });
    Ok(queue)
}

/// Changes how a running queue lets in. A lower cap sends nobody out; it lets nobody in until there is room.
///
/// # Errors
/// [`QueueError::NoSuchConcert`]; what `change` refuses.
pub fn change_settings<E: From<QueueError>>(
    tx: &Tx,
    concert: ConcertKey,
    change: impl FnOnce(&mut Settings) -> Result<(), E>,
    durations: Durations,
) -> Result<Queue, E> {
    let queue = sql::queue(tx, concert).map_err(QueueError::from)?;
    let mut queue = queue.ok_or(QueueError::NoSuchConcert)?;
    change(&mut queue.settings)?;
    Ok(apply_settings(tx, queue, durations)?)
}

fn apply_settings(tx: &Tx, mut queue: Queue, durations: Durations) -> Result<Queue, QueueError> {
    settle(tx, &mut queue)?;
    sql::save_settings(tx, &queue)?;
    admit(tx, &mut queue, durations)?;
    save(tx, queue.clone())?;
    Ok(queue)
}

/// Who took part in the draw after `after`: order of joining, public id, number.
///
/// # Errors
/// Only the store's.
pub fn drawn_entries(
    tx: &Tx,
    concert: ConcertKey,
    after: Ordinal,
    up_to: Ordinal,
    limit: u32,
) -> Result<Vec<(Ordinal, Uuid, u32)>, QueueError> {
    Ok(sql::drawn_entries(tx, concert, after, up_to, limit)?)
}

/// How many entries of a queue have each status and cause.
///
/// # Errors
/// Only the store's.
pub fn count_by_status(tx: &Tx, concert: ConcertKey) -> Result<Vec<(EntryStatus, Option<Cause>, u32)>, QueueError> {
    Ok(sql::count_by_status(tx, concert)?)
}

/// How many were let in at `since` or later.
///
/// # Errors
/// Only the store's.
pub fn admitted_since(tx: &Tx, concert: ConcertKey, since: Instant) -> Result<u32, QueueError> {
    Ok(sql::admitted_since(tx, concert, since)?)
}

/// How long those let in last had waited since the sale began or since they joined, in milliseconds.
///
/// # Errors
/// Only the store's.
pub fn recent_waits_ms(tx: &Tx, queue: &Queue) -> Result<Vec<i64>, QueueError> {
    const RECENT: u32 = 10_000;
    Ok(sql::recent_waits_ms(tx, queue.concert, queue.on_sale_at, RECENT)?)
}

/// All queues there are, for the start-up.
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
