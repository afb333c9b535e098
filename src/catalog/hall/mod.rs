//! Halls: their sections, rows and seats, in versions that never change.

pub mod desk_api;
pub mod domain;
pub mod plan;
pub mod spec;
mod sql;

pub use plan::{HallPlan, SeatKind};
