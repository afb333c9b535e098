//! Buyers' accounts and sessions. A password is kept as an argon2id hash, a session as a hash of its secret: whoever
//! reads the data file can log in as nobody.

pub mod api;
pub mod auth;
pub mod buyers;
mod common;
pub mod desk_api;
pub mod domain;
mod hashers;
mod link;
pub mod own;
pub mod own_api;
mod password;
mod seen;
mod sql;
mod user;

pub use domain::AccountError;
pub use link::{LinkSecrets, Purpose};
pub use password::{HashError, Passwords};
pub use seen::SeenSessions;
pub use user::{NewSession, Session, SessionSecret, User};
