//! What an account and a session are. No store, no clock.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::UserKey;

/// A buyer's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Inside.
    pub key: UserKey,
    /// Outside.
    pub id: Uuid,
    /// E-mail address, in lower case.
    pub email: String,
    /// What to call the buyer.
    pub name: String,
}

/// The SHA-256 of a session's secret. The secret itself is given out once and never kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionSecret(pub(super) [u8; 32]);

impl SessionSecret {
    /// From what the client presents; any text is a secret, most are nobody's.
    pub fn presented(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

/// A new session, with its secret in the clear for its owner.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What the buyer presents from now on.
    pub secret: String,
    /// When it ends.
    pub expires_at: Instant,
}
