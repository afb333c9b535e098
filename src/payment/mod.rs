//! Paying: held seats become tickets and money becomes takings, in one commit with the end of the visit.

pub mod api;
pub mod domain;
mod sql;
pub mod ticket_code;

pub use domain::{Payment, PaymentError};
