//! The few types that every part of the store names.

use std::any::Any;

use crate::clock::Instant;

/// An SQL statement. Parameters are `?1`, `?2` …: `$1` would mean a name to SQLite.
pub type Query = &'static str;

/// What a row closure gives: a value or the store's error.
pub type RowResult<T> = rusqlite::Result<T>;

/// What an operation says happened. The store only hands it on; its subject knows what it means.
pub type Fact = Box<dyn Any + Send>;

/// A part of an operation that every node does alike ([`Tx::alike`](crate::store::Tx::alike)): given the rows as they were before the
/// commit, a few words say all that it changes. Nodes that follow are told the words and do it again, so that what touches a thousand
/// rows is a line of the feed.
#[derive(Clone, Debug)]
pub struct Part {
    /// Who does it again ([`Hearer::again`](crate::store::Hearer::again)). Never changed, never another's.
    pub name: &'static str,
    /// What it is told.
    pub words: Vec<u8>,
    /// The columns that it changes of rows that are there: of those nothing else goes into the book.
    pub columns: &'static [&'static str],
}

/// Receives the facts of a commit, after it and before any of its answers leave.
pub type Publish = Box<dyn FnMut(Vec<Fact>, Instant) + Send>;
