//! Money goes back and places with it: refunds of tickets, the buyer's own cancellations, and cancelled performances, whose
//! tickets are all refunded in bounded commits.

pub mod api;
pub mod books;
pub mod cancellation;
pub mod cancellation_api;
pub mod desk_api;
pub mod domain;
pub mod letter;
mod record;
mod sql;
pub mod views;

pub use cancellation::{Cancellations, Noticed};
pub use domain::{Fate, RefundError};
pub use record::{BookedRefund, Cancellation, Cause, Places, Refund, Way};
