//! What is on: making and finding halls, concerts and performances.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::concert::{self, ConcertState};
use crate::catalog::error::{CatalogError, TakenBy};
use crate::catalog::facts::CatalogFact;
use crate::catalog::hall::{self, HallPlan, SeatKind};
use crate::catalog::local_time::{LocalTime, zone};
use crate::catalog::prices::{self, Limits, PriceSpec, SaleTerms};
use crate::catalog::record::{DoorPolicy, Occasion, Performance, PerformanceNow, Sale, SeatLabel};
use crate::catalog::room::Room;
use crate::catalog::sql;
use crate::clock::Instant;
use crate::ids::{ConcertKey, HallKey, PerformanceKey, SeatId, TypeNo, VersionKey};
use crate::money::Amount;
use crate::queue;
use crate::store::{StoreError, Tx};

/// All performances of a concert in order of time, with plan and prices.
///
/// # Errors
/// Only the store's.
pub fn performances(tx: &Tx, concert: ConcertKey) -> Result<Vec<Performance>, CatalogError> {
    let mut plans: BTreeMap<VersionKey, (Arc<HallPlan>, Arc<Room>)> = BTreeMap::new();
    listed(tx, concert, |version| {
        // A version's plan and room are the same for all that are played in it, of which there may be hundreds.
        Ok(match plans.entry(version) {
            Entry::Occupied(known) => Clone::clone(known.get()),
            Entry::Vacant(new) => {
                let plan = hall::domain::plan(tx, version)?;
                let room = Arc::new(Room::of(&plan));
                new.insert((Arc::new(plan), room)).clone()
            }
        })
    })
}

/// The same with empty plans, for memory, which has them: reading that of a large hall takes longer than anybody should wait
/// for the writer.
///
/// # Errors
/// Only the store's.
pub(in crate::catalog) fn performances_but_plans(
    tx: &Tx,
    concert: ConcertKey,
) -> Result<Vec<Performance>, CatalogError> {
    let (plan, room) = (Arc::new(HallPlan::default()), Arc::new(Room::default()));
    listed(tx, concert, |_| Ok((plan.clone(), room.clone())))
}

fn listed(
    tx: &Tx,
    concert: ConcertKey,
    mut plan_of: impl FnMut(VersionKey) -> Result<(Arc<HallPlan>, Arc<Room>), CatalogError>,
) -> Result<Vec<Performance>, CatalogError> {
    let of = concert::domain::by_key(tx, concert)?;
    let (time_zone, queue) = (zone(&of.time_zone), queue::life::queue(tx, concert)?);
    let terms = sql::sale_terms(tx, concert)?;
    let mut performances = Vec::new();
    for row in sql::performances(tx, concert)? {
        let sql::PerformanceRow { key, id, version, hall, starts_at, doors_at, .. } = row;
        let sale = Sale {
            is_paused: row.is_paused,
            is_cancelled: of.state == ConcertState::Cancelled,
            is_performance_cancelled: row.is_cancelled,
            ends_at: queue.sale_ends_at,
        };
        let limits = Limits { concert: terms.seats_per_user, performance: row.seats_per_user };
        let local = LocalTime::of(&time_zone, starts_at);
        let (plan, room) = plan_of(version)?;
        let (prices, fees) = (prices::domain::prices(tx, key)?, terms.fees);
        performances.push(Performance {
            key,
            id,
            concert,
            starts_at,
            local,
            doors_at,
            sale,
            hall,
            version,
            version_no: row.version_no,
            redrawn_in: row.redrawn_in,
            changed_in: row.changed_in,
            plan_id: row.plan_id,
            plan,
            room,
            refuse_lone_seats: row.refuse_lone_seats,
            prices,
            fees,
            limits,
        });
    }
    Ok(performances)
}

/// What holds for the sale of a whole concert.
///
/// # Errors
/// Only the store's.
pub fn sale_terms(tx: &Tx, concert: ConcertKey) -> Result<SaleTerms, StoreError> {
    sql::sale_terms(tx, concert)
}

/// How a performance stands now, whatever memory knows; none when it was taken back.
///
/// # Errors
/// Only the store's.
pub fn performance_now(tx: &Tx, performance: PerformanceKey) -> Result<Option<PerformanceNow>, StoreError> {
    if let Some(known) = tx.shared(performance.0) {
        return Ok(Some(known));
    }
    let read = sql::performance_now(tx, performance)?;
    if let Some(read) = read {
        tx.keep(performance.0, read);
    }
    Ok(read)
}

/// The name of a performance's ticket type.
///
/// # Errors
/// [`CatalogError::NoSuchPerformance`] when there is no such type.
pub fn type_name(tx: &Tx, performance: PerformanceKey, of: TypeNo) -> Result<String, CatalogError> {
    prices::domain::type_name(tx, performance, of)?.ok_or(CatalogError::NoSuchPerformance)
}

/// The concert that a performance belongs to.
///
/// # Errors
/// [`CatalogError::NoSuchPerformance`].
pub fn concert_of(tx: &Tx, performance: Uuid) -> Result<ConcertKey, CatalogError> {
    sql::concert_of(tx, performance)?.ok_or(CatalogError::NoSuchPerformance)
}

/// The number of the hall's version in which a performance is played: its seats are known by it.
///
/// # Errors
/// [`CatalogError::NoSuchPerformance`].
pub fn version_no(tx: &Tx, performance: PerformanceKey) -> Result<u32, CatalogError> {
    sql::version_no(tx, performance)?.ok_or(CatalogError::NoSuchPerformance)
}

/// Which show a performance is, when and where.
///
/// # Errors
/// [`CatalogError::NoSuchPerformance`].
pub fn occasion(tx: &Tx, performance: PerformanceKey) -> Result<Occasion, CatalogError> {
    sql::occasion(tx, performance)?.ok_or(CatalogError::NoSuchPerformance)
}

/// The words for a seat of a performance, in whichever version of its hall.
///
/// # Errors
/// [`CatalogError::NoSuchPerformance`] when there is no such seat.
pub fn seat_label(tx: &Tx, id: SeatId) -> Result<SeatLabel, CatalogError> {
    let missing = || CatalogError::NoSuchPerformance;
    if id.standing_section().is_some() {
        let (section, grade) = hall::domain::standing_section(tx, id)?.ok_or_else(missing)?;
        let (row, label, kind) = (String::new(), String::new(), SeatKind::Standard);
        return Ok(SeatLabel { occasion: occasion(tx, id.performance)?, section, row, label, kind, grade, id });
    }
    let row = hall::domain::seat_row(tx, id)?.ok_or_else(missing)?;
    let place = row.seats.get((id.seat_no - row.first_seat) as usize).ok_or_else(missing)?.clone();
    let (occasion, grade) = (occasion(tx, id.performance)?, row.grade_of(&place).to_owned());
    Ok(SeatLabel { occasion, section: row.section, row: row.name, label: place.label, kind: place.kind, grade, id })
}

/// How long a performance takes its hall at least, in minutes, where nothing is said: long enough to tell a slip or a
/// double click from a second show, short enough for a day of children's shows.
pub const DURATION_MINUTES: u32 = 60;

/// A performance as the operator describes it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct PerformanceSpec {
    /// The concert.
    pub concert_id: Uuid,
    /// The hall.
    pub hall_id: Uuid,
    /// When it starts.
    pub starts_at: Instant,
    /// For how many minutes it takes the hall; [`DURATION_MINUTES`] unless given.
    pub duration_minutes: Option<u32>,
    /// When the doors open, if that is said.
    pub doors_at: Option<Instant>,
    /// A price at least for each grade of the hall.
    pub prices: PriceSpec,
    /// How many places one buyer may have; the venue's limit unless given.
    pub seats_per_user: Option<u32>,
    /// Whether no buyer may pick seats that leave a single free one alone, as long as there are others.
    pub refuse_lone_seats: bool,
    /// What its doors do without a network.
    pub door_policy: DoorPolicy,
    /// Whether it may be in a hall where something else is.
    pub allow_overlap: bool,
    /// Whether the concert's sale may begin after it.
    pub allow_late_sale: bool,
}

impl PerformanceSpec {
    /// With what holds where nothing else is said.
    pub fn new(concert_id: Uuid, hall_id: Uuid, starts_at: Instant, prices: BTreeMap<String, Amount>) -> Self {
        let prices = PriceSpec::One(prices);
        let (refuse_lone_seats, allow_overlap, allow_late_sale) = (false, false, false);
        Self {
            concert_id,
            hall_id,
            starts_at,
            duration_minutes: None,
            doors_at: None,
            prices,
            seats_per_user: None,
            refuse_lone_seats,
            door_policy: DoorPolicy::default(),
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
    let of = concert::domain::concert(tx, spec.concert_id)?;
    let concert = of.key;
    if of.state == ConcertState::Cancelled {
        return Err(CatalogError::StateFixed);
    }
    let hall::plan::HallRecord { key: hall, version, .. } = hall::domain::latest(tx, spec.hall_id)?;
    let plan = hall::domain::plan(tx, version)?;
    if spec.starts_at <= tx.wall() {
        return CatalogError::invalid("starts_at must be in the future");
    }
    let minutes = spec.duration_minutes.unwrap_or(DURATION_MINUTES);
    check_minutes(minutes)?;
    check_doors(spec.doors_at, spec.starts_at)?;
    let prices = spec.prices.list(&plan.grades())?;
    prices::check_seats_per_user(spec.seats_per_user)?;
    let ends_at = spec.starts_at.plus_seconds(minutes * 60);
    if !spec.allow_overlap {
        require_free_hall(tx, hall, (spec.starts_at, ends_at), None)?;
    }
    let on_sale_at = queue::life::queue(tx, concert)?.on_sale_at;
    if !spec.allow_late_sale && on_sale_at >= spec.starts_at {
        return Err(CatalogError::sale_too_late(on_sale_at, &of.time_zone));
    }
    // From here it must succeed.
    let id = tx.new_id();
    let (hall, time) = ((hall, version), (spec.starts_at, ends_at));
    let rules = (spec.seats_per_user, spec.refuse_lone_seats, spec.door_policy);
    let key = sql::insert_performance(tx, id, concert, hall, time, rules, spec.doors_at)?;
    prices::domain::keep(tx, key, &prices)?;
    concert::domain::performances_changed(tx, concert)?;
    tx.tell(CatalogFact::PerformancesChanged { concert, performances: Vec::new() });
    occasion(tx, key)
}

/// Checks how long a performance takes its hall.
pub(super) fn check_minutes(minutes: u32) -> Result<(), CatalogError> {
    const DAY_MINUTES: u32 = 24 * 60;
    if (1..=DAY_MINUTES).contains(&minutes) {
        return Ok(());
    }
    CatalogError::invalid(format!("duration_minutes must be 1 to {DAY_MINUTES}"))
}

/// Checks that doors open before the start.
pub(super) fn check_doors(doors_at: Option<Instant>, starts_at: Instant) -> Result<(), CatalogError> {
    if doors_at.is_some_and(|doors_at| doors_at > starts_at) {
        return CatalogError::invalid("doors_at must not be after starts_at");
    }
    Ok(())
}

/// Checks that nothing else than `but` is in a hall at that time.
pub(super) fn require_free_hall(
    tx: &Tx,
    hall: HallKey,
    time: (Instant, Instant),
    but: Option<PerformanceKey>,
) -> Result<(), CatalogError> {
    match sql::performance_in_hall(tx, hall, time, but)? {
        Some(other) => {
            let Occasion { performance_id, concert_title, starts_at, local, hall, .. } = occasion(tx, other)?;
            Err(CatalogError::HallTaken(Box::new(TakenBy { performance_id, concert_title, starts_at, local, hall })))
        }
        None => Ok(()),
    }
}

/// Does anything have a price?
///
/// # Errors
/// Only the store's.
pub fn any_price(tx: &Tx) -> Result<bool, StoreError> {
    prices::domain::any_price(tx)
}
