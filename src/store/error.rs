//! What can go wrong in the store itself, as against what an operation refuses.

/// A failure of the store. Its text is for the log; no answer to a client shows it. All but [`StoreError::Unknown`] say
/// that nothing of the operation stands.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The writer's queue or the pool of readers is full; the operation never ran.
    #[error("the store is overloaded")]
    Overloaded,
    /// The store is closing, or closed itself after a failure; the operation never ran.
    #[error("the store has stopped")]
    Stopped,
    /// This node follows: changes are made where another leads. The operation never ran.
    #[error("another node leads")]
    Follows,
    /// Where a commit must stand first is out of reach for now; nothing of the operation stands.
    #[error("the database is out of reach")]
    Away,
    /// An operation panicked; nothing of it stands.
    #[error("an operation failed unexpectedly")]
    Panicked,
    /// The whole transaction was rolled back with this operation in it; nothing of it stands.
    #[error("the transaction was rolled back: {0}")]
    RolledBack(String),
    /// The operation ran, and its commit failed or its writer died: nobody knows whether it stands. The next start finds
    /// out; whoever repeats the request with its `Idempotency-Key` then gets the answer.
    #[error("nobody knows whether the transaction stands: {0}")]
    Unknown(String),
    /// SQLite refused a statement.
    #[error("sqlite: {0}")]
    Sql(#[from] rusqlite::Error),
}

impl StoreError {
    /// True when a constraint of the schema stopped a statement: a rule was checked too little above it.
    pub fn is_constraint(&self) -> bool {
        matches!(self, Self::Sql(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation))
    }

    /// True when the disk failed, which says nothing about the file.
    pub fn is_disk_failure(&self) -> bool {
        matches!(self, Self::Sql(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure))
    }
}
