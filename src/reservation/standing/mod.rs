//! Standing places: sold by number, counted for each section of a performance, never listed one by one.

mod count;
mod domain;
mod picture;
mod sql;

pub use count::{Count, Stand, StandingChange, StandingHold, StandingId};
pub use domain::{all, block, forget, is_in_use, require_free, section, unblock};
pub use picture::{Places, Standing};
