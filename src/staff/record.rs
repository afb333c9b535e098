//! What a staff key and a desk session are. No store, no clock.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::StaffKey;
use crate::staff::scope::Scopes;

/// The SHA-256 of a key or of a desk session's secret. The secret itself is given out once and never kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaffSecret(pub(super) [u8; 32]);

impl StaffSecret {
    /// From what is presented; any text is a secret, most are nobody's.
    pub fn presented(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

/// A staff key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Inside.
    pub key: StaffKey,
    /// Outside.
    pub id: Uuid,
    /// Whose or what for.
    pub name: String,
    /// What it may.
    pub scopes: Scopes,
    /// When it was made.
    pub made_at: Instant,
    /// The time of day at which it ends, if it does by itself.
    pub ends_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

/// Who presents a key or a desk session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The key.
    pub key: KeyRecord,
    /// When the desk session ends, if it is one.
    pub session_ends_at: Option<Instant>,
}

/// A secret in the clear for its owner, given out once.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// What is presented from now on.
    pub secret: String,
    /// When it ends, if it does.
    pub ends_at: Option<Instant>,
}
