//! The catalogue: halls and their plans, concerts, performances and prices. All of it stays as it was made, so memory
//! may keep it; what changes (queues, seats) belongs to other features.

pub mod api;
pub mod desk_api;
pub mod domain;
mod error;
mod facts;
pub mod hall;
mod local_time;
mod names;
mod record;
pub mod room;
mod sql;
pub mod views;

pub use error::CatalogError;
pub use facts::CatalogFact;
pub use hall::{HallPlan, SeatKind};
pub use local_time::LocalTime;
pub use record::{Concert, Occasion, Performance, SeatLabel};
pub use room::Room;
