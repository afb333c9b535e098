//! Seats: holding them for one buyer for a short time, selling them, and the map that shows which are free.

pub mod api;
pub mod best;
pub mod block;
pub mod domain;
mod error;
mod facts;
mod lone;
pub mod map_api;
mod offers;
mod rendering;
pub mod rules;
mod seat;
mod seat_map;
mod seat_maps;
mod shared_copy;
mod sql;
pub mod standing;
pub mod views;

pub use error::HoldError;
pub use facts::SeatFact;
pub use lone::Elsewhere;
pub use rendering::Rendering;
pub use seat::{Hold, HoldKey, Holder, Offer, Seat, SeatChange, SeatState};
pub use seat_map::SeatMap;
pub use seat_maps::{Maps, SeatMaps};
pub use shared_copy::Rendered;
