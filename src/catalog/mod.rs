//! The catalogue: halls and their plans, concerts, performances and prices. All of it stays as it was made, so memory
//! may keep it; what changes (queues, seats) belongs to other features.

pub mod api;
pub mod domain;
mod sql;

pub use domain::{Concert, HallPlan, Performance};
