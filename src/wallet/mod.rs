//! Money of the buyers: a balance each, and every change of it as a posting. Nothing here knows what is bought.

pub mod api;
pub mod books;
pub mod desk_api;
pub mod domain;
mod posting;
mod sql;
mod views;

pub use domain::WalletError;
pub use posting::{Means, Posting, PostingKind, Wallet};
