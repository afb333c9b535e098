//! Codes that a venue hands out, made in batches: a discount takes something off what a payment costs, a presale lets its
//! bearers join a queue ahead of everybody. How often a code was used is exact, also when many use it at once. Knows no
//! payment and no visit: `payment` and `visit` above use codes in their own transactions.

mod batch;
pub mod desk_api;
mod discount;
pub mod domain;
mod error;
mod sql;
pub mod views;
pub mod writing;

pub use batch::{Batch, CodeSpec, CodesSpec, Gives, GivesSpec, MOST_CODES, MOST_USES, NamedCode, UsableCode};
pub use discount::{Discount, Worth};
pub use error::CodeError;
