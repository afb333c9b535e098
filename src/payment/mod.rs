//! Paying: held seats become tickets and money becomes takings, in one commit with the end of the visit.

pub mod api;
mod basket;
pub mod domain;
mod error;
pub mod letter;
mod qr;
mod sales;
mod sql;
mod ticket;
mod ticket_code;
mod views;

pub use basket::Basket;
pub use error::PaymentError;
pub use sales::{Paid, Sales};
pub use ticket::{Payment, Ticket};
pub use ticket_code::{ShownCode, TicketCodes};
