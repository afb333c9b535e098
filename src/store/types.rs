//! The few types that every part of the store names.

use std::any::Any;

use crate::clock::Instant;

/// An SQL statement. Parameters are `?1`, `?2` …: `$1` would mean a name to SQLite.
pub type Query = &'static str;

/// What a row closure gives: a value or the store's error.
pub type RowResult<T> = rusqlite::Result<T>;

/// What an operation says happened. The store only hands it on; its subject knows what it means.
pub type Fact = Box<dyn Any + Send>;

/// Receives the facts of a commit, after it and before any of its answers leave.
pub type Publish = Box<dyn FnMut(Vec<Fact>, Instant) + Send>;
