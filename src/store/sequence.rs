//! The number of the last commit, kept in the data file: a commit that changed something has one more than the one
//! before. What must tell earlier from later across restarts counts by it.

use crate::ids::Seq;
use crate::store::statements::Statements;

/// The last commit's number, as this connection sees it.
pub(super) fn last(statements: &Statements<'_>) -> rusqlite::Result<Seq> {
    statements.with("SELECT seq FROM office", |statement| statement.query_row([], |row| row.get(0)))
}

pub(super) fn set(statements: &Statements<'_>, seq: Seq) -> rusqlite::Result<()> {
    statements.with("UPDATE office SET seq = ?1", |statement| statement.execute([seq])).map(drop)
}
