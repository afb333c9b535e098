//! The waiting room: one queue per concert.
//!
//! The data file decides who waits, who is let in and whose token lives ([`domain`]); [`line`] is the memory's picture
//! of it, brought up to date after every commit and before its answers leave, from which positions are read without
//! touching the file. Nothing here knows of seats or money, except that an ended visit gives back its holds.

pub mod api;
pub mod domain;
pub mod draw;
pub mod line;
pub mod listener;
mod presence;
mod rank;
pub mod rules;
mod speed;
mod sql;
pub mod standing;
pub mod stream;
pub mod token;
pub mod turn;

pub use domain::{Entry, QueueError, Visit};
pub use line::Line;
