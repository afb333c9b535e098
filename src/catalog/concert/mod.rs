//! A concert and its life: draft, published, cancelled, and ended by time; what is said of it in each language, and its
//! picture. When its sale is stands with its queue. Must not know which places are free, nor who holds any.

pub mod domain;
mod picture;
pub mod picture_api;
mod record;
mod spec;
mod sql;
pub mod views;

pub use record::{Concert, ConcertState, ConcertText};
pub use spec::{ConcertChange, ConcertSpec, LARGEST_AGE_LIMIT};
