//! A share for each, not one pot for all: how much one client or one account may ask for in a time. Limits cost time, not
//! places: whoever asks too much is told when to come again, and is as good as anybody then.
//!
//! All of it is memory, on the office's clock; a restart forgets. The bounds themselves stand in `config::Limits`. Nothing here
//! knows HTTP or the store, and no law rests on it.

mod guesses;
mod hold_time;
mod shares;
mod what;

pub use guesses::{Account, Attempt, Guesses};
pub use hold_time::{HoldTerms, HoldTime};
pub use shares::Limiter;
pub use what::{Asker, SlowDown, What};
