//! Joining and leaving a waitlist, and the operator's hand on it.

use crate::audit::Note;
use crate::entropy;
use crate::ids::{ConcertKey, Ordinal, SeatId, UserKey};
use crate::queue::{Phase, QueueError, life};
use crate::reservation::{self, Seen};
use crate::store::{StoreError, Tx};
use crate::waitlist::error::WaitlistError;
use crate::waitlist::facts::WaitlistFact;
use crate::waitlist::free::left_of;
use crate::waitlist::record::{Entry, MOST_WAITING, Mode, Status, Waitlist, Wish};
use crate::waitlist::sql;

/// A concert's waitlist.
///
/// # Errors
/// Only the store's.
pub fn waitlist(tx: &Tx, concert: ConcertKey) -> Result<Waitlist, StoreError> {
    Ok(sql::waitlist(tx, concert)?.unwrap_or_else(|| Waitlist::new(concert)))
}

/// How many wait on it, and how many have an offer.
///
/// # Errors
/// Only the store's.
pub fn living(tx: &Tx, concert: ConcertKey) -> Result<(u32, u32), StoreError> {
    sql::living(tx, concert)
}

/// Changes a waitlist. Offers that are made stay as they are.
///
/// # Errors
/// [`WaitlistError::Invalid`].
pub fn change_waitlist(tx: &Tx, was: &Waitlist, change: impl FnOnce(&mut Waitlist)) -> Result<Waitlist, WaitlistError> {
    let mut list = was.clone();
    change(&mut list);
    list.check()?;
    // From here it must succeed.
    list.changed_in = tx.seq();
    sql::save(tx, &list)?;
    Ok(list)
}

/// The audit log's line of a change.
pub fn note(tx: &Tx, concert_id: uuid::Uuid, was: &Waitlist, now: &Waitlist) {
    let said = |list: &Waitlist| serde_json::json!({ "mode": list.mode, "offer_seconds": list.offer_seconds });
    tx.audit(|| Note::change("waitlist", concert_id, &said(was), &said(now)));
}

/// Puts a user on the waitlist of a concert, of whose performances memory knew this.
///
/// # Errors
/// [`QueueError::NoSuchConcert`], [`QueueError::Cancelled`], [`QueueError::SaleOver`]; [`WaitlistError::Closed`],
/// [`WaitlistError::AlreadyOn`], [`WaitlistError::Full`], [`crate::reservation::HoldError::Outrun`], [`WaitlistError::NotSoldOut`].
pub fn join_waitlist(
    tx: &Tx,
    user: UserKey,
    concert: ConcertKey,
    seen: &[Seen],
    wish: &Wish,
) -> Result<Entry, WaitlistError> {
    let queue = life::queue(tx, concert)?;
    match queue.phase {
        Phase::Withheld => return Err(QueueError::NoSuchConcert.into()),
        Phase::Cancelled => return Err(QueueError::Cancelled.into()),
        Phase::Over => return Err(QueueError::SaleOver.into()),
        Phase::Running if queue.sale_is_over(tx.wall()) => return Err(QueueError::SaleOver.into()),
        Phase::Running => {}
    }
    let mut list = waitlist(tx, concert)?;
    if list.mode == Mode::Closed {
        return Err(WaitlistError::Closed);
    }
    let old = sql::entry_of(tx, concert, user)?;
    if old.as_ref().is_some_and(|old| old.lives(tx.now())) {
        return Err(WaitlistError::AlreadyOn);
    }
    let (waiting, _) = sql::living(tx, concert)?;
    if waiting >= MOST_WAITING {
        return Err(WaitlistError::Full);
    }
    if let Some(left) = left_of(tx, wish, seen)? {
        return Err(WaitlistError::NotSoldOut(left));
    }
    let ordinal = Ordinal(list.last_ordinal.0.checked_add(1).ok_or(WaitlistError::Full)?);
    // From here it must succeed.
    if let Some(old) = old {
        end(tx, &old, Status::Passed)?;
    }
    list.last_ordinal = ordinal;
    sql::save(tx, &list)?;
    let place = match list.mode {
        Mode::ByDraw => lot(tx),
        Mode::InOrder | Mode::Closed => 0,
    };
    let (id, wish, status, joined_at) = (tx.new_id(), wish.clone(), Status::Waiting, tx.now());
    let entry = Entry { concert, ordinal, id, user, wish, place, status, joined_at, offered_until: None };
    sql::insert(tx, &entry)?;
    tell(tx, &entry, None, Status::Waiting);
    Ok(entry)
}

/// A place by lot, behind nobody's and before nobody's but by chance.
fn lot(tx: &Tx) -> i64 {
    let secret = entropy::new_secret(tx.entropy());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&secret[..8]);
    i64::from_be_bytes(bytes) >> 1
}

/// The user's place on a waitlist, waiting or with an offer.
///
/// # Errors
/// [`WaitlistError::NotOn`].
pub fn entry_of(tx: &Tx, concert: ConcertKey, user: UserKey) -> Result<Entry, WaitlistError> {
    sql::entry_of(tx, concert, user)?.filter(|entry| entry.lives(tx.now())).ok_or(WaitlistError::NotOn)
}

/// Whether an offer's time is over and nobody has written it down.
///
/// # Errors
/// Only the store's.
pub fn any_passing(tx: &Tx, concert: ConcertKey) -> Result<bool, StoreError> {
    Ok(!sql::passing(tx, concert, tx.now(), 1)?.is_empty())
}

/// How many are offered to before one who waits.
///
/// # Errors
/// Only the store's.
pub fn ahead(tx: &Tx, entry: &Entry) -> Result<u32, StoreError> {
    sql::ahead(tx, entry)
}

/// Leaves a waitlist. What was offered goes to the next.
///
/// # Errors
/// [`WaitlistError::NotOn`].
pub fn leave_waitlist(tx: &Tx, concert: ConcertKey, user: UserKey) -> Result<(), WaitlistError> {
    let entry = entry_of(tx, concert, user)?;
    // From here it must succeed.
    end(tx, &entry, Status::Left)
}

/// Ends an entry. What it holds is free.
pub(super) fn end(tx: &Tx, entry: &Entry, status: Status) -> Result<(), WaitlistError> {
    sql::end(tx, entry.concert, entry.ordinal, status)?;
    tell(tx, entry, Some(entry.status), status);
    Ok(reservation::domain::release_all(tx, entry.concert, entry.ordinal, &[])?)
}

/// Tells memory what became of an entry, which was this before.
pub(super) fn tell(tx: &Tx, entry: &Entry, was: Option<Status>, is: Status) {
    let Entry { concert, ordinal, .. } = *entry;
    tx.tell(WaitlistFact { concert, ordinal, wish: entry.wish.clone(), was, is });
}

/// The user's offer, while it lasts.
///
/// # Errors
/// [`WaitlistError::NotOn`], [`WaitlistError::NoOffer`].
pub fn offer_of(tx: &Tx, concert: ConcertKey, user: UserKey) -> Result<Entry, WaitlistError> {
    let entry = sql::entry_of(tx, concert, user)?.ok_or(WaitlistError::NotOn)?;
    if entry.has_offer(tx.now()) { Ok(entry) } else { Err(WaitlistError::NoOffer) }
}

/// Ends an entry whose offer was paid, which [`offer_of`] gave in this transaction; these seats are sold.
///
/// # Errors
/// Only the store's.
pub fn take(tx: &Tx, entry: &Entry, sold: &[SeatId]) -> Result<(), WaitlistError> {
    sql::end(tx, entry.concert, entry.ordinal, Status::Taken)?;
    tell(tx, entry, Some(entry.status), Status::Taken);
    Ok(reservation::domain::release_all(tx, entry.concert, entry.ordinal, sold)?)
}

/// A place on a waitlist that was taken is another account's, as the payment for it is.
///
/// # Errors
/// Only the store's.
pub fn follow(tx: &Tx, concert: ConcertKey, ordinal: Ordinal, into: UserKey) -> Result<(), StoreError> {
    sql::follow(tx, concert, ordinal, into)
}

/// All who wait or have an offer, each as what memory makes of one who joins, for the start-up.
///
/// # Errors
/// Only the store's.
pub fn all_living(tx: &Tx, mut take: impl FnMut(WaitlistFact)) -> Result<(), StoreError> {
    sql::all_living(tx, |entry| {
        let Entry { concert, ordinal, wish, status: is, .. } = entry;
        take(WaitlistFact { concert, ordinal, wish, was: None, is });
    })
}
