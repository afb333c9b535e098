//! What breaks a law, as everything here tells it. It knows no check.

/// A law, and what breaks it in this data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The law's number in the design; 0 for SQLite's own integrity.
    pub law: u8,
    /// What was found, with the keys of the rows.
    pub what: String,
}

/// At most so many breaches of one kind are listed.
pub(super) const LISTED: u32 = 20;
