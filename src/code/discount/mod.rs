//! Discounts: codes that take an amount or a share off what a payment costs, so often and for such dates as the venue says.

pub mod desk_api;
pub mod domain;
mod rules;
mod sql;

pub use rules::{Discount, DiscountSpec, MOST_USES, Worth, clean_code};
