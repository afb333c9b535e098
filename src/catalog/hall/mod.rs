//! Halls: their sections, rows and seats, in versions that never change.

pub mod desk_api;
pub mod domain;
pub mod drawing;
pub mod layout;
pub mod plan;
pub mod plan_api;
pub mod plan_desk_api;
mod plans;
mod pretix;
mod sheet;
pub mod spec;
mod sql;
mod views;

pub use plan::{HallPlan, PlanSeat, SeatKind, plan_id};
pub use plans::Plans;
