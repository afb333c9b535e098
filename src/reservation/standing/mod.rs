//! Standing places: sold by number, counted for each section of a performance, never listed one by one.

mod count;
mod domain;
mod picture;
mod sql;

pub use count::{Count, Renumbered, SectionInUse, SectionThere, StandingId};
pub use domain::{
    all, block, check, count_sold, counted, end_hold, forget, free, give_back, hold, in_use, is_in_use, keep,
    note_was_sold, renumber, require_free, section, sell, unblock,
};
pub use picture::{Places, Standing};
