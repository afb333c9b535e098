//! The counter: sales without a queue, tickets exchanged for others, and the day's close of each staff key's takings.

pub mod close_api;
pub mod closes;
pub mod desk_api;
pub mod domain;
mod record;
mod sql;

pub use domain::CounterError;
pub use record::{DayClose, Till};
