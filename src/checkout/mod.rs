//! Checkouts: money that comes in through a payment provider, and, if asked, the payment after it.
//!
//! `created → pending → paid | failed | cancelled | expired | disputed`. What a provider sends (a returning buyer, a notice) only
//! says where to look: what counts is the provider's own answer when it is asked, and one idempotent [`settle()`] writes it
//! down. Amount, currency, account and mode must be ours; money that comes late is credited all the same; none twice.

pub mod api;
pub mod back;
pub mod books;
pub mod desk_api;
pub mod domain;
mod error;
pub mod providers;
mod record;
mod rules;
mod sent_back;
mod settle;
mod sql;
mod views;

pub use error::CheckoutError;
pub use providers::Providers;
pub use record::{Back, BackState, Checkout, CheckoutState, Mismatch, ProviderName, Through, Unpaid, Wish};
pub use sent_back::carry_back;
pub use settle::{hear, returned, settle, sweep};
