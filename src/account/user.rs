//! What an account and a session are. No store, no clock.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{Seq, UserKey};

/// A buyer's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Inside.
    pub key: UserKey,
    /// Outside.
    pub id: Uuid,
    /// E-mail address, in lower case, if the venue knows one.
    pub email: Option<String>,
    /// What to call the buyer; empty once the account is deleted.
    pub name: String,
    /// In which language to write to the buyer (BCP 47), if that was said.
    pub language: Option<String>,
    /// Since when the address is known to be the buyer's.
    pub confirmed_at: Option<Instant>,
    /// By what the venue's own site knows the buyer, if it made the account.
    pub external_id: Option<String>,
    /// When the account was deleted.
    pub deleted_at: Option<Instant>,
    /// Which account it was made one with, and so deleted.
    pub merged_into: Option<UserKey>,
    /// The commit that made it what it is.
    pub changed_in: Seq,
}

impl User {
    /// A new one, with no key yet.
    pub fn new(id: Uuid, email: Option<String>, name: String) -> Self {
        let (language, confirmed_at, external_id, deleted_at, merged_into) = (None, None, None, None, None);
        let (key, changed_in) = (UserKey(0), Seq(0));
        Self { key, id, email, name, language, confirmed_at, external_id, deleted_at, merged_into, changed_in }
    }

    /// Is nobody left behind it?
    pub fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }
}

/// A session, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// By what it is known in its table.
    pub secret: SessionSecret,
    /// When it was opened.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
}

/// The SHA-256 of a session's secret. The secret itself is given out once and never kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionSecret(pub(super) [u8; 32]);

impl SessionSecret {
    /// By what its owner may know the session: half of the hash says nothing of the secret.
    pub fn id(self) -> Uuid {
        Uuid::from_u128(u128::from_be_bytes(std::array::from_fn(|at| self.0[at])))
    }

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
