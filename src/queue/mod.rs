//! The waiting room: one queue per concert.
//!
//! The data file decides who waits, who is let in and whose token lives ([`domain`]); [`mod@line`] is the memory's picture
//! of it (a cache), brought up to date after every commit and before its answers leave, from which positions are read
//! without touching the file. [`gate`] says who may pass (admission control). Nothing here knows of seats or money.

pub mod api;
pub mod desk_api;
pub mod domain;
pub mod draw;
mod error;
mod facts;
mod figures;
pub mod fold;
pub mod gate;
pub mod heard;
pub mod life;
pub mod line;
pub mod lines;
mod listener;
mod news;
mod orders;
mod presence;
mod rank;
pub mod record;
pub mod rules;
mod sale_state;
mod seats_left;
mod silence;
mod speed;
mod sql;
pub mod standing;
pub mod state;
pub mod stream;
pub mod tier;
pub mod token;
mod turn;
pub mod views;

pub use error::QueueError;
pub use facts::QueueFact;
pub use line::Line;
pub use lines::Lines;
pub use listener::Listener;
pub use orders::Orders;
pub use record::{Ended, Entry, Queue, Settings, Visit};
pub use sale_state::{Left, SaleState};
pub use seats_left::{DateAwaitedView, GradeAwaitedView, SeatsLeft};
pub use state::{Cause, EntryStatus, Phase, QueueState};
pub use tier::{Pass, Tier};
pub use token::TokenKey;
