//! Seats: holding them for one buyer for a short time, selling them, and the map that shows which are free.

pub mod api;
pub mod best;
pub mod block;
pub mod concerts_api;
pub mod desk_api;
pub mod desk_map_api;
pub mod domain;
mod error;
mod facts;
mod free;
mod limits;
mod lone;
pub mod map_api;
mod offers;
mod rendering;
pub mod renumber;
pub mod rules;
mod seat;
mod seat_map;
mod seat_maps;
pub mod selling;
mod shared_copy;
mod sql;
pub mod standing;
pub mod stock;
pub mod views;

pub use error::{HoldError, LimitOf};
pub use facts::SeatFact;
pub use free::FreePlaces;
pub use limits::Had;
pub use lone::Elsewhere;
pub use rendering::Rendering;
pub use seat::{Buyer, Hold, HoldKey, Holder, Offer, Seat, SeatChange, SeatInUse, SeatState, Sold, Stand};
pub use seat_map::SeatMap;
pub use seat_maps::{Maps, SeatMaps, sale_of_maps};
pub use shared_copy::Rendered;
