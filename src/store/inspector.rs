//! Looking at the living file beside a sale that goes on: on a connection of its own, so that no reader of the pool is kept, and
//! look by look, each in a snapshot of its own, so that the WAL can be emptied in between. The writer never waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, InterruptHandle};

use crate::store::place::Place;
use crate::store::{FileError, StoreError, Tx, file, readers};

/// Looks at the living file. It may go to another thread, and blocks that.
pub struct Inspector {
    connection: Connection,
    is_over: Arc<AtomicBool>,
    /// Outlives the connection: see [`Place`].
    _place: Arc<Place>,
}

/// Ends the look that goes on, and all after it, from any thread.
pub struct Interrupt {
    handle: InterruptHandle,
    is_over: Arc<AtomicBool>,
}

impl Inspector {
    pub(super) fn open(place: &Arc<Place>) -> Result<Self, FileError> {
        let path = place.path();
        let sqlite = |reason| FileError::sqlite(path, &reason);
        let connection = Connection::open_with_flags(path, file::READ_ONLY).map_err(sqlite)?;
        file::settle_reader(&connection).map_err(sqlite)?;
        Ok(Self { connection, is_over: Arc::default(), _place: place.clone() })
    }

    /// Runs `operation` in one consistent snapshot.
    ///
    /// # Errors
    /// What the operation says; [`StoreError::Stopped`] once somebody ended it.
    pub fn look<T, E: From<StoreError>>(&self, operation: impl FnOnce(&Tx) -> Result<T, E>) -> Result<T, E> {
        if self.is_over.load(Ordering::Relaxed) {
            return Err(StoreError::Stopped.into());
        }
        readers::look(&self.connection, operation)
    }

    /// What ends a look.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt { handle: self.connection.get_interrupt_handle(), is_over: self.is_over.clone() }
    }
}

impl Interrupt {
    /// A look that goes on errs; no other begins.
    pub fn now(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.handle.interrupt();
    }
}
