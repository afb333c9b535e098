//! The venue's staff: named keys with scopes, the desk sessions that a key opens for a browser, and the audit log of what
//! was done with them. Of a secret only its hash is kept.
//!
//! What staff do goes through [`Staff`]: it lets nobody pass without the scope, acts in the key's name, and writes the log
//! in the commit of the change.

mod audit;
pub mod audit_api;
pub mod auth;
pub mod desk_api;
pub mod domain;
pub mod first;
mod record;
mod scope;
mod sql;

pub use auth::Staff;
pub use domain::StaffError;
pub use first::OperatorKeyNews;
pub use scope::{Any, Door, Manage, Report, Scope, Scopes, Sell};
