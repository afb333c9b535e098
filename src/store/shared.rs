//! Rows that every operation of a group reads and writes, such as a queue's: what one operation made of such a row is handed
//! to the next as a value, and written into the file once, before the group's commit. So a row costs a group of fifty one
//! reading and one writing, not fifty.
//!
//! Nothing here outlives its group, and readers never see it: what is committed stands in the file.

use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};

use crate::store::{StoreError, Tx};

/// A row that is handed on inside a group ([`Tx::share`]).
pub trait SharedRow: Any + Clone {
    /// Writes all of the row that can change.
    ///
    /// # Errors
    /// Only the store's.
    fn write(&self, tx: &Tx) -> Result<(), StoreError>;
}

/// Any [`SharedRow`].
trait AnyRow {
    fn write(&self, tx: &Tx) -> Result<(), StoreError>;
    fn copied(&self) -> Box<dyn AnyRow>;
    fn as_any(&mut self) -> &mut dyn Any;
}

impl<T: SharedRow> AnyRow for T {
    fn write(&self, tx: &Tx) -> Result<(), StoreError> {
        SharedRow::write(self, tx)
    }

    fn copied(&self) -> Box<dyn AnyRow> {
        Box::new(self.clone())
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

type Key = (TypeId, i64);

struct Kept {
    key: Key,
    row: Box<dyn AnyRow>,
    is_written: bool,
}

/// Those of the group that runs: a handful at most, looked through faster than hashed.
#[derive(Default)]
pub(super) struct SharedRows {
    kept: RefCell<Vec<Kept>>,
    changes: Cell<u64>,
}

impl SharedRows {
    pub(super) fn get<T: SharedRow>(&self, key: i64) -> Option<T> {
        let mut kept = self.kept.borrow_mut();
        let kept = kept.iter_mut().find(|kept| kept.key == (TypeId::of::<T>(), key))?;
        kept.row.as_any().downcast_ref().cloned()
    }

    pub(super) fn put<T: SharedRow>(&self, key: i64, row: T) {
        self.changes.set(self.changes.get() + 1);
        let (mut kept, key) = (self.kept.borrow_mut(), (TypeId::of::<T>(), key));
        let Some(kept) = kept.iter_mut().find(|kept| kept.key == key) else {
            kept.push(Kept { key, row: Box::new(row), is_written: false });
            return;
        };
        kept.is_written = false;
        match kept.row.as_any().downcast_mut() {
            Some(old) => *old = row,
            None => kept.row = Box::new(row),
        }
    }

    /// Forgets a row that is deleted.
    pub(super) fn forget<T: SharedRow>(&self, key: i64) {
        self.changes.set(self.changes.get() + 1);
        self.kept.borrow_mut().retain(|kept| kept.key != (TypeId::of::<T>(), key));
    }

    /// A number that grows with every change.
    pub(super) fn changes(&self) -> u64 {
        self.changes.get()
    }

    /// Writes what is not written yet.
    pub(super) fn write(&self, tx: &Tx) -> Result<(), StoreError> {
        for kept in self.kept.borrow_mut().iter_mut().filter(|kept| !kept.is_written) {
            kept.row.write(tx)?;
            kept.is_written = true;
        }
        Ok(())
    }

    /// What [`SharedRows::restore`] brings back.
    pub(super) fn snapshot(&self) -> Snapshot {
        let copied = |kept: &Kept| Kept { key: kept.key, row: kept.row.copied(), is_written: kept.is_written };
        Snapshot(self.kept.borrow().iter().map(copied).collect())
    }

    pub(super) fn restore(&self, Snapshot(kept): Snapshot) {
        self.kept.replace(kept);
    }

    /// For a new group, or one that runs again.
    pub(super) fn clear(&self) {
        self.kept.borrow_mut().clear();
    }
}

/// The rows as they stood at one moment.
pub(super) struct Snapshot(Vec<Kept>);
