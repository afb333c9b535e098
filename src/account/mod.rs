//! Buyers' accounts and sessions. A password is kept as an argon2id hash, a session as a hash of its secret: whoever
//! reads the data file can log in as nobody.

pub mod api;
pub mod domain;
mod password;
mod sql;

pub use domain::{AccountError, SessionSecret, User};
pub use password::Passwords;
