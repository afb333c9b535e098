//! What is on: halls, concerts, performances.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::catalog::sql;
use crate::clock::Instant;
use crate::events::Event;
use crate::ids::{ConcertKey, HallKey, PerformanceKey};
use crate::money::Amount;
use crate::store::{StoreError, Tx};

/// Why the catalogue says no.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// There is no such concert.
    #[error("no such concert")]
    NoSuchConcert,
    /// There is no such hall.
    #[error("no such hall")]
    NoSuchHall,
    /// There is no such performance in this concert.
    #[error("no such performance")]
    NoSuchPerformance,
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concert {
    /// Inside.
    pub key: ConcertKey,
    /// Outside.
    pub id: Uuid,
    /// Its title.
    pub title: String,
    /// The venue's IANA time zone.
    pub time_zone: String,
}

/// A row of a hall's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// The section it stands in.
    pub section: String,
    /// Its name.
    pub name: String,
    /// Its price level.
    pub grade: String,
    /// The `seat_no` of its first seat.
    pub first_seat: u32,
    /// What is written on its seats, side by side.
    pub seat_numbers: Vec<u32>,
}

impl PlanRow {
    /// The `seat_no`s of this row.
    pub fn seats(&self) -> std::ops::Range<u32> {
        self.first_seat..self.first_seat + self.seat_numbers.len() as u32
    }
}

/// A hall's rows, best first, as the operator gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HallPlan {
    /// All rows; `seat_no` counts through them from 1.
    pub rows: Vec<PlanRow>,
}

/// What is known of a seat without asking whether it is free.
#[derive(Clone, Copy, Debug)]
pub struct PlanSeat<'a> {
    /// Its row.
    pub row: &'a PlanRow,
    /// What is written on it.
    pub number: u32,
}

impl HallPlan {
    /// How many seats there are.
    pub fn seat_count(&self) -> u32 {
        self.rows.last().map_or(0, |row| row.seats().end - 1)
    }

    /// The seat with this `seat_no`.
    pub fn seat(&self, seat_no: u32) -> Option<PlanSeat<'_>> {
        let after = self.rows.partition_point(|row| row.first_seat <= seat_no);
        let row = self.rows.get(after.checked_sub(1)?)?;
        let number = *row.seat_numbers.get((seat_no - row.first_seat) as usize)?;
        Some(PlanSeat { row, number })
    }

    /// The grades, each once.
    pub fn grades(&self) -> std::collections::BTreeSet<&str> {
        self.rows.iter().map(|row| row.grade.as_str()).collect()
    }
}

/// One bookable date of a concert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performance {
    /// Inside.
    pub key: PerformanceKey,
    /// Outside.
    pub id: Uuid,
    /// The concert.
    pub concert: ConcertKey,
    /// When it starts; nothing is sold from then on.
    pub starts_at: Instant,
    /// The date on the venue's calendar, `2026-12-24`.
    pub local_date: String,
    /// The time on the venue's clock, `19:30`.
    pub local_time: String,
    /// The hall's plan.
    pub plan: HallPlan,
    /// Price of each grade.
    pub prices: BTreeMap<String, Amount>,
}

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

/// The hall with this id, and its plan.
///
/// # Errors
/// [`CatalogError::NoSuchHall`].
pub fn hall(tx: &Tx, id: Uuid) -> Result<(HallKey, HallPlan), CatalogError> {
    let key = sql::hall(tx, id)?.ok_or(CatalogError::NoSuchHall)?;
    Ok((key, HallPlan { rows: sql::hall_rows(tx, key)? }))
}

/// All performances of a concert in order of time, with plan and prices.
///
/// # Errors
/// Only the store's.
pub fn performances(tx: &Tx, concert: ConcertKey) -> Result<Vec<Performance>, StoreError> {
    let time_zone = zone(&sql::time_zone(tx, concert)?);
    let mut performances = Vec::new();
    for (key, id, hall, starts_at) in sql::performances(tx, concert)? {
        let (local_date, local_time) = local(&time_zone, starts_at);
        let plan = HallPlan { rows: sql::hall_rows(tx, hall)? };
        let prices = sql::prices(tx, key)?.into_iter().collect();
        performances.push(Performance { key, id, concert, starts_at, local_date, local_time, plan, prices });
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

/// What is written on a sold seat's ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatLabel {
    /// The concert's title.
    pub concert_title: String,
    /// The performance.
    pub performance_id: Uuid,
    /// When it starts.
    pub starts_at: Instant,
    /// The section.
    pub section: String,
    /// The row.
    pub row: String,
    /// The seat's number.
    pub number: u32,
    /// The price level.
    pub grade: String,
}

/// The words for a seat of a performance.
///
/// # Errors
/// [`CatalogError::NoSuchPerformance`] when there is no such seat.
pub fn seat_label(tx: &Tx, performance: PerformanceKey, seat_no: u32) -> Result<SeatLabel, CatalogError> {
    let missing = CatalogError::NoSuchPerformance;
    let Some((performance_id, starts_at, concert_title, row)) = sql::seat_row(tx, performance, seat_no)? else {
        return Err(missing);
    };
    let number = row.seat_numbers.get((seat_no - row.first_seat) as usize).copied().ok_or(missing)?;
    Ok(SeatLabel {
        concert_title,
        performance_id,
        starts_at,
        section: row.section,
        row: row.name,
        number,
        grade: row.grade,
    })
}

/// Makes a hall; the operator's desk has checked the plan.
///
/// # Errors
/// Only the store's.
pub fn create_hall(tx: &Tx, name: &str, plan: &HallPlan) -> Result<Uuid, CatalogError> {
    let id = tx.new_id();
    let key = sql::insert_hall(tx, id, name, tx.now())?;
    for (row_no, row) in (1_u32..).zip(&plan.rows) {
        sql::insert_hall_row(tx, key, row_no, row)?;
    }
    Ok(id)
}

/// Makes a concert; the operator's desk has checked title and time zone.
///
/// # Errors
/// Only the store's.
pub fn create_concert(tx: &Tx, title: &str, time_zone: &str) -> Result<Concert, CatalogError> {
    let id = tx.new_id();
    let key = sql::insert_concert(tx, id, title, time_zone, tx.now())?;
    Ok(Concert { key, id, title: title.to_owned(), time_zone: time_zone.to_owned() })
}

/// Makes a performance with its prices. Its seats are put on sale by the reservation.
///
/// # Errors
/// Only the store's.
pub fn create_performance(
    tx: &Tx,
    concert: ConcertKey,
    hall: HallKey,
    starts_at: Instant,
    prices: &BTreeMap<String, Amount>,
) -> Result<(PerformanceKey, Uuid), CatalogError> {
    let id = tx.new_id();
    let key = sql::insert_performance(tx, id, concert, hall, starts_at, tx.now())?;
    for (grade, price) in prices {
        sql::insert_price(tx, key, grade, *price)?;
    }
    tx.tell(Event::PerformanceAdded { concert });
    Ok((key, id))
}

/// True when `name` is an IANA time zone such as `Asia/Seoul`.
pub fn is_time_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn local(time_zone: &TimeZone, instant: Instant) -> (String, String) {
    let timestamp = jiff::Timestamp::from_millisecond(instant.0).unwrap_or_default();
    let local = timestamp.to_zoned(time_zone.clone());
    (local.strftime("%Y-%m-%d").to_string(), local.strftime("%H:%M").to_string())
}

/// Does anything have a price?
///
/// # Errors
/// Only the store's.
pub fn any_price(tx: &Tx) -> Result<bool, StoreError> {
    sql::any_price(tx)
}
