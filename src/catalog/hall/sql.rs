//! The tables of halls: `hall` with its versions, sections and rows.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::hall::plan::{HallPlan, PlanPlace, PlanRow, PlanSection, SeatKind};
use crate::clock::Instant;
use crate::ids::{HallKey, PerformanceKey, VersionKey};
use crate::store::{Row, RowResult, StoreError, Tx, params};

/// A seat as its row keeps it: its label alone, or what else is special about it.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum StoredPlace {
    Label(String),
    Special {
        label: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grade: Option<String>,
        #[serde(default, skip_serializing_if = "is_default")]
        kind: SeatKind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        #[serde(default, skip_serializing_if = "is_default")]
        gap_before: u32,
    },
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<StoredPlace> for PlanPlace {
    fn from(stored: StoredPlace) -> Self {
        match stored {
            StoredPlace::Label(label) => Self { label, ..Self::default() },
            StoredPlace::Special { label, grade, kind, note, gap_before } => {
                Self { label, grade, kind, note, gap_before }
            }
        }
    }
}

impl From<PlanPlace> for StoredPlace {
    fn from(place: PlanPlace) -> Self {
        let PlanPlace { label, grade, kind, note, gap_before } = place;
        match (&grade, kind, &note, gap_before) {
            (None, SeatKind::Standard, None, 0) => Self::Label(label),
            _ => Self::Special { label, grade, kind, note, gap_before },
        }
    }
}

fn read_row(row: &Row<'_>) -> RowResult<PlanRow> {
    let seats: String = row.get(5)?;
    // Written by `insert_hall_row`; an unreadable list gives a row without seats, which `verify` reports.
    let seats: Vec<StoredPlace> = serde_json::from_str(&seats).unwrap_or_default();
    Ok(PlanRow {
        section_no: row.get(0)?,
        section: row.get(1)?,
        name: row.get(2)?,
        grade: row.get(3)?,
        first_seat: row.get(4)?,
        seats: seats.into_iter().map(PlanPlace::from).collect(),
    })
}

/// The hall with this id and its latest version.
pub(super) fn hall(tx: &Tx, id: Uuid) -> Result<Option<(HallKey, VersionKey)>, StoreError> {
    tx.maybe(
        "SELECT hall_key, version_key FROM hall JOIN hall_version USING (hall_key)
         WHERE hall.id = ?1 ORDER BY version_no DESC LIMIT 1",
        params![id.as_bytes()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn floors(tx: &Tx, version: VersionKey) -> Result<Vec<String>, StoreError> {
    tx.one("SELECT floors FROM hall_version WHERE version_key = ?1", params![version], |row| {
        // Written by `insert_hall_version`.
        Ok(serde_json::from_str(&row.get::<_, String>(0)?).unwrap_or_default())
    })
}

pub(super) fn hall_sections(tx: &Tx, version: VersionKey) -> Result<Vec<PlanSection>, StoreError> {
    tx.all(
        "SELECT section_no, name, kind, floor, capacity, grade FROM hall_section
         WHERE version_key = ?1 ORDER BY section_no",
        params![version],
        |row| {
            let (section_no, name, kind) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(PlanSection { section_no, name, kind, floor: row.get(3)?, capacity: row.get(4)?, grade: row.get(5)? })
        },
    )
}

pub(super) fn hall_rows(tx: &Tx, version: VersionKey) -> Result<Vec<PlanRow>, StoreError> {
    tx.all(
        "SELECT section_no, hall_section.name, hall_row.name, hall_row.grade, first_seat, seats
         FROM hall_row JOIN hall_section USING (version_key, section_no)
         WHERE hall_row.version_key = ?1 ORDER BY row_no",
        params![version],
        read_row,
    )
}

/// The row that a seat stands in.
pub(super) fn seat_row(tx: &Tx, performance: PerformanceKey, seat_no: u32) -> Result<Option<PlanRow>, StoreError> {
    tx.maybe(
        "SELECT section_no, hall_section.name, hall_row.name, hall_row.grade, first_seat, seats
         FROM performance JOIN hall_row USING (version_key) JOIN hall_section USING (version_key, section_no)
         WHERE performance.performance_key = ?1 AND hall_row.first_seat <= ?2
         ORDER BY hall_row.row_no DESC LIMIT 1",
        params![performance, seat_no],
        read_row,
    )
}

pub(super) fn insert_hall(tx: &Tx, id: Uuid, name: &str, now: Instant) -> Result<HallKey, StoreError> {
    tx.insert("INSERT INTO hall (id, name, created_at) VALUES (?1, ?2, ?3)", params![id.as_bytes(), name, now])
        .map(HallKey)
}

pub(super) fn insert_hall_version(
    tx: &Tx,
    hall: HallKey,
    version_no: u32,
    plan: &HallPlan,
    now: Instant,
) -> Result<VersionKey, StoreError> {
    let floors = serde_json::to_string(&plan.floors).unwrap_or_default();
    tx.insert(
        "INSERT INTO hall_version (hall_key, version_no, floors, seat_count, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![hall, version_no, floors, plan.seat_count(), now],
    )
    .map(VersionKey)
}

pub(super) fn insert_hall_section(tx: &Tx, version: VersionKey, section: &PlanSection) -> Result<(), StoreError> {
    let PlanSection { section_no, name, kind, floor, capacity, grade } = section;
    tx.run(
        "INSERT INTO hall_section (version_key, section_no, name, kind, floor, capacity, grade)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![version, section_no, name, kind, floor, capacity, grade],
    )?;
    Ok(())
}

pub(super) fn insert_hall_row(tx: &Tx, version: VersionKey, row_no: u32, row: &PlanRow) -> Result<(), StoreError> {
    let seats: Vec<_> = row.seats.iter().cloned().map(StoredPlace::from).collect();
    let seats = serde_json::to_string(&seats).unwrap_or_default();
    tx.run(
        "INSERT INTO hall_row (version_key, row_no, section_no, name, grade, first_seat, seats)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![version, row_no, row.section_no, row.name, row.grade, row.first_seat, seats],
    )?;
    Ok(())
}
