//! The catalogue: halls and their plans, concerts, performances and prices. Plans and prices stay as they were made, so memory
//! may keep them; of what changes in a concert's life it is told by facts. Seats and queues belong to others.

pub mod api;
pub mod concert;
pub mod concerts_desk_api;
pub mod desk_api;
pub mod domain;
mod error;
mod facts;
pub mod hall;
mod local_time;
mod names;
pub mod performance;
pub mod prices;
mod record;
pub mod room;
mod sql;
mod told;
pub mod views;

pub use concert::{Concert, ConcertState};
pub use error::CatalogError;
pub use facts::CatalogFact;
pub use hall::{HallPlan, PlanSeat, SeatKind};
pub use local_time::LocalTime;
pub use prices::Prices;
pub use record::{DoorPolicy, NotOnSale, Occasion, Performance, PerformanceNow, Sale, SeatLabel};
pub use room::Room;
