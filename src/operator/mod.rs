//! The operator's desk: what the venue's staff sets up and changes, all of it checked before anything is written.

pub mod api;
pub mod domain;
mod figures;
pub mod queue_api;
