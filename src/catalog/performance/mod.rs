//! A performance at the desk: shown, moved in time, its sale paused, taken back. Making one is the catalogue's own
//! (`catalog::domain`); which of its places are free is the reservation's.

pub mod domain;
mod record;
mod sql;

pub use record::Dated;
