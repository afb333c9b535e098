//! A visit: what an admitted buyer does until it ends. This room owns what binds a place in line to what it keeps: a
//! visit's end gives back its holds, a hold lengthens its visit. The queue below knows no seats, the reservation no
//! queue.

pub mod api;
pub mod domain;
pub mod due;
pub mod queue_api;

pub use domain::VisitError;
