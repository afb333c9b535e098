//! What a staff key and a desk session are. No store, no clock.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{AuditKey, StaffKey};
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

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its key; later lines have larger ones.
    pub key: AuditKey,
    /// Whose key.
    pub staff: StaffKey,
    /// The operation's id.
    pub operation: String,
    /// What was changed.
    pub kind: String,
    /// Which one.
    pub subject: String,
    /// What it was, in JSON.
    pub before: Option<String>,
    /// What it is, in JSON.
    pub after: Option<String>,
    /// At which time of day.
    pub done_at: Instant,
}

/// Which lines are wanted; all of them where nothing is said.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// By this key.
    pub staff: Option<StaffKey>,
    /// On the thing with this id.
    pub subject: Option<String>,
    /// From this time of day on.
    pub from: Option<Instant>,
    /// Up to before this time of day.
    pub until: Option<Instant>,
}
