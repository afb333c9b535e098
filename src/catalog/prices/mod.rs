//! What a place of a performance costs, by its grade and its ticket type, with the venue's fees, and how many places one
//! buyer may have. Must not know who asks, nor which places are free.

pub(super) mod domain;
mod list;
mod spec;
mod sql;
mod terms;

pub use list::{Prices, TicketType};
pub(super) use spec::check_seats_per_user;
pub use spec::{FULL, LARGEST_PRICE, MOST_TYPES, PriceSpec, TypeSpec};
pub use terms::{Bill, Fees, LARGEST_FEE, LONGEST_CANCEL_MINUTES, Limits, SaleTerms};
