//! The right to lead a book: waited for, and then used to load this node's copy.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::watch;

use super::address::Address;
use super::error::BookError;
use super::lease::{self, Waits};
use super::led::{Book, apart};
use super::link::Link;
use super::record::{Record, unlike_any_other};
use super::{load, local, made, shape};
use crate::store::place::Place;
use crate::store::schema;

/// The right to lead, not used yet.
pub struct Lead {
    pub(super) book: Book,
    is_new: bool,
}

impl Lead {
    /// Looks whether PostgreSQL keeps what it acknowledges, makes a book where there is none, and waits until this node may
    /// lead; `waits` is asked each second whether to go on waiting. Blocks.
    ///
    /// # Errors
    /// [`BookError`] says what stands in the way.
    pub fn stand_by(address: &Address, is_unreplicated: bool, waits: Waits<'_>) -> Result<Self, BookError> {
        apart(|runtime| {
            let fresh = schema::fresh()?;
            let tables = Arc::new(shape::tables(&fresh)?);
            let node = unlike_any_other().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            let (link, begun, is_new) = runtime.block_on(async {
                let link = Link::open(address).await?;
                made::check(&link, is_unreplicated).await?;
                let is_new = made::look(&link, address).await? == made::Found::Nothing
                    && made::make(&link, address, &tables, &fresh, &mut |_, _| {}).await?;
                let begun = lease::stand_by(&link, &node, waits).await?;
                Ok::<_, BookError>((link, begun, is_new))
            })?;
            tracing::info!(epoch = begun.epoch, seq = begun.seq, "this box office leads at {address}");
            let lost = watch::channel(false).0;
            let last = Record { seq: begun.seq, mark: begun.mark };
            let mut book = Book {
                runtime: Some(runtime),
                address: address.clone(),
                link: Some(link),
                fence: None,
                statements: HashMap::new(),
                tables,
                node,
                epoch: begun.epoch,
                last,
                lost,
                heart: None,
            };
            book.start_heart()?;
            Ok(Self { book, is_new })
        })
    }

    /// True when the book was made just now.
    pub(crate) fn is_new(&self) -> bool {
        self.is_new
    }

    /// Turns true when this node must end.
    pub(crate) fn lost(&self) -> watch::Sender<bool> {
        self.book.lost.clone()
    }

    /// Loads the book into a fresh copy.
    pub(crate) fn load(self, copy: &Path, mark: u32) -> Result<(Place, Connection, Book), BookError> {
        let Self { mut book, .. } = self;
        apart(|_| {
            let (place, connection) = local::empty(copy, &book.address.to_string(), mark)?;
            let (Some(runtime), Some(link)) = (&book.runtime, &book.link) else { return Err(BookError::Led) };
            let mut rows = 0;
            let mut count = |_: &str, of_table: u64| rows += of_table;
            let last = runtime.block_on(load::into_file(link, &book.tables, &connection, &mut count))?;
            // Since this node leads nobody else can have added anything.
            if last != book.last {
                return Err(BookError::Led);
            }
            tracing::info!(rows, seq = last.seq, "the copy of the book is loaded");
            book.last = last;
            Ok((place, connection, book))
        })
    }
}
