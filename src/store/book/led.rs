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
use super::feed;
use super::lease::{self, Begin, Me};
use super::link::Link;
use super::record::Record;
use super::shape::Table;
use super::touched::{Change, Done, Shape, Touched};
use crate::store::types::Part;

/// A book that this process leads.
pub(crate) struct Book {
    /// Carries `link` on while it is asked; taken away for good when the book is closed.
    pub(super) runtime: Option<Runtime>,
    pub(super) address: Address,
    pub(super) link: Option<Link>,
    /// The fence, and what writes the feed's record.
    pub(super) own: Option<(Statement, Statement)>,
    pub(super) statements: HashMap<Shape, Statement>,
    pub(super) tables: Arc<Vec<Table>>,
    pub(super) me: Me,
    pub(super) epoch: i64,
    pub(super) last: Record,
    pub(super) lost: watch::Sender<bool>,
    pub(super) heart: Option<(watch::Sender<bool>, JoinHandle<()>)>,
}

impl Book {
    /// The leader's end of a book whose lease was just taken. From now on its heart beats.
    pub(super) fn begin(
        runtime: Runtime,
        (address, link): (Address, Link),
        me: Me,
        tables: Arc<Vec<Table>>,
        begun: Begin,
        lost: watch::Sender<bool>,
    ) -> Result<Self, BookError> {
        let Begin { epoch, last } = begun;
        tracing::info!(epoch, seq = last.seq, "this box office leads at {address}");
        let (runtime, link, own) = (Some(runtime), Some(link), None);
        let statements = HashMap::new();
        let mut book = Self { runtime, address, link, own, statements, tables, me, epoch, last, lost, heart: None };
        book.start_heart()?;
        Ok(book)
    }

    /// In which epoch it is led.
    pub(crate) fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Has the writer's connection note what it touches.
    pub(crate) fn note(&self, connection: &Connection) -> rusqlite::Result<Notes> {
        Ok(Notes { tables: self.tables.clone(), touched: Touched::note(connection, &self.tables)? })
    }

    fn start_heart(&mut self) -> Result<(), BookError> {
        let (stop, stopped) = watch::channel(false);
        let (address, me, lost) = (self.address.clone(), self.me.clone(), self.lost.clone());
        let runtime = runtime()?;
        let beat = move || {
            runtime.block_on(async {
                tokio::select! {
                    () = lease::beat(&address, &me, &lost, stopped) => {}
                    () = feed::forget(&address) => {}
                }
            });
        };
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
        let me = &self.me;
        // Wherever this is dropped: a runtime may not be entered inside another.
        std::thread::scope(|scope| {
            scope.spawn(move || {
                runtime.block_on(lease::release(&link, me));
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
    /// A mark after what was noted so far.
    pub(crate) fn last(&self, connection: &Connection) -> rusqlite::Result<i64> {
        self.touched.last(connection)
    }

    /// A part was done since that mark: the rows that were touched are its own, and are not noted any more.
    pub(crate) fn take_part(&self, connection: &Connection, since: i64, part: Part) -> rusqlite::Result<Done> {
        let rows = self.touched.take_since(connection, &self.tables, since, Some(part.columns))?;
        Ok(Done { part, rows })
    }

    /// What became of the rows that were touched since the last time.
    pub(crate) fn take(&self, connection: &Connection) -> rusqlite::Result<Vec<Change>> {
        self.touched.take_since(connection, &self.tables, 0, None)
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
