//! Money of the buyers: a balance each, and every change of it as a posting. Nothing here knows what is bought.

pub mod api;
pub mod domain;
mod sql;

pub use domain::{Posting, WalletError};
