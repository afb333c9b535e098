//! Paying: held seats become tickets and money becomes takings, in one commit with the end of the visit.

pub mod api;
mod basket;
pub mod books;
mod calendar;
mod channel;
pub mod counter;
pub mod desk_api;
pub mod desk_print_api;
pub mod domain;
mod error;
pub mod follow;
pub mod handover;
pub mod handover_api;
pub mod letter;
pub mod moved;
pub mod offer_api;
mod paper;
mod payment_id;
pub mod print_api;
mod printed;
mod qr;
pub mod renumber;
mod sales;
mod sql;
mod ticket;
mod ticket_code;
pub mod views;

pub use basket::{Basket, Priced};
pub use channel::{Channel, PaidBy};
pub use error::PaymentError;
pub use sales::{Paid, Sales};
pub use ticket::{Payment, Refunded, SoldPayment, Ticket};
pub use ticket_code::{ShownCode, TicketCodes};
