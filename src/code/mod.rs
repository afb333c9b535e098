//! Codes that a venue hands out: a discount takes something off what a payment costs, a presale lets its bearers join a
//! queue ahead of everybody. How often a code was used is exact, also when many use it at once. Knows no payment and no place
//! in line: `payment` and `visit` above use codes in their own transactions.

pub mod discount;
mod error;

pub use discount::Discount;
pub use error::CodeError;
