//! Rows that every operation of a group reads and writes, such as a queue's: what one operation made of such a row is handed
//! to the next as a value, and written into the file once, before the group's commit. So a row costs a group of fifty one
//! reading and one writing, not fifty. What was read of a row that hardly ever changes is handed on as well, as it stands in the
//! file.
//!
//! Nothing here outlives its group, and readers never see it: what is committed stands in the file.

use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};

/// Any value that can be copied.
trait AnyRow {
    fn copied(&self) -> Box<dyn AnyRow>;
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<T: Any + Clone> AnyRow for T {
    fn copied(&self) -> Box<dyn AnyRow> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

type Key = (TypeId, i64);

struct Kept<W> {
    key: Key,
    row: Box<dyn AnyRow>,
    /// How it is written; none when it stands so in the file.
    write: Option<W>,
}

/// Those of the group that runs, each with how it is written: a handful at most, looked through faster than hashed.
pub(super) struct SharedRows<W> {
    kept: RefCell<Vec<Kept<W>>>,
    changes: Cell<u64>,
}

impl<W> Default for SharedRows<W> {
    fn default() -> Self {
        Self { kept: RefCell::default(), changes: Cell::default() }
    }
}

impl<W: Copy> SharedRows<W> {
    pub(super) fn get<T: Any + Clone>(&self, key: i64) -> Option<T> {
        let kept = self.kept.borrow();
        let kept = kept.iter().find(|kept| kept.key == (TypeId::of::<T>(), key))?;
        kept.row.as_ref().as_any().downcast_ref().cloned()
    }

    pub(super) fn put<T: Any + Clone>(&self, key: i64, row: T, write: W) {
        self.changes.set(self.changes.get() + 1);
        self.set(key, row, Some(write));
    }

    /// Takes in what was read.
    pub(super) fn keep<T: Any + Clone>(&self, key: i64, row: T) {
        self.set(key, row, None);
    }

    fn set<T: Any + Clone>(&self, key: i64, row: T, write: Option<W>) {
        let (mut kept, key) = (self.kept.borrow_mut(), (TypeId::of::<T>(), key));
        let Some(kept) = kept.iter_mut().find(|kept| kept.key == key) else {
            kept.push(Kept { key, row: Box::new(row), write });
            return;
        };
        kept.write = write;
        match kept.row.as_mut().as_any_mut().downcast_mut() {
            Some(old) => *old = row,
            None => kept.row = Box::new(row),
        }
    }

    /// Forgets a row that is deleted, or that was changed in the file.
    pub(super) fn forget<T: Any>(&self, key: i64) {
        self.changes.set(self.changes.get() + 1);
        self.kept.borrow_mut().retain(|kept| kept.key != (TypeId::of::<T>(), key));
    }

    /// A number that grows with every change.
    pub(super) fn changes(&self) -> u64 {
        self.changes.get()
    }

    /// Hands what is not written yet to `write`, with how it is written.
    pub(super) fn write<E>(&self, mut write: impl FnMut(W, &dyn Any) -> Result<(), E>) -> Result<(), E> {
        for kept in self.kept.borrow_mut().iter_mut() {
            if let Some(how) = kept.write {
                write(how, kept.row.as_ref().as_any())?;
                kept.write = None;
            }
        }
        Ok(())
    }

    /// What [`SharedRows::restore`] brings back.
    pub(super) fn snapshot(&self) -> Snapshot<W> {
        let copied = |kept: &Kept<W>| Kept { row: kept.row.as_ref().copied(), key: kept.key, write: kept.write };
        Snapshot(self.kept.borrow().iter().map(copied).collect())
    }

    pub(super) fn restore(&self, Snapshot(kept): Snapshot<W>) {
        self.kept.replace(kept);
    }

    /// For a new group, or one that runs again.
    pub(super) fn clear(&self) {
        self.kept.borrow_mut().clear();
    }
}

/// The rows as they stood at one moment.
pub(super) struct Snapshot<W>(Vec<Kept<W>>);
