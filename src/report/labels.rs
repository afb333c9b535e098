//! What rows are called: shows, places, ticket types, codes, staff. Looked up once and kept while a report walks; what may
//! change meanwhile is looked up anew for each piece.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::hall;
use crate::catalog::performance;
use crate::catalog::{self, HallPlan, Occasion};
use crate::code;
use crate::code::NamedCode;
use crate::ids::{CodeKey, HallKey, PerformanceKey, SeatId, StaffKey, TypeNo};
use crate::report::error::ReportError;
use crate::staff;
use crate::store::Tx;

/// So many codes are kept at most.
const MOST_CODES: usize = 10_000;

/// A performance as reports name it.
#[derive(Clone, Debug)]
pub struct Show {
    /// The performance.
    pub key: PerformanceKey,
    /// Its concert, outside.
    pub concert_id: Uuid,
    /// What, when and where.
    pub occasion: Occasion,
    hall: HallKey,
    version_no: u32,
}

/// A place in a plan.
#[derive(Clone, Debug)]
pub struct Place {
    plan: Arc<HallPlan>,
    seat_no: u32,
}

impl Place {
    /// Its price level.
    pub fn grade(&self) -> &str {
        self.plan.grade_of(self.seat_no).unwrap_or_default()
    }

    /// Its section.
    pub fn section(&self) -> &str {
        match self.plan.standing_section(self.seat_no) {
            Some(section) => &section.name,
            None => self.plan.seat(self.seat_no).map_or("", |seat| &seat.row.section),
        }
    }

    /// Its row; none for a standing place.
    pub fn row(&self) -> &str {
        self.plan.seat(self.seat_no).map_or("", |seat| &seat.row.name)
    }

    /// What is written on the seat.
    pub fn label(&self) -> &str {
        self.plan.seat(self.seat_no).map_or("", |seat| &seat.place.label)
    }
}

/// One of the staff's keys.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// What was looked up so far.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    shows: BTreeMap<PerformanceKey, Arc<Show>>,
    types: BTreeMap<(PerformanceKey, TypeNo), Arc<str>>,
    plans: BTreeMap<(HallKey, u32), Arc<HallPlan>>,
    codes: BTreeMap<CodeKey, Arc<NamedCode>>,
    keys: BTreeMap<StaffKey, Arc<Key>>,
}

/// The value that is kept, or what `look` finds.
fn kept<K: Ord, V: ?Sized>(
    of: &mut BTreeMap<K, Arc<V>>,
    key: K,
    look: impl FnOnce() -> Result<Arc<V>, ReportError>,
) -> Result<Arc<V>, ReportError> {
    if let Some(known) = of.get(&key) {
        return Ok(known.clone());
    }
    let found = look()?;
    of.insert(key, found.clone());
    Ok(found)
}

impl Labels {
    /// Another piece is read: a performance may have moved, to another version of its hall too. What a version's plan is does
    /// not change.
    pub fn renew(&mut self) {
        self.shows.clear();
        self.types.clear();
        if self.codes.len() > MOST_CODES {
            self.codes.clear();
        }
    }

    /// A performance.
    ///
    /// # Errors
    /// Only the store's.
    pub fn show(&mut self, tx: &Tx, key: PerformanceKey) -> Result<Arc<Show>, ReportError> {
        kept(&mut self.shows, key, || {
            let occasion = catalog::domain::occasion(tx, key)?;
            let dated = performance::domain::performance(tx, occasion.performance_id)?;
            let (hall, version_no) = (dated.hall_key, dated.version_no);
            Ok(Arc::new(Show { key, concert_id: dated.concert_id, occasion, hall, version_no }))
        })
    }

    /// A place, in the version of the hall that it names; a `version_no` of 0 is the one in which the performance is played.
    ///
    /// # Errors
    /// Only the store's.
    pub fn place(&mut self, tx: &Tx, show: &Show, seat: SeatId) -> Result<Place, ReportError> {
        let version_no = if seat.version_no == 0 { show.version_no } else { seat.version_no };
        let plan = kept(&mut self.plans, (show.hall, version_no), || {
            let version = hall::domain::version(tx, show.hall, version_no)?;
            Ok(Arc::new(hall::domain::plan(tx, version.version)?))
        })?;
        Ok(Place { plan, seat_no: seat.seat_no })
    }

    /// The name of a ticket type.
    ///
    /// # Errors
    /// Only the store's.
    pub fn ticket_type(&mut self, tx: &Tx, of: PerformanceKey, type_no: TypeNo) -> Result<Arc<str>, ReportError> {
        kept(&mut self.types, (of, type_no), || Ok(catalog::domain::type_name(tx, of, type_no)?.into()))
    }

    /// A code with its batch.
    ///
    /// # Errors
    /// Only the store's.
    pub fn code(&mut self, tx: &Tx, key: CodeKey) -> Result<Arc<NamedCode>, ReportError> {
        kept(&mut self.codes, key, || Ok(Arc::new(code::domain::named(tx, key)?)))
    }

    /// One of the staff's keys.
    ///
    /// # Errors
    /// Only the store's.
    pub fn key(&mut self, tx: &Tx, key: StaffKey) -> Result<Arc<Key>, ReportError> {
        kept(&mut self.keys, key, || {
            let record = staff::domain::staff_key(tx, key)?;
            Ok(Arc::new(Key { id: record.id, name: record.name }))
        })
    }
}
