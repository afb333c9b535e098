//! Seats: holding them for one buyer for a short time, and the map that shows which are free.

pub mod api;
pub mod best;
mod compressed;
pub mod domain;
pub mod map_api;
pub mod rules;
pub mod seat_map;
mod sql;

pub use domain::{Hold, HoldError, release_visit};
pub use seat_map::SeatMap;
