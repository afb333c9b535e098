//! A concert through its life: made, shown, corrected, published, cancelled, taken back.

use uuid::Uuid;

use super::sql;
use crate::audit::Note;
use crate::catalog::concert::picture::Picture;
use crate::catalog::concert::record::{Concert, ConcertState, ConcertText};
use crate::catalog::concert::spec::{ConcertChange, ConcertSpec, check_age_limit, clean_texts};
use crate::catalog::error::CatalogError;
use crate::catalog::names::clean_name;
use crate::clock::Instant;
use crate::ids::ConcertKey;
use crate::queue::Queue;
use crate::queue::life::{self, Times};
use crate::store::Tx;
use crate::terms;

/// The concert with this id.
///
/// # Errors
/// [`CatalogError::NoSuchConcert`].
pub fn concert(tx: &Tx, id: Uuid) -> Result<Concert, CatalogError> {
    sql::concert(tx, id)?.ok_or(CatalogError::NoSuchConcert)
}

/// The concert with this id, if anyone may see it.
///
/// # Errors
/// [`CatalogError::NoSuchConcert`].
pub fn public_concert(tx: &Tx, id: Uuid) -> Result<Concert, CatalogError> {
    let seen = sql::concert(tx, id)?.filter(|concert| concert.state != ConcertState::Draft);
    seen.ok_or(CatalogError::NoSuchConcert)
}

/// All concerts, newest first, up to `limit` before `cursor`.
///
/// # Errors
/// Only the store's.
pub fn all_concerts(tx: &Tx, before: Option<ConcertKey>, limit: u32) -> Result<Vec<Concert>, CatalogError> {
    Ok(sql::all_concerts(tx, before.unwrap_or(ConcertKey(i64::MAX)), limit)?)
}

/// Which of the concerts that anyone may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that have not ended, the earliest end first.
    ToCome,
    /// Those that have ended, the latest end first.
    Past,
}

/// The concerts that anyone may see, up to `limit` beyond `cursor`: the end and the key of the last one before.
///
/// # Errors
/// Only the store's.
pub fn concerts(
    tx: &Tx,
    which: Which,
    cursor: Option<(Instant, ConcertKey)>,
    limit: u32,
) -> Result<Vec<Concert>, CatalogError> {
    // What ends this very moment has ended.
    let now = (tx.wall(), ConcertKey(i64::MAX));
    Ok(match which {
        Which::ToCome => sql::concerts_to_come(tx, cursor.map_or(now, |cursor| cursor.max(now)), limit)?,
        Which::Past => sql::concerts_past(tx, cursor.map_or(now, |cursor| cursor.min(now)), limit)?,
    })
}

fn clean_time_zone(name: &str) -> Result<String, CatalogError> {
    let rule = "time_zone must be an IANA name such as Asia/Seoul";
    terms::time_zone(name).or_else(|_| CatalogError::invalid(rule))
}

/// Makes a concert with its queue.
///
/// # Errors
/// [`CatalogError::Invalid`].
pub fn create_concert(tx: &Tx, spec: &ConcertSpec) -> Result<(Concert, Queue), CatalogError> {
    const OPENS_BEFORE_MS: i64 = 30 * 60 * 1000;
    let title = clean_name("title", &spec.title)?;
    let time_zone = clean_time_zone(&spec.time_zone)?;
    check_age_limit(spec.age_limit)?;
    let texts = clean_texts(spec.texts.clone())?;
    let on_sale_at = spec.on_sale_at.unwrap_or(tx.wall());
    let opens_at = spec.queue_opens_at.unwrap_or(on_sale_at.plus_ms(-OPENS_BEFORE_MS));
    let times = Times { opens_at, on_sale_at, sale_ends_at: spec.sale_ends_at };
    spec.terms.check()?;
    spec.settings.check()?;
    times.check()?;
    // From here it must succeed.
    let (id, state) = (tx.new_id(), if spec.is_draft { ConcertState::Draft } else { ConcertState::Published });
    let key = sql::insert_concert(tx, (id, state), (&title, &time_zone), &spec.terms)?;
    let age_limit = spec.age_limit;
    let (ends_at, changed_in) = (Concert::NO_END, tx.seq());
    let (cancel_until_minutes, cancel_fee) = (spec.terms.cancel_until_minutes, spec.terms.cancel_fee);
    let concert = Concert {
        key,
        id,
        state,
        title,
        time_zone,
        age_limit,
        texts,
        picture: None,
        ends_at,
        cancel_until_minutes,
        cancel_fee,
        changed_in,
    };
    if !concert.texts.is_empty() || concert.age_limit.is_some() {
        sql::save_concert(tx, &concert)?;
    }
    let queue = life::open_queue(tx, (key, id), spec.settings.clone(), times, spec.is_draft)?;
    Ok((concert, queue))
}

/// What a concert's state may become. A draft is published, what is published is cancelled.
fn check_state(concert: &Concert, wanted: ConcertState, wall: Instant) -> Result<(), CatalogError> {
    match (concert.state, wanted) {
        (is, wanted) if is == wanted => Ok(()),
        (ConcertState::Draft, ConcertState::Published) => Ok(()),
        (ConcertState::Published, ConcertState::Cancelled) if !concert.has_ended(wall) => Ok(()),
        (ConcertState::Draft | ConcertState::Published | ConcertState::Cancelled, _) => Err(CatalogError::StateFixed),
    }
}

/// Corrects a concert, publishes or cancels it. `first_start` is when the first of its performances starts, if it has any.
/// Cancelling sells nothing any more and tells everyone; money is not given back by it.
///
/// # Errors
/// [`CatalogError::Invalid`], [`CatalogError::StateFixed`], [`CatalogError::SaleTooLate`]; [`QueueError::DrawMade`]
/// where the sale's begin is to change after the draw.
///
/// [`QueueError::DrawMade`]: crate::queue::QueueError::DrawMade
pub fn change(
    tx: &Tx,
    concert: &Concert,
    change: &ConcertChange,
    first_start: Option<Instant>,
) -> Result<(Concert, Queue), CatalogError> {
    let queue = life::queue(tx, concert.key)?;
    let mut changed = concert.clone();
    if let Some(title) = &change.title {
        changed.title = clean_name("title", title)?;
    }
    if let Some(time_zone) = &change.time_zone {
        changed.time_zone = clean_time_zone(time_zone)?;
    }
    if let Some(age_limit) = change.age_limit {
        check_age_limit(age_limit)?;
        changed.age_limit = age_limit;
    }
    if let Some(texts) = &change.texts {
        changed.texts = clean_texts(texts.clone())?;
    }
    if let Some(state) = change.state {
        check_state(concert, state, tx.wall())?;
        changed.state = state;
    }
    let was = queue.times();
    let times = Times {
        opens_at: change.queue_opens_at.unwrap_or(was.opens_at),
        on_sale_at: change.on_sale_at.unwrap_or(was.on_sale_at),
        sale_ends_at: change.sale_ends_at.unwrap_or(was.sale_ends_at),
    };
    let begins_late = first_start.is_some_and(|starts_at| times.on_sale_at >= starts_at);
    if change.on_sale_at.is_some() && begins_late && !change.allow_late_sale {
        return Err(CatalogError::sale_too_late(times.on_sale_at, &changed.time_zone));
    }
    // It checks the times, and writes after that; what follows must succeed.
    let mut queue = if times == was { queue } else { life::change_times(tx, concert.key, times)? };
    sql::save_concert(tx, &changed)?;
    if changed.state != concert.state {
        match changed.state {
            ConcertState::Published => life::run(tx, concert.key)?,
            ConcertState::Cancelled => life::cancel(tx, concert.key)?,
            ConcertState::Draft => {}
        }
        queue = life::queue(tx, concert.key)?;
    }
    changed.changed_in = tx.seq();
    tx.audit(|| Note::change("concert", concert.id, &Said::of(concert, &was), &Said::of(&changed, &times)));
    Ok((changed, queue))
}

/// What the audit log tells of a concert.
#[derive(serde::Serialize)]
struct Said<'a> {
    state: ConcertState,
    title: &'a str,
    time_zone: &'a str,
    age_limit: Option<u32>,
    texts: &'a [ConcertText],
    queue_opens_at: Instant,
    on_sale_at: Instant,
    sale_ends_at: Option<Instant>,
}

impl<'a> Said<'a> {
    fn of(concert: &'a Concert, times: &Times) -> Self {
        Self {
            state: concert.state,
            title: &concert.title,
            time_zone: &concert.time_zone,
            age_limit: concert.age_limit,
            texts: &concert.texts,
            queue_opens_at: times.opens_at,
            on_sale_at: times.on_sale_at,
            sale_ends_at: times.sale_ends_at,
        }
    }
}

/// Takes a concert back that nobody has joined and that has no performances.
///
/// # Errors
/// [`CatalogError::InUse`].
pub fn take_back_concert(tx: &Tx, concert: &Concert) -> Result<(), CatalogError> {
    if sql::has_performances(tx, concert.key)? {
        return Err(CatalogError::InUse("It has performances: take them back first, or cancel the concert."));
    }
    // It refuses before it writes; what follows must succeed.
    life::take_back(tx, concert.key)?;
    sql::delete_picture(tx, concert.key)?;
    sql::delete_concert(tx, concert.key)?;
    tx.audit(|| Note::on("concert", concert.id).before(serde_json::json!({ "title": concert.title })));
    Ok(())
}

/// Notes when a concert's last performance ends, after one came, moved or went. One that was over goes on.
///
/// # Errors
/// Only the store's.
pub(in crate::catalog) fn performances_changed(tx: &Tx, concert: ConcertKey) -> Result<(), CatalogError> {
    sql::set_end(tx, concert)?;
    let now = by_key(tx, concert)?;
    if now.state == ConcertState::Published && !now.has_ended(tx.wall()) {
        life::run(tx, concert)?;
    }
    Ok(())
}

/// The concert with this key.
///
/// # Errors
/// Only the store's: there is one.
pub fn by_key(tx: &Tx, concert: ConcertKey) -> Result<Concert, CatalogError> {
    sql::concert_by_key(tx, concert)?.ok_or(CatalogError::NoSuchConcert)
}

/// Those of these concerts that are over at this time of day, and have been for `ms`.
///
/// # Errors
/// Only the store's.
pub fn over_for(tx: &Tx, concerts: &[ConcertKey], ms: i64) -> Result<Vec<ConcertKey>, CatalogError> {
    let mut over = Vec::new();
    for &key in concerts {
        if by_key(tx, key)?.has_ended(tx.wall().plus_ms(-ms)) {
            over.push(key);
        }
    }
    Ok(over)
}

/// Gives a concert its picture, in place of the one it had.
///
/// # Errors
/// Only the store's.
pub fn set_picture(tx: &Tx, concert: &Concert, picture: &Picture) -> Result<(), CatalogError> {
    sql::set_picture(tx, concert.key, picture)?;
    sql::touch(tx, concert.key)?;
    tx.audit(|| Note::on("concert", concert.id).after(serde_json::json!({ "picture": picture.hash })));
    Ok(())
}

/// Takes a concert's picture away.
///
/// # Errors
/// [`CatalogError::NoSuchPicture`].
pub fn remove_picture(tx: &Tx, concert: &Concert) -> Result<(), CatalogError> {
    if concert.picture.is_none() {
        return Err(CatalogError::NoSuchPicture);
    }
    // From here it must succeed.
    sql::delete_picture(tx, concert.key)?;
    sql::touch(tx, concert.key)?;
    tx.audit(|| Note::on("concert", concert.id).before(serde_json::json!({ "picture": concert.picture })));
    Ok(())
}

/// The picture of a concert that anyone may see, by its hash.
///
/// # Errors
/// [`CatalogError::NoSuchConcert`], [`CatalogError::NoSuchPicture`].
pub fn show_picture(tx: &Tx, id: Uuid, hash: &str) -> Result<Picture, CatalogError> {
    let concert = public_concert(tx, id)?;
    let picture = sql::picture(tx, concert.key)?;
    picture.filter(|picture| picture.hash == hash).ok_or(CatalogError::NoSuchPicture)
}
