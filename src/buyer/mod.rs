//! A buyer as the venue's staff and the buyer see one: account, balance and tickets together. Stands above those it binds.

pub mod api;
pub mod desk_api;
pub mod domain;

pub use domain::BuyerError;
