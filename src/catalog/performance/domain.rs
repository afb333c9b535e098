//! A performance's own operations at the desk. What is moved stays the same performance: tickets, holds and seats follow.

use serde_json::json;
use uuid::Uuid;

use super::sql;
use crate::audit::Note;
use crate::catalog::concert;
use crate::catalog::concert::{Concert, ConcertChange, ConcertState};
use crate::catalog::domain::{check_doors, check_minutes, performances_but_plans, require_free_hall};
use crate::catalog::error::CatalogError;
use crate::catalog::facts::CatalogFact;
use crate::catalog::hall;
use crate::catalog::hall::plan::HallRecord;
use crate::catalog::performance::record::Dated;
use crate::catalog::prices::{self, PriceSpec, Prices, TicketType, TypeSpec};
use crate::catalog::record::DoorPolicy;
use crate::clock::Instant;
use crate::ids::{ConcertKey, PerformanceKey, TypeNo};
use crate::mail::{self, MailKind};
use crate::queue::{Queue, life};
use crate::store::Tx;
use crate::webhook::{self, Event};

/// What shall change of a performance. What is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct PerformanceChange {
    /// When it starts. Doors move along unless they are named too.
    pub starts_at: Option<Instant>,
    /// For how many minutes it takes the hall.
    pub duration_minutes: Option<u32>,
    /// When the doors open, if that shall be said.
    pub doors_at: Option<Option<Instant>>,
    /// Whether its sale is paused.
    pub is_paused: Option<bool>,
    /// What its places cost. What is held or sold keeps its price.
    pub prices: Option<PriceSpec>,
    /// How many places one buyer may have; none for the venue's limit.
    pub seats_per_user: Option<Option<u32>>,
    /// Whether no buyer may pick seats that leave a single free one alone.
    pub refuse_lone_seats: Option<bool>,
    /// What its doors do without a network.
    pub door_policy: Option<DoorPolicy>,
    /// Whether it may be in a hall where something else is.
    pub allow_overlap: bool,
    /// Whether the concert's sale may begin after it.
    pub allow_late_sale: bool,
}

/// The performance with this id.
///
/// # Errors
/// [`CatalogError::NoSuchPerformance`].
pub fn performance(tx: &Tx, id: Uuid) -> Result<Dated, CatalogError> {
    sql::performance(tx, id)?.ok_or(CatalogError::NoSuchPerformance)
}

/// Up to `limit` performances of all concerts after this one, in the order in which they were made.
///
/// # Errors
/// Only the store's.
pub fn all_after(tx: &Tx, after: PerformanceKey, limit: u32) -> Result<Vec<Dated>, CatalogError> {
    Ok(sql::after(tx, after, limit)?)
}

/// A concert's performances in order of time, up to `limit` beyond `cursor`: start and key of the last one before.
///
/// # Errors
/// Only the store's.
pub fn of_concert(
    tx: &Tx,
    concert: ConcertKey,
    cursor: Option<(Instant, PerformanceKey)>,
    limit: u32,
) -> Result<Vec<Dated>, CatalogError> {
    let after = cursor.unwrap_or((Instant(i64::MIN), PerformanceKey(0)));
    Ok(sql::performances(tx, concert, after, limit)?)
}

/// Moves a performance that has not begun in time, pauses its sale or lets it go on, gives it other prices. Whoever has tickets
/// or holds seats keeps them, at the price they were seen at.
///
/// # Errors
/// [`CatalogError::PerformanceCancelled`], [`CatalogError::Started`], [`CatalogError::Invalid`]; [`CatalogError::HallTaken`] and [`CatalogError::SaleTooLate`]
/// unless the operator allows it.
pub fn change_performance(tx: &Tx, was: &Dated, change: &PerformanceChange) -> Result<Dated, CatalogError> {
    if was.is_cancelled {
        return Err(CatalogError::PerformanceCancelled);
    }
    if tx.wall() >= was.starts_at {
        return Err(CatalogError::Started);
    }
    let starts_at = change.starts_at.unwrap_or(was.starts_at);
    if starts_at <= tx.wall() {
        return CatalogError::invalid("starts_at must be in the future");
    }
    let minutes = change.duration_minutes.unwrap_or(was.duration_minutes());
    check_minutes(minutes)?;
    let moved_ms = starts_at.0 - was.starts_at.0;
    let doors_at = change.doors_at.unwrap_or(was.doors_at.map(|doors_at| doors_at.plus_ms(moved_ms)));
    check_doors(doors_at, starts_at)?;
    let ends_at = starts_at.plus_seconds(minutes * 60);
    let takes_the_hall_anew = (starts_at, ends_at) != (was.starts_at, was.ends_at);
    if takes_the_hall_anew && !change.allow_overlap {
        require_free_hall(tx, was.hall_key, (starts_at, ends_at), Some(was.key))?;
    }
    let on_sale_at = life::queue(tx, was.concert)?.on_sale_at;
    if moved_ms < 0 && !change.allow_late_sale && on_sale_at >= starts_at {
        let of = concert::domain::by_key(tx, was.concert)?;
        return Err(CatalogError::sale_too_late(on_sale_at, &of.time_zone));
    }
    let seats_per_user = change.seats_per_user.unwrap_or(was.seats_per_user);
    prices::check_seats_per_user(seats_per_user)?;
    let prices = change.prices.as_ref().map(|prices| new_prices(tx, was, prices)).transpose()?;
    // From here it must succeed.
    let is_paused = change.is_paused.unwrap_or(was.is_paused);
    let refuse_lone_seats = change.refuse_lone_seats.unwrap_or(was.refuse_lone_seats);
    let door_policy = change.door_policy.unwrap_or(was.door_policy);
    let times = Dated { starts_at, ends_at, doors_at, ..was.clone() };
    let now = Dated { is_paused, refuse_lone_seats, door_policy, seats_per_user, changed_in: tx.seq(), ..times };
    sql::save(tx, &now)?;
    let (mut said_before, mut said_now) = (Said::of(was), Said::of(&now));
    if let Some((before, after)) = prices {
        prices::domain::change(tx, was.key, &before, &after)?;
        sql::redraw(tx, was.key)?;
        tx.tell(CatalogFact::PerformanceRedrawn { concert: was.concert, performance: was.key });
        (said_before.ticket_types, said_now.ticket_types) = (Some(told_types(&before)), Some(told_types(&after)));
    }
    concert::domain::performances_changed(tx, was.concert)?;
    tell_performances(tx, was.concert)?;
    if takes_the_hall_anew {
        webhook::put(
            tx,
            Event::PerformanceMoved,
            was.key,
            || json!({ "performance_id": was.id, "starts_at": starts_at, "ends_at": ends_at, "started_before": was.starts_at }),
        )?;
    }
    if moved_ms != 0 {
        mail::domain::put_to_all(tx, MailKind::PerformanceMoved, was.key, was.starts_at)?;
    }
    tx.audit(|| Note::change("performance", was.id, &said_before, &said_now));
    Ok(now)
}

/// The prices that a performance has, and those that it shall have.
fn new_prices(tx: &Tx, was: &Dated, spec: &PriceSpec) -> Result<(Prices, Prices), CatalogError> {
    let new = spec.list(&hall::domain::plan(tx, was.version)?.grades())?;
    let before = prices::domain::prices(tx, was.key)?;
    prices::domain::require_room(&before, &new)?;
    Ok((before, new))
}

/// A performance's ticket types with their prices, as they are sold.
///
/// # Errors
/// Only the store's.
pub fn ticket_types(tx: &Tx, performance: PerformanceKey) -> Result<Vec<TypeSpec>, CatalogError> {
    Ok(told_types(&prices::domain::prices(tx, performance)?))
}

fn told_types(prices: &Prices) -> Vec<TypeSpec> {
    let priced = |of: TypeNo| prices.of_type(of).into_iter().map(|(grade, price)| (grade.to_owned(), price)).collect();
    let told = |(type_no, of): (TypeNo, &TicketType)| TypeSpec {
        name: of.name.clone(),
        seats_per_user: of.seats_per_user,
        prices: priced(type_no),
    };
    prices.types().map(told).collect()
}

/// Checks that a performance has a price for every one of these grades.
///
/// # Errors
/// [`CatalogError::Invalid`].
pub fn require_prices<'g>(
    tx: &Tx,
    performance: PerformanceKey,
    mut grades: impl Iterator<Item = &'g str>,
) -> Result<(), CatalogError> {
    let prices = prices::domain::prices(tx, performance)?;
    match grades.find(|grade| prices.first(grade).is_none()) {
        Some(grade) => CatalogError::invalid(format!("the performance has no price for the grade {grade}")),
        None => Ok(()),
    }
}

/// Has a performance played in another version of its hall. The caller has seen to its seats, in this transaction; the
/// version that it leaves goes when nothing else is played in it.
///
/// # Errors
/// Only the store's.
pub fn move_to(tx: &Tx, was: &Dated, version: &HallRecord) -> Result<Dated, CatalogError> {
    sql::set_version(tx, was.key, version.version)?;
    hall::domain::drop_unplayed(tx, was.version)?;
    concert::domain::performances_changed(tx, was.concert)?;
    tx.tell(CatalogFact::PerformanceRedrawn { concert: was.concert, performance: was.key });
    let told = |version_no: u32| serde_json::json!({ "hall_version": version_no });
    tx.audit(|| Note::change("performance", was.id, &told(was.version_no), &told(version.version_no)));
    let (version, version_no) = (version.version, version.version_no);
    Ok(Dated { version, version_no, changed_in: tx.seq(), ..was.clone() })
}

/// Nothing of these performances of a concert is sold any more: the caller has seen that they may be cancelled, and gives the
/// money back. Nobody is told before [`cancelled`].
///
/// # Errors
/// Only the store's.
pub fn cancel(tx: &Tx, performances: &[Dated]) -> Result<(), CatalogError> {
    Ok(performances.iter().try_for_each(|dated| sql::cancel(tx, dated.key))?)
}

/// Tells of those that were cancelled of a concert.
///
/// # Errors
/// Only the store's.
pub fn cancelled(tx: &Tx, concert: ConcertKey) -> Result<(), CatalogError> {
    concert::domain::performances_changed(tx, concert)?;
    tell_performances(tx, concert)
}

/// Cancels a concert: nothing of any of its performances is sold any more.
///
/// # Errors
/// As [`concert::domain::change`].
pub fn cancel_concert(tx: &Tx, of: &Concert) -> Result<(), CatalogError> {
    let change = ConcertChange { state: Some(ConcertState::Cancelled), ..ConcertChange::default() };
    concert::domain::change(tx, of, &change, sql::first_start(tx, of.key)?)?;
    Ok(())
}

/// Says what a concert's performances are now. Their plans are the same.
fn tell_performances(tx: &Tx, concert: ConcertKey) -> Result<(), CatalogError> {
    let performances = performances_but_plans(tx, concert)?;
    tx.tell(CatalogFact::PerformancesChanged { concert, performances });
    Ok(())
}

/// Changes a concert, with what that means to its performances.
///
/// # Errors
/// As [`concert::domain::change`].
pub fn change_concert(tx: &Tx, of: &Concert, change: &ConcertChange) -> Result<(Concert, Queue), CatalogError> {
    let changed = concert::domain::change(tx, of, change, sql::first_start(tx, of.key)?)?;
    tell_performances(tx, of.key)?;
    Ok(changed)
}

/// What the audit log tells of a performance.
#[derive(serde::Serialize)]
struct Said {
    starts_at: Instant,
    duration_minutes: u32,
    doors_at: Option<Instant>,
    is_paused: bool,
    seats_per_user: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_types: Option<Vec<TypeSpec>>,
    refuse_lone_seats: bool,
    door_policy: DoorPolicy,
}

impl Said {
    fn of(dated: &Dated) -> Self {
        Self {
            starts_at: dated.starts_at,
            duration_minutes: dated.duration_minutes(),
            doors_at: dated.doors_at,
            is_paused: dated.is_paused,
            seats_per_user: dated.seats_per_user,
            ticket_types: None,
            refuse_lone_seats: dated.refuse_lone_seats,
            door_policy: dated.door_policy,
        }
    }
}

/// Takes a performance back of which nobody holds anything: the caller has seen to that, in this transaction.
///
/// # Errors
/// Only the store's.
pub fn take_back(tx: &Tx, dated: &Dated) -> Result<(), CatalogError> {
    prices::domain::forget(tx, dated.key)?;
    sql::delete(tx, dated.key)?;
    concert::domain::performances_changed(tx, dated.concert)?;
    tx.tell(CatalogFact::PerformanceGone { concert: dated.concert, performance: dated.key });
    tx.audit(|| Note::on("performance", dated.id).before(serde_json::json!({ "starts_at": dated.starts_at })));
    Ok(())
}
