//! What is on: making and finding halls, concerts and performances.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::error::CatalogError;
use crate::catalog::facts::CatalogFact;
use crate::catalog::hall::{self, HallPlan};
use crate::catalog::local_time::{LocalTime, zone};
use crate::catalog::names::clean_name;
use crate::catalog::record::{Concert, Occasion, Performance, SeatLabel};
use crate::catalog::room::Room;
use crate::catalog::sql;
use crate::clock::Instant;
use crate::ids::{ConcertKey, PerformanceKey};
use crate::money::{Amount, LARGEST};
use crate::queue::{self, Queue, Settings};
use crate::store::{StoreError, Tx};
use crate::terms;
use crate::text::folded;

/// All concerts, newest first, up to `limit` after `cursor`.
///
/// # Errors
/// Only the store's.
pub fn concerts(tx: &Tx, before: Option<ConcertKey>, limit: u32) -> Result<Vec<Concert>, CatalogError> {
    Ok(sql::concerts(tx, before.unwrap_or(ConcertKey(i64::MAX)), limit)?)
}

/// The concert with this id.
///
/// # Errors
/// [`CatalogError::NoSuchConcert`].
pub fn concert(tx: &Tx, id: Uuid) -> Result<Concert, CatalogError> {
    sql::concert(tx, id)?.ok_or(CatalogError::NoSuchConcert)
}

/// All performances of a concert in order of time, with plan and prices.
///
/// # Errors
/// Only the store's.
pub fn performances(tx: &Tx, concert: ConcertKey) -> Result<Vec<Performance>, StoreError> {
    let time_zone = zone(&sql::time_zone(tx, concert)?);
    let (mut performances, mut plans) = (Vec::new(), BTreeMap::new());
    for row in sql::performances(tx, concert)? {
        let sql::PerformanceRow { key, id, version, hall, starts_at, refuse_lone_seats } = row;
        let local = LocalTime::of(&time_zone, starts_at);
        let plan = match plans.entry(version) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(new) => Arc::clone(new.insert(Arc::new(hall::domain::plan(tx, version)?))),
        };
        let prices = sql::prices(tx, key)?.into_iter().collect();
        let room = Arc::new(Room::of(&plan));
        performances.push(Performance {
            key,
            id,
            concert,
            starts_at,
            local,
            hall,
            plan,
            room,
            refuse_lone_seats,
            prices,
        });
    }
    Ok(performances)
}

/// The public id of a concert.
///
/// # Errors
/// Only the store's.
pub fn concert_id(tx: &Tx, concert: ConcertKey) -> Result<Uuid, StoreError> {
    sql::concert_id(tx, concert)
}

/// The concert that a performance belongs to.
///
/// # Errors
/// [`CatalogError::NoSuchPerformance`].
pub fn concert_of(tx: &Tx, performance: Uuid) -> Result<ConcertKey, CatalogError> {
    sql::concert_of(tx, performance)?.ok_or(CatalogError::NoSuchPerformance)
}

/// Which show a performance is, when and where.
///
/// # Errors
/// [`CatalogError::NoSuchPerformance`].
pub fn occasion(tx: &Tx, performance: PerformanceKey) -> Result<Occasion, CatalogError> {
    sql::occasion(tx, performance)?.ok_or(CatalogError::NoSuchPerformance)
}

/// The words for a seat of a performance.
///
/// # Errors
/// [`CatalogError::NoSuchPerformance`] when there is no such seat.
pub fn seat_label(tx: &Tx, performance: PerformanceKey, seat_no: u32) -> Result<SeatLabel, CatalogError> {
    let missing = || CatalogError::NoSuchPerformance;
    let row = hall::domain::seat_row(tx, performance, seat_no)?.ok_or_else(missing)?;
    let place = row.seats.get((seat_no - row.first_seat) as usize).ok_or_else(missing)?.clone();
    let (occasion, grade) = (occasion(tx, performance)?, row.grade_of(&place).to_owned());
    Ok(SeatLabel { occasion, section: row.section, row: row.name, label: place.label, kind: place.kind, grade })
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
/// [`CatalogError::Invalid`].
pub fn create_concert(tx: &Tx, spec: &ConcertSpec) -> Result<(Concert, Queue), CatalogError> {
    const OPENS_BEFORE_MS: i64 = 30 * 60 * 1000;
    let title = clean_name("title", &spec.title)?;
    let Ok(time_zone) = terms::time_zone(&spec.time_zone) else {
        return CatalogError::invalid("time_zone must be an IANA name such as Asia/Seoul");
    };
    let on_sale_at = spec.on_sale_at.unwrap_or(tx.wall());
    let opens_at = spec.queue_opens_at.unwrap_or(on_sale_at.plus_ms(-OPENS_BEFORE_MS));
    queue::domain::check_new(&spec.settings, opens_at, on_sale_at)?;
    // From here it must succeed.
    let id = tx.new_id();
    let key = sql::insert_concert(tx, id, &title, &time_zone, tx.now())?;
    let queue = queue::domain::open_queue(tx, key, id, spec.settings.clone(), opens_at, on_sale_at)?;
    Ok((Concert { key, id, title, time_zone }, queue))
}

/// How long a performance takes its hall at least, in minutes, where nothing is said: long enough to tell a slip or a
/// double click from a second show, short enough for a day of children's shows.
pub const DURATION_MINUTES: u32 = 60;

/// A performance as the operator describes it.
#[derive(Clone, Debug)]
pub struct PerformanceSpec {
    /// The concert.
    pub concert_id: Uuid,
    /// The hall.
    pub hall_id: Uuid,
    /// When it starts.
    pub starts_at: Instant,
    /// For how many minutes it takes the hall; [`DURATION_MINUTES`] unless given.
    pub duration_minutes: Option<u32>,
    /// A price for each grade of the hall.
    pub prices: BTreeMap<String, Amount>,
    /// Whether no buyer may pick seats that leave a single free one alone, as long as there are others.
    pub refuse_lone_seats: bool,
    /// Whether it may be in a hall where something else is.
    pub allow_overlap: bool,
    /// Whether the concert's sale may begin after it.
    pub allow_late_sale: bool,
}

impl PerformanceSpec {
    /// With what holds where nothing else is said.
    pub fn new(concert_id: Uuid, hall_id: Uuid, starts_at: Instant, prices: BTreeMap<String, Amount>) -> Self {
        let (refuse_lone_seats, allow_overlap, allow_late_sale, duration_minutes) = (false, false, false, None);
        Self {
            concert_id,
            hall_id,
            starts_at,
            duration_minutes,
            prices,
            refuse_lone_seats,
            allow_overlap,
            allow_late_sale,
        }
    }
}

/// Makes a performance with a price for each grade of the hall. Its seats are on sale at once.
///
/// # Errors
/// [`CatalogError::NoSuchConcert`], [`CatalogError::NoSuchHall`]; [`CatalogError::Invalid`] when it starts in the past,
/// or prices do not fit the hall's grades exactly; [`CatalogError::HallTaken`] and [`CatalogError::SaleTooLate`] unless
/// the operator allows it.
pub fn create_performance(tx: &Tx, spec: &PerformanceSpec) -> Result<Occasion, CatalogError> {
    const DAY_MINUTES: u32 = 24 * 60;
    let concert = concert(tx, spec.concert_id)?.key;
    let (hall, version) = hall::domain::latest(tx, spec.hall_id)?;
    let plan = hall::domain::plan(tx, version)?;
    if spec.starts_at <= tx.wall() {
        return CatalogError::invalid("starts_at must be in the future");
    }
    let minutes = spec.duration_minutes.unwrap_or(DURATION_MINUTES);
    if !(1..=DAY_MINUTES).contains(&minutes) {
        return CatalogError::invalid(format!("duration_minutes must be 1 to {DAY_MINUTES}"));
    }
    let prices = price_list(&plan, &spec.prices)?;
    let ends_at = spec.starts_at.plus_seconds(minutes * 60);
    if !spec.allow_overlap
        && let Some((performance_id, starts_at)) = sql::performance_in_hall(tx, hall, spec.starts_at, ends_at)?
    {
        return Err(CatalogError::HallTaken { performance_id, starts_at });
    }
    let on_sale_at = queue::domain::on_sale_at(tx, concert)?;
    if !spec.allow_late_sale && on_sale_at >= spec.starts_at {
        return Err(CatalogError::SaleTooLate(on_sale_at));
    }
    // From here it must succeed.
    let id = tx.new_id();
    let times = (spec.starts_at, ends_at);
    let key = sql::insert_performance(tx, id, concert, (hall, version), times, spec.refuse_lone_seats)?;
    for (grade, price) in prices {
        sql::insert_price(tx, key, grade, price)?;
    }
    tx.tell(CatalogFact::PerformanceAdded { concert });
    occasion(tx, key)
}

/// The prices by the hall's own spelling of its grades; each grade must have one.
fn price_list<'a>(
    plan: &'a HallPlan,
    prices: &BTreeMap<String, Amount>,
) -> Result<BTreeMap<&'a str, Amount>, CatalogError> {
    if prices.values().any(|price| *price < Amount(0) || price.0 > LARGEST.0 / 64) {
        return CatalogError::invalid(format!("prices must be 0 to {}", LARGEST.0 / 64));
    }
    let grades: BTreeMap<_, _> = plan.grades().into_iter().map(|grade| (folded(grade), grade)).collect();
    let mut list = BTreeMap::new();
    for (named, price) in prices {
        let Some(grade) = grades.get(&folded(named)) else {
            let known = plan.grades().into_iter().collect::<Vec<_>>().join(", ");
            return CatalogError::invalid(format!("prices: the hall has no grade {named}; it has {known}"));
        };
        if list.insert(*grade, *price).is_some() {
            return CatalogError::invalid(format!("prices names the grade {grade} twice"));
        }
    }
    match grades.values().find(|grade| !list.contains_key(*grade)) {
        Some(missing) => CatalogError::invalid(format!("prices lacks the hall's grade {missing}")),
        None => Ok(list),
    }
}

/// Does anything have a price?
///
/// # Errors
/// Only the store's.
pub fn any_price(tx: &Tx) -> Result<bool, StoreError> {
    sql::any_price(tx)
}
