//! Standard Webhooks (standardwebhooks.com): how a notice over HTTP is signed and its signature checked, ours and others'.
//! Over the bytes as they came, in constant time, with several secrets so that one can be replaced. No clock of its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::clock::Instant;

/// A notice is believed for so long after it was signed, and no longer before.
pub const TOLERANCE_MS: i64 = 300_000;

/// A secret that both sides know; written `whsec_` and Base64.
#[derive(Clone)]
pub struct SigningSecret(Vec<u8>);

/// The text is no secret.
#[derive(Debug, thiserror::Error)]
#[error("a secret is written whsec_ and Base64, of 16 bytes or more")]
pub struct NoSecret;

/// What came with a notice beside its body.
#[derive(Clone, Copy, Debug)]
pub struct SignedBy<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`, in seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: one or several, with blanks between.
    pub signatures: &'a str,
}

impl SigningSecret {
    /// As it is made: from randomness.
    pub fn of(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// As it is written.
    ///
    /// # Errors
    /// [`NoSecret`].
    pub fn read(text: &str) -> Result<Self, NoSecret> {
        let base64 = text.strip_prefix("whsec_").ok_or(NoSecret)?;
        let bytes = STANDARD.decode(base64).map_err(|_| NoSecret)?;
        if bytes.len() < 16 { Err(NoSecret) } else { Ok(Self(bytes)) }
    }

    /// As it is written.
    pub fn write(&self) -> String {
        format!("whsec_{}", STANDARD.encode(&self.0))
    }

    /// HMAC-SHA256 of these parts, one after the other.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.0, parts)
    }

    /// The signature of a notice.
    pub fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let mac = self.mac(&[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]);
        format!("v1,{}", STANDARD.encode(mac))
    }
}

/// HMAC-SHA256 of these parts, one after the other.
pub fn mac(secret: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes any key")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Whether two byte strings are the same, told in constant time.
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    bool::from(one.ct_eq(other))
}

/// Whether a notice signed at this second is still, and already, to be believed.
pub fn is_timely(timestamp: &str, now: Instant) -> bool {
    let signed_ms = timestamp.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000));
    signed_ms.is_some_and(|signed_ms| now.0.abs_diff(signed_ms) <= TOLERANCE_MS.unsigned_abs())
}

/// Whether one of these secrets signed the notice, lately.
pub fn is_genuine(secrets: &[SigningSecret], by: SignedBy<'_>, body: &[u8], now: Instant) -> bool {
    if !is_timely(by.timestamp, now) || by.id.is_empty() {
        return false;
    }
    let expected: Vec<_> = secrets.iter().map(|secret| secret.sign(by.id, by.timestamp, body)).collect();
    let came = by.signatures.split(' ');
    came.take(16).any(|came| expected.iter().any(|expected| is_same(came.as_bytes(), expected.as_bytes())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    /// The example of the specification's own libraries.
    #[test]
    fn the_specifications_example_is_signed_as_it_is_there() {
        let secret = SigningSecret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", BODY);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn one_of_several_secrets_is_enough_and_neither_an_old_nor_a_bent_notice_passes() {
        let [old, new] = [b"an old secret of ours", b"the new secret we use"].map(|bytes| SigningSecret::of(bytes));
        let now = Instant(1_614_265_330_000);
        let signed = |at: &str| format!("v1,bm9uZQ== {}", old.sign("1", at, BODY));
        let passes = |secrets: &[SigningSecret], at: &str, id: &str, body: &[u8]| {
            let signatures = signed(at);
            is_genuine(secrets, SignedBy { id, timestamp: at, signatures: &signatures }, body, now)
        };
        let both = [new.clone(), old.clone()];
        assert!(passes(&both, "1614265330", "1", BODY) && passes(&both, "1614265030", "1", BODY));
        assert!(!passes(&[new], "1614265330", "1", BODY), "the secret is replaced");
        assert!(!passes(&both, "1614265029", "1", BODY) && !passes(&both, "1614265631", "1", BODY), "not its time");
        assert!(!passes(&both, "1614265330", "2", BODY) && !passes(&both, "1614265330", "1", b"{}"));
        assert!(!passes(&both, "soon", "1", BODY) && !passes(&both, "9223372036854775807", "1", BODY));
        assert!(SigningSecret::read("whsec_c2hvcnQ=").is_err() && SigningSecret::read("MfKQ9r8G").is_err());
    }
}
