//! The parts of the API, in a buyer's order.

use poem_openapi::Tags;

/// A part of the API.
#[derive(Tags)]
pub enum Tag {
    /// The venue and its terms
    Venue,
    /// Accounts and sessions
    Account,
    /// Concerts and dates
    Catalogue,
    /// The waiting room
    Queue,
    /// Seats and holds
    Reservation,
    /// Balances
    Wallet,
    /// Payments and tickets
    Payment,
    /// The operator's desk
    Operator,
}
