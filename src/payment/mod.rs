//! Paying: held seats become tickets and money becomes takings, in one commit with the end of the visit.

pub mod api;
pub mod domain;
mod qr;
mod sales;
mod sql;
mod ticket;
mod ticket_code;

pub use domain::PaymentError;
pub use sales::{Paid, Sales};
pub use ticket::{Payment, Ticket};
pub use ticket_code::TicketCodes;
