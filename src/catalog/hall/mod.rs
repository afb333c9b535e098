//! Halls: their sections, rows and seats, in versions that never change.

pub mod desk_api;
pub mod domain;
pub mod drawing;
pub mod layout;
pub mod plan;
pub mod plan_api;
pub mod plan_desk_api;
mod plans;
pub mod pretix;
pub mod sheet;
pub mod spec;
mod sql;
pub mod views;

pub use plan::{HallPlan, PlanSeat, SeatKind, plan_id};
pub use plans::Plans;
