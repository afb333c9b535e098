//! A book that this process leads: its connection, its lease, and what the writer's connection notes for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_postgres::Statement;

use super::address::Address;
use super::error::BookError;
use super::lease;
use super::link::Link;
use super::record::Record;
use super::shape::Table;
use super::touched::{Change, Touched, Way};

/// A book that this process leads.
pub(crate) struct Book {
    /// Carries `link` on while it is asked; taken away for good when the book is closed.
    pub(super) runtime: Option<Runtime>,
    pub(super) address: Address,
    pub(super) link: Option<Link>,
    pub(super) fence: Option<Statement>,
    pub(super) statements: HashMap<(usize, Way), Statement>,
    pub(super) tables: Arc<Vec<Table>>,
    /// Who this is: another name at each start.
    pub(super) node: String,
    pub(super) epoch: i64,
    pub(super) last: Record,
    pub(super) lost: watch::Sender<bool>,
    pub(super) heart: Option<(watch::Sender<bool>, JoinHandle<()>)>,
}

impl Book {
    /// Has the writer's connection note what it touches.
    pub(crate) fn note(&self, connection: &Connection) -> rusqlite::Result<Notes> {
        Ok(Notes { tables: self.tables.clone(), touched: Touched::note(connection, &self.tables)? })
    }

    pub(super) fn start_heart(&mut self) -> Result<(), BookError> {
        let (stop, stopped) = watch::channel(false);
        let (address, node, lost) = (self.address.clone(), self.node.clone(), self.lost.clone());
        let runtime = runtime()?;
        let beat = move || runtime.block_on(lease::beat(&address, &node, &lost, stopped));
        let thread = std::thread::Builder::new().name("lease".to_owned()).spawn(beat);
        let thread = thread.map_err(|reason| BookError::Said(format!("no thread for the lease: {reason}")))?;
        self.heart = Some((stop, thread));
        Ok(())
    }

    /// Lets another lead at once.
    fn close(&mut self) {
        if let Some((stop, thread)) = self.heart.take() {
            stop.send_replace(true);
            let _ = thread.join();
        }
        let (Some(runtime), Some(link)) = (self.runtime.take(), self.link.take()) else { return };
        let node = &self.node;
        // Wherever this is dropped: a runtime may not be entered inside another.
        std::thread::scope(|scope| {
            scope.spawn(move || {
                runtime.block_on(lease::release(&link, node));
                runtime.shutdown_background();
            });
        });
    }
}

impl Drop for Book {
    fn drop(&mut self) {
        self.close();
    }
}

/// What the writer's connection notes for the book.
pub(crate) struct Notes {
    tables: Arc<Vec<Table>>,
    touched: Touched,
}

impl Notes {
    /// What became of the rows that were touched since the last time.
    pub(crate) fn take(&self, connection: &Connection) -> rusqlite::Result<Vec<Change>> {
        self.touched.take(connection, &self.tables)
    }
}

pub(super) fn runtime() -> Result<Runtime, BookError> {
    let made = tokio::runtime::Builder::new_current_thread().enable_all().build();
    made.map_err(|reason| BookError::Said(format!("no runtime for the connection: {reason}")))
}

/// Runs what blocks on a thread of its own, with a runtime of its own: whoever calls may be inside one.
pub(super) fn apart<T: Send>(work: impl FnOnce(Runtime) -> Result<T, BookError> + Send) -> Result<T, BookError> {
    let runtime = runtime()?;
    let log = tracing::dispatcher::get_default(Clone::clone);
    let done = std::thread::scope(|scope| {
        scope.spawn(move || tracing::dispatcher::with_default(&log, || work(runtime))).join()
    });
    done.unwrap_or_else(|_| Err(BookError::Said("the work on the book panicked".to_owned())))
}
