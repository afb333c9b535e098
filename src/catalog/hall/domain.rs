//! Making and finding halls.

use uuid::Uuid;

use crate::catalog::error::CatalogError;
use crate::catalog::hall::plan::{HallPlan, PlanRow};
use crate::catalog::hall::sql;
use crate::catalog::names::clean_name;
use crate::ids::{HallKey, PerformanceKey, VersionKey};
use crate::store::{StoreError, Tx};

/// The hall with this id and its latest version.
///
/// # Errors
/// [`CatalogError::NoSuchHall`].
pub fn latest(tx: &Tx, id: Uuid) -> Result<(HallKey, VersionKey), CatalogError> {
    sql::hall(tx, id)?.ok_or(CatalogError::NoSuchHall)
}

/// The plan of a version of a hall.
///
/// # Errors
/// Only the store's.
pub fn plan(tx: &Tx, version: VersionKey) -> Result<HallPlan, StoreError> {
    let floors = sql::floors(tx, version)?;
    Ok(HallPlan { floors, sections: sql::hall_sections(tx, version)?, rows: sql::hall_rows(tx, version)? })
}

/// The row in which a seat of a performance stands, if there is such a seat.
///
/// # Errors
/// Only the store's.
pub fn seat_row(tx: &Tx, performance: PerformanceKey, seat_no: u32) -> Result<Option<PlanRow>, StoreError> {
    sql::seat_row(tx, performance, seat_no)
}

/// Makes a hall of a plan that [`HallSpec::plan`](super::spec::HallSpec::plan) made.
///
/// # Errors
/// [`CatalogError::Invalid`].
pub fn create_hall(tx: &Tx, name: &str, plan: &HallPlan) -> Result<Uuid, CatalogError> {
    let name = &clean_name("name", name)?;
    // From here it must succeed.
    let id = tx.new_id();
    let hall = sql::insert_hall(tx, id, name, tx.now())?;
    let version = sql::insert_hall_version(tx, hall, 1, plan, tx.now())?;
    for section in &plan.sections {
        sql::insert_hall_section(tx, version, section)?;
    }
    for (row_no, row) in (1_u32..).zip(&plan.rows) {
        sql::insert_hall_row(tx, version, row_no, row)?;
    }
    Ok(id)
}
