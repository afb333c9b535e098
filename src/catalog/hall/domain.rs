//! Making, finding, changing and taking back halls.

use uuid::Uuid;

use crate::audit::Note;
use crate::catalog::error::CatalogError;
use crate::catalog::hall::plan::{HallPlan, HallRecord, PlanRow};
use crate::catalog::hall::sql;
use crate::catalog::names::clean_name;
use crate::ids::{HallKey, SeatId, VersionKey};
use crate::store::{StoreError, Tx};

/// All halls, newest first, up to `limit` after `before`.
///
/// # Errors
/// Only the store's.
pub fn halls(tx: &Tx, before: Option<HallKey>, limit: u32) -> Result<Vec<HallRecord>, CatalogError> {
    Ok(sql::halls(tx, before.unwrap_or(HallKey(i64::MAX)), limit)?)
}

/// The hall with this id by its latest version.
///
/// # Errors
/// [`CatalogError::NoSuchHall`].
pub fn latest(tx: &Tx, id: Uuid) -> Result<HallRecord, CatalogError> {
    sql::hall(tx, id)?.ok_or(CatalogError::NoSuchHall)
}

/// The hall by the version in which this performance is played.
///
/// # Errors
/// [`CatalogError::NoSuchPerformance`], also while its concert is a draft.
pub fn of_performance(tx: &Tx, performance: Uuid) -> Result<HallRecord, CatalogError> {
    sql::of_performance(tx, performance)?.ok_or(CatalogError::NoSuchPerformance)
}

/// The plan of a version of a hall.
///
/// # Errors
/// Only the store's.
pub fn plan(tx: &Tx, version: VersionKey) -> Result<HallPlan, StoreError> {
    let (floors, drawing) = sql::drawing(tx, version)?;
    Ok(HallPlan { floors, drawing, sections: sql::hall_sections(tx, version)?, rows: sql::hall_rows(tx, version)? })
}

/// The row in which a seat of a performance stands or stood, in that version of its hall, if there is such a seat.
///
/// # Errors
/// Only the store's.
pub fn seat_row(tx: &Tx, id: SeatId) -> Result<Option<PlanRow>, StoreError> {
    sql::seat_row(tx, id)
}

/// The name and the grade of the standing section that this is a place of.
///
/// # Errors
/// Only the store's.
pub fn standing_section(tx: &Tx, id: SeatId) -> Result<Option<(String, String)>, StoreError> {
    sql::standing_section(tx, id)
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
    insert_version(tx, hall, 1, plan)?;
    Ok(id)
}

fn insert_version(tx: &Tx, hall: HallKey, version_no: u32, plan: &HallPlan) -> Result<(), StoreError> {
    let version = sql::insert_hall_version(tx, hall, version_no, plan, tx.now())?;
    for section in &plan.sections {
        sql::insert_hall_section(tx, version, section)?;
    }
    for (row_no, row) in (1_u32..).zip(&plan.rows) {
        sql::insert_hall_row(tx, version, row_no, row)?;
    }
    Ok(())
}

/// Changes a hall: a new version, in which later performances are played. Those that are made stay in theirs; a version
/// that is left without any goes.
///
/// # Errors
/// [`CatalogError::Invalid`].
pub fn change_hall(tx: &Tx, before: &HallRecord, name: &str, plan: &HallPlan) -> Result<HallRecord, CatalogError> {
    let name = &clean_name("name", name)?;
    // From here it must succeed.
    sql::rename(tx, before.key, name)?;
    insert_version(tx, before.key, before.version_no + 1, plan)?;
    drop_unplayed(tx, before.version)?;
    let after = latest(tx, before.id)?;
    let told = |hall: &HallRecord| serde_json::json!({"name": hall.name, "version": hall.version_no});
    tx.audit(|| Note::change("hall", before.id, &told(before), &told(&after)));
    Ok(after)
}

/// A version of a hall.
///
/// # Errors
/// [`CatalogError::Invalid`] when the hall has no version of this number.
pub fn version(tx: &Tx, hall: HallKey, version_no: u32) -> Result<HallRecord, CatalogError> {
    let found = sql::version(tx, hall, version_no)?;
    found.map_or_else(|| CatalogError::invalid(format!("the hall has no version {version_no}")), Ok)
}

/// A version stays though nothing is played in it any more: tickets that were given back name seats in it.
///
/// # Errors
/// Only the store's.
pub fn keep(tx: &Tx, version: VersionKey) -> Result<(), StoreError> {
    sql::keep(tx, version)
}

/// Deletes a version in which nothing is played any more, unless it is what the hall is now or is kept.
///
/// # Errors
/// Only the store's.
pub fn drop_unplayed(tx: &Tx, version: VersionKey) -> Result<(), StoreError> {
    if sql::is_superseded(tx, version)? && !sql::is_played_in(tx, version)? {
        sql::delete_version(tx, version)?;
    }
    Ok(())
}

/// Takes a hall back, with all its versions.
///
/// # Errors
/// [`CatalogError::InUse`] when any performance is in it.
pub fn delete_hall(tx: &Tx, hall: &HallRecord) -> Result<(), CatalogError> {
    let versions = sql::versions(tx, hall.key)?;
    for version in &versions {
        if sql::is_played_in(tx, *version)? {
            return Err(CatalogError::InUse("Performances were made in this hall."));
        }
    }
    // From here it must succeed.
    for version in versions {
        sql::delete_version(tx, version)?;
    }
    sql::delete_hall(tx, hall.key)?;
    tx.audit(|| Note::on("hall", hall.id).before(serde_json::json!({"name": hall.name})));
    Ok(())
}
