//! What the operator may make, and the rules that make it sound.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::account::{self, AccountError};
use crate::catalog::domain::{CatalogError, PlanRow};
use crate::catalog::{self, Concert, HallPlan};
use crate::clock::Instant;
use crate::money::{Amount, LARGEST};
use crate::queue::domain::{Queue, Settings};
use crate::queue::{self, QueueError};
use crate::reservation;
use crate::store::{StoreError, Tx};

/// Why the desk refuses.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// A field breaks its rule.
    #[error("{0}")]
    Invalid(String),
    /// There is no such user.
    #[error("no such user")]
    NoSuchUser,
    /// The catalogue's refusal.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The waiting room's refusal.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The accounts' refusal.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn invalid<T>(rule: impl Into<String>) -> Result<T, OperatorError> {
    Err(OperatorError::Invalid(rule.into()))
}

/// A name as it is kept: trimmed, 1 to 100 characters, none of them a control character.
///
/// # Errors
/// [`OperatorError::Invalid`], naming `field`.
pub fn clean_name(field: &str, name: &str) -> Result<String, OperatorError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return invalid(format!("{field} must have 1 to 100 characters and no control characters"));
    }
    Ok(name.to_owned())
}

/// A row as the operator describes it.
#[derive(Clone, Debug)]
pub struct RowSpec {
    /// Its section.
    pub section: String,
    /// Its name.
    pub name: String,
    /// Its price level.
    pub grade: String,
    /// What is written on its seats, side by side.
    pub seat_numbers: Vec<u32>,
}

/// Checks a hall's rows and numbers its seats through.
///
/// # Errors
/// [`OperatorError::Invalid`] for an empty hall, too many seats, a row named twice in a section, a seat twice in a row.
pub fn plan(rows: Vec<RowSpec>, most_seats: usize) -> Result<HallPlan, OperatorError> {
    let (mut plan, mut names, mut first_seat) = (HallPlan::default(), BTreeSet::new(), 1);
    for row in rows {
        let section = clean_name("a section's name", &row.section)?;
        let name = clean_name("a row's name", &row.name)?;
        let grade = clean_name("a grade", &row.grade)?;
        if row.seat_numbers.is_empty() {
            return invalid(format!("row {name} of section {section} has no seats"));
        }
        if row.seat_numbers.iter().collect::<BTreeSet<_>>().len() != row.seat_numbers.len() {
            return invalid(format!("row {name} of section {section} has a seat number twice"));
        }
        if !names.insert((section.clone(), name.clone())) {
            return invalid(format!("section {section} has two rows {name}"));
        }
        let seats = row.seat_numbers.len();
        if first_seat as usize + seats - 1 > most_seats {
            return invalid(format!("a hall has at most {most_seats} seats"));
        }
        plan.rows.push(PlanRow { section, name, grade, first_seat, seat_numbers: row.seat_numbers });
        first_seat += seats as u32;
    }
    if plan.rows.is_empty() {
        return invalid("a hall needs at least one row with seats");
    }
    Ok(plan)
}

/// The numbers 1 to `count` of a row given as a count.
///
/// # Errors
/// [`OperatorError::Invalid`] before anything of that size is made.
pub fn count_seats(count: u64, most_seats: usize) -> Result<Vec<u32>, OperatorError> {
    match u32::try_from(count) {
        Ok(last) if last as usize <= most_seats => Ok((1..=last).collect()),
        _ => invalid(format!("a hall has at most {most_seats} seats")),
    }
}

/// Makes a hall.
///
/// # Errors
/// [`OperatorError::Invalid`].
pub fn create_hall(tx: &Tx, name: &str, plan: &HallPlan) -> Result<Uuid, OperatorError> {
    let name = clean_name("name", name)?;
    Ok(catalog::domain::create_hall(tx, &name, plan)?)
}

/// Checks a queue's settings.
///
/// # Errors
/// [`OperatorError::Invalid`].
pub fn check_settings(settings: &Settings) -> Result<(), OperatorError> {
    const MOST: u32 = 1_000_000;
    if settings.max_admitted.is_some_and(|cap| !(1..=MOST).contains(&cap)) {
        return invalid(format!("max_admitted must be 1 to {MOST}, or null for no bound"));
    }
    if settings.admissions_per_minute.is_some_and(|rate| !(1..=MOST).contains(&rate)) {
        return invalid(format!("admissions_per_minute must be 1 to {MOST}, or null for no bound"));
    }
    // Longer than the longest time between two polls, so that nobody is dropped for polling as told.
    if !(60..=86_400).contains(&settings.absence_seconds) {
        return invalid("absence_seconds must be 60 to 86400");
    }
    // As long, because whoever is let in may learn it only at the next poll.
    if settings.no_show_seconds.is_some_and(|seconds| !(60..=86_400).contains(&seconds)) {
        return invalid("no_show_seconds must be 60 to 86400, or null for never");
    }
    Ok(())
}

/// A concert as the operator describes it.
#[derive(Clone, Debug)]
pub struct ConcertSpec {
    /// Title.
    pub title: String,
    /// IANA time zone.
    pub time_zone: String,
    /// From when buyers are let in; now unless given.
    pub on_sale_at: Option<Instant>,
    /// From when they may join; half an hour before unless given.
    pub queue_opens_at: Option<Instant>,
    /// How the queue lets in.
    pub settings: Settings,
}

/// Makes a concert with its queue.
///
/// # Errors
/// [`OperatorError::Invalid`].
pub fn create_concert(tx: &Tx, spec: &ConcertSpec) -> Result<(Concert, Queue), OperatorError> {
    const OPENS_BEFORE_MS: i64 = 30 * 60 * 1000;
    let title = clean_name("title", &spec.title)?;
    if !catalog::domain::is_time_zone(&spec.time_zone) {
        return invalid("time_zone must be an IANA name such as Asia/Seoul");
    }
    check_settings(&spec.settings)?;
    let on_sale_at = spec.on_sale_at.unwrap_or(tx.now());
    let opens_at = spec.queue_opens_at.unwrap_or(on_sale_at.plus_ms(-OPENS_BEFORE_MS));
    if opens_at > on_sale_at {
        return invalid("queue_opens_at must not be after on_sale_at");
    }
    let concert = catalog::domain::create_concert(tx, &title, &spec.time_zone)?;
    let queue = queue::domain::open_queue(tx, &concert, spec.settings.clone(), opens_at, on_sale_at)?;
    Ok((concert, queue))
}

/// Makes a performance and puts its seats on sale.
///
/// # Errors
/// [`OperatorError::Invalid`] when it starts in the past, or prices do not fit the hall's grades exactly;
/// [`CatalogError`] for an unknown concert or hall.
pub fn create_performance(
    tx: &Tx,
    concert_id: Uuid,
    hall_id: Uuid,
    starts_at: Instant,
    prices: &BTreeMap<String, Amount>,
) -> Result<Uuid, OperatorError> {
    let concert = catalog::domain::concert(tx, concert_id)?;
    let (hall, plan) = catalog::domain::hall(tx, hall_id)?;
    if starts_at <= tx.now() {
        return invalid("starts_at must be in the future");
    }
    if prices.values().any(|price| *price < Amount(0) || price.0 > LARGEST.0 / 64) {
        return invalid(format!("prices must be 0 to {}", LARGEST.0 / 64));
    }
    let (grades, priced): (BTreeSet<_>, BTreeSet<_>) = (plan.grades(), prices.keys().map(String::as_str).collect());
    if let Some(missing) = grades.difference(&priced).next() {
        return invalid(format!("prices lacks the hall's grade {missing}"));
    }
    if let Some(unknown) = priced.difference(&grades).next() {
        return invalid(format!("the hall has no grade {unknown}"));
    }
    // From here it must succeed.
    let (key, id) = catalog::domain::create_performance(tx, concert.key, hall, starts_at, prices)?;
    let seat_prices: Vec<_> =
        plan.rows.iter().flat_map(|row| row.seats().map(|seat| (seat, prices[&row.grade]))).collect();
    reservation::domain::open_sale(tx, key, &seat_prices)?;
    Ok(id)
}

/// Makes `count` accounts that nobody can log in to, each with a session: for rehearsals and load tests.
///
/// # Errors
/// Only the store's.
pub fn open_sessions(tx: &Tx, count: u32, seconds: u32) -> Result<Vec<(Uuid, String)>, OperatorError> {
    let mut sessions = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let email = format!("rehearsal-{}@boxoffice.example", tx.new_id().simple());
        let user = account::domain::sign_up(tx, &email, "Rehearsal", None)?;
        let session = account::domain::open_session(tx, user.key, seconds)?;
        sessions.push((user.id, session.secret));
    }
    Ok(sessions)
}
