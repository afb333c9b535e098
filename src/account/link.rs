//! Links in mails: what lets their reader choose a new password, or say that an address is theirs. The secret is the link's
//! random id with a MAC over it and the purpose, so that neither the outbox nor the table of links holds it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::column::column_words;

/// What a link lets its reader do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Choose a new password.
    PasswordReset,
    /// Say that the address is theirs.
    EmailConfirmation,
}

column_words!(Purpose { PasswordReset = "password_reset", EmailConfirmation = "email_confirmation" });

/// Makes and reads the secrets of links.
#[derive(Clone)]
pub struct LinkSecrets {
    mac: Hmac<Sha256>,
}

impl LinkSecrets {
    /// With this box office's key.
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub fn new(key: &[u8; 32]) -> Self {
        Self { mac: Hmac::new_from_slice(key).expect("a key of any length") }
    }

    /// The secret of a link.
    pub fn secret(&self, purpose: Purpose, id: Uuid) -> String {
        let mut bytes = id.as_bytes().to_vec();
        bytes.extend_from_slice(&self.of(purpose, id).finalize().into_bytes()[..16]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The link whose secret this is, if we made it for this.
    pub fn read(&self, purpose: Purpose, secret: &str) -> Option<Uuid> {
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(secret).ok()?.try_into().ok()?;
        let (id, tag) = bytes.split_at(16);
        let id = Uuid::from_slice(id).ok()?;
        self.of(purpose, id).verify_truncated_left(tag).ok()?;
        Some(id)
    }

    fn of(&self, purpose: Purpose, id: Uuid) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(purpose.as_str().as_bytes());
        mac.update(id.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_by_who_made_it_for_what_it_was_made() {
        let (ours, theirs) = (LinkSecrets::new(&[1; 32]), LinkSecrets::new(&[2; 32]));
        let id = Uuid::from_u128(7);
        let secret = ours.secret(Purpose::PasswordReset, id);
        assert_eq!(ours.read(Purpose::PasswordReset, &secret), Some(id));
        assert_eq!(ours.read(Purpose::EmailConfirmation, &secret), None);
        assert_eq!(theirs.read(Purpose::PasswordReset, &secret), None);
        for bad in ["", "x", &secret[1..], &format!("{secret}A"), &format!("B{}", &secret[1..])] {
            assert_eq!(ours.read(Purpose::PasswordReset, bad), None, "{bad}");
        }
    }
}
