//! The tables of halls: `hall` with its versions, sections and rows.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::hall::drawing::{HallDrawing, Point};
use crate::catalog::hall::plan::{HallPlan, HallRecord, PlanPlace, PlanRow, PlanSection, SeatKind};
use crate::clock::Instant;
use crate::ids::{HallKey, SeatId, VersionKey};
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
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Point>,
    },
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<StoredPlace> for PlanPlace {
    fn from(stored: StoredPlace) -> Self {
        match stored {
            StoredPlace::Label(label) => Self { label, ..Self::default() },
            StoredPlace::Special { label, grade, kind, note, gap_before, at } => {
                Self { label, grade, kind, note, gap_before, at }
            }
        }
    }
}

impl From<PlanPlace> for StoredPlace {
    fn from(place: PlanPlace) -> Self {
        let PlanPlace { label, grade, kind, note, gap_before, at } = place;
        match (&grade, kind, &note, gap_before, at) {
            (None, SeatKind::Standard, None, 0, None) => Self::Label(label),
            _ => Self::Special { label, grade, kind, note, gap_before, at },
        }
    }
}

/// What [`to_json`] wrote; what cannot be read is as if nothing had been said.
fn read_json<T: Default + DeserializeOwned>(row: &Row<'_>, at: usize) -> RowResult<T> {
    Ok(serde_json::from_str(&row.get::<_, String>(at)?).unwrap_or_default())
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
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
        drawing: read_json(row, 6)?,
    })
}

/// A version's floors and drawing.
pub(super) fn drawing(tx: &Tx, version: VersionKey) -> Result<(Vec<String>, HallDrawing), StoreError> {
    tx.one("SELECT floors, drawing FROM hall_version WHERE version_key = ?1", params![version], |row| {
        Ok((read_json(row, 0)?, read_json(row, 1)?))
    })
}

pub(super) fn hall_sections(tx: &Tx, version: VersionKey) -> Result<Vec<PlanSection>, StoreError> {
    tx.all(
        "SELECT section_no, name, kind, floor, capacity, grade, drawing FROM hall_section
         WHERE version_key = ?1 ORDER BY section_no",
        params![version],
        |row| {
            let (section_no, name, kind) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (floor, capacity, grade) = (row.get(3)?, row.get(4)?, row.get(5)?);
            Ok(PlanSection { section_no, name, kind, floor, capacity, grade, drawing: read_json(row, 6)? })
        },
    )
}

pub(super) fn hall_rows(tx: &Tx, version: VersionKey) -> Result<Vec<PlanRow>, StoreError> {
    tx.all(
        "SELECT section_no, hall_section.name, hall_row.name, hall_row.grade, first_seat, seats,
                hall_row.drawing
         FROM hall_row JOIN hall_section USING (version_key, section_no)
         WHERE hall_row.version_key = ?1 ORDER BY row_no",
        params![version],
        read_row,
    )
}

/// The row that a seat stands in.
pub(super) fn seat_row(tx: &Tx, id: SeatId) -> Result<Option<PlanRow>, StoreError> {
    tx.maybe(
        "SELECT section_no, hall_section.name, hall_row.name, hall_row.grade, first_seat, seats,
                hall_row.drawing
         FROM performance JOIN hall_version version
                ON version.hall_key = performance.hall_key AND version.version_no = ?2
              JOIN hall_row ON hall_row.version_key = version.version_key
              JOIN hall_section USING (version_key, section_no)
         WHERE performance.performance_key = ?1 AND hall_row.first_seat <= ?3
         ORDER BY hall_row.row_no DESC LIMIT 1",
        params![id.performance, id.version_no, id.seat_no],
        read_row,
    )
}

pub(super) fn standing_section(tx: &Tx, id: SeatId) -> Result<Option<(String, String)>, StoreError> {
    tx.maybe(
        "SELECT hall_section.name, grade
         FROM performance JOIN hall_version version
                ON version.hall_key = performance.hall_key AND version.version_no = ?2
              JOIN hall_section ON hall_section.version_key = version.version_key
         WHERE performance.performance_key = ?1 AND section_no = ?3 AND kind = 'standing'",
        params![id.performance, id.version_no, id.standing_section()],
        |row| Ok((row.get(0)?, row.get(1)?)),
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
    let (floors, drawing) = (to_json(&plan.floors), to_json(&plan.drawing));
    tx.insert(
        "INSERT INTO hall_version (hall_key, version_no, floors, drawing, seat_count, made_in, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![hall, version_no, floors, drawing, plan.seat_count(), tx.seq(), now],
    )
    .map(VersionKey)
}

pub(super) fn insert_hall_section(tx: &Tx, version: VersionKey, section: &PlanSection) -> Result<(), StoreError> {
    let PlanSection { section_no, name, kind, floor, capacity, grade, drawing } = section;
    tx.run(
        "INSERT INTO hall_section (version_key, section_no, name, kind, floor, capacity, grade, drawing)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![version, section_no, name, kind, floor, capacity, grade, to_json(drawing)],
    )?;
    Ok(())
}

pub(super) fn insert_hall_row(tx: &Tx, version: VersionKey, row_no: u32, row: &PlanRow) -> Result<(), StoreError> {
    let seats: Vec<_> = row.seats.iter().cloned().map(StoredPlace::from).collect();
    let (seats, drawing) = (to_json(&seats), to_json(&row.drawing));
    tx.run(
        "INSERT INTO hall_row (version_key, row_no, section_no, name, grade, first_seat, seats, drawing)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![version, row_no, row.section_no, row.name, row.grade, row.first_seat, seats, drawing],
    )?;
    Ok(())
}

/// A hall as its list shows it, by its latest version.
pub(super) fn halls(tx: &Tx, before: HallKey, limit: u32) -> Result<Vec<HallRecord>, StoreError> {
    tx.all(
        "SELECT hall_key, id, name, version_key, version_no, seat_count, made_in FROM hall JOIN hall_version v USING (hall_key)
         WHERE hall_key < ?1 AND NOT EXISTS (
           SELECT 1 FROM hall_version later WHERE later.hall_key = v.hall_key AND later.version_no > v.version_no)
         ORDER BY hall_key DESC LIMIT ?2 + 0",
        params![before, limit],
        read_hall,
    )
}

/// The hall with this id, by its latest version.
pub(super) fn hall(tx: &Tx, id: Uuid) -> Result<Option<HallRecord>, StoreError> {
    tx.maybe(
        "SELECT hall_key, hall.id, name, version_key, version_no, seat_count, made_in
         FROM hall JOIN hall_version USING (hall_key) WHERE hall.id = ?1 ORDER BY version_no DESC LIMIT 1",
        params![id.as_bytes()],
        read_hall,
    )
}

fn read_hall(row: &Row<'_>) -> RowResult<HallRecord> {
    let (key, id, name) = (row.get(0)?, Uuid::from_bytes(row.get(1)?), row.get(2)?);
    Ok(HallRecord {
        key,
        id,
        name,
        version: row.get(3)?,
        version_no: row.get(4)?,
        seat_count: row.get(5)?,
        made_in: row.get(6)?,
    })
}

/// The hall's version in which a performance is played that anyone may see.
pub(super) fn of_performance(tx: &Tx, performance: Uuid) -> Result<Option<HallRecord>, StoreError> {
    tx.maybe(
        "SELECT hall_version.hall_key, hall.id, hall.name, version_key, version_no, seat_count, made_in
         FROM performance JOIN hall_version USING (version_key) JOIN hall ON hall.hall_key = hall_version.hall_key
              JOIN concert USING (concert_key)
         WHERE performance.id = ?1 AND concert.state <> 'draft'",
        params![performance.as_bytes()],
        read_hall,
    )
}

pub(super) fn rename(tx: &Tx, hall: HallKey, name: &str) -> Result<(), StoreError> {
    tx.change("UPDATE hall SET name = ?2 WHERE hall_key = ?1", params![hall, name])
}

pub(super) fn versions(tx: &Tx, hall: HallKey) -> Result<Vec<VersionKey>, StoreError> {
    tx.all("SELECT version_key FROM hall_version WHERE hall_key = ?1", params![hall], |row| row.get(0))
}

/// A version of a hall by its number.
pub(super) fn version(tx: &Tx, hall: HallKey, version_no: u32) -> Result<Option<HallRecord>, StoreError> {
    tx.maybe(
        "SELECT hall_key, hall.id, name, version_key, version_no, seat_count, made_in
         FROM hall JOIN hall_version USING (hall_key) WHERE hall_key = ?1 AND version_no = ?2",
        params![hall, version_no],
        read_hall,
    )
}

/// Whether any performance is played in this version.
pub(super) fn is_played_in(tx: &Tx, version: VersionKey) -> Result<bool, StoreError> {
    let found = "SELECT EXISTS (SELECT 1 FROM performance WHERE version_key = ?1)";
    tx.one(found, params![version], |row| row.get(0))
}

pub(super) fn keep(tx: &Tx, version: VersionKey) -> Result<(), StoreError> {
    tx.change("UPDATE hall_version SET is_kept = 1 WHERE version_key = ?1", params![version])
}

/// Whether the hall has a later one than this version, which nothing keeps.
pub(super) fn is_superseded(tx: &Tx, version: VersionKey) -> Result<bool, StoreError> {
    let found = "SELECT EXISTS (SELECT 1 FROM hall_version v JOIN hall_version later
                   ON later.hall_key = v.hall_key AND later.version_no > v.version_no WHERE v.version_key = ?1 AND v.is_kept = 0)";
    tx.one(found, params![version], |row| row.get(0))
}

pub(super) fn delete_version(tx: &Tx, version: VersionKey) -> Result<(), StoreError> {
    tx.run("DELETE FROM hall_row WHERE version_key = ?1", params![version])?;
    tx.run("DELETE FROM hall_section WHERE version_key = ?1", params![version])?;
    tx.change("DELETE FROM hall_version WHERE version_key = ?1", params![version])
}

pub(super) fn delete_hall(tx: &Tx, hall: HallKey) -> Result<(), StoreError> {
    tx.change("DELETE FROM hall WHERE hall_key = ?1", params![hall])
}
