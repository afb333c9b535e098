//! The queue token: a JWT (RFC 7519) signed with HS256 (RFC 7515) under a key that lives in the data file.
//!
//! It carries the user's UUID and queue number, as the seed asks. It proves only who asks for which entry; whether
//! that entry lives is decided by the data. Signing and checking are written here on the HMAC crate rather than taken
//! from a JWT library, because one fixed algorithm and one fixed header leave nothing to negotiate (RFC 8725 §3.1) and
//! every poll pays for this check.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::Ordinal;
use crate::queue::record::Entry;

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Claims {
    /// The user.
    pub sub: Uuid,
    /// The entry.
    pub jti: Uuid,
    /// The concert.
    pub concert: Uuid,
    /// The queue number; null before the draw.
    pub number: Option<u32>,
    /// The entry's order of joining, by which the data finds it.
    pub entry: u32,
    /// Issued at, in seconds (RFC 7519 NumericDate).
    pub iat: i64,
    /// Dead from then on, in seconds.
    pub exp: i64,
}

impl Claims {
    /// The entry that the token is for.
    pub fn ordinal(&self) -> Ordinal {
        Ordinal(self.entry)
    }

    /// Reads what [`TokenKey::sign`] writes, each member where that puts it: every poll pays for it, and a reader of any JSON takes
    /// several times as long. None where something stands otherwise.
    fn by_place(payload: &[u8]) -> Option<Self> {
        let (sub, rest) = uuid_member(payload, b"{\"sub\":\"")?;
        let (jti, rest) = uuid_member(rest, b"\",\"jti\":\"")?;
        let (concert, rest) = uuid_member(rest, b"\",\"concert\":\"")?;
        let rest = rest.strip_prefix(b"\",\"number\":")?;
        let (number, rest) = match rest.strip_prefix(b"null") {
            Some(rest) => (None, rest),
            None => number_member(rest, b"").and_then(|(number, rest)| Some((Some(number.try_into().ok()?), rest)))?,
        };
        let (entry, rest) = number_member(rest, b",\"entry\":")?;
        let (iat, rest) = number_member(rest, b",\"iat\":")?;
        let (exp, rest) = number_member(rest, b",\"exp\":")?;
        (rest == b"}").then_some(Self { sub, jti, concert, number, entry: entry.try_into().ok()?, iat, exp })
    }
}

/// The UUID behind this, and what follows.
fn uuid_member<'a>(text: &'a [u8], before: &[u8]) -> Option<(Uuid, &'a [u8])> {
    let (uuid, rest) = text.strip_prefix(before)?.split_at_checked(uuid::fmt::Hyphenated::LENGTH)?;
    Some((Uuid::try_parse_ascii(uuid).ok()?, rest))
}

/// The number behind this as JSON writes it, and what follows.
fn number_member<'a>(text: &'a [u8], before: &[u8]) -> Option<(i64, &'a [u8])> {
    let text = text.strip_prefix(before)?;
    let (is_negative, text) = text.strip_prefix(b"-").map_or((false, text), |text| (true, text));
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    if digits.is_empty() || (digits[0] == b'0' && digits.len() > 1) {
        return None;
    }
    let add = |sum: i64, digit: &u8| sum.checked_mul(10)?.checked_add(i64::from(digit - b'0'));
    let number = digits.iter().try_fold(0, add)?;
    Some((if is_negative { -number } else { number }, rest))
}

/// Why a token cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token of this box office.
    #[error("the token is not valid")]
    Invalid,
    /// Its `exp` has passed.
    #[error("the token has expired")]
    Expired,
}

/// `{"alg":"HS256","typ":"JWT"}`, the one header this box office writes and accepts.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// A signature: 32 bytes in base64url without padding (RFC 7515, section 2).
const SIGNATURE_CHARS: usize = 43;
/// The longest token that is looked at.
const LONGEST: usize = 1024;

/// What of a token is signed, the payload in it, and the signature; none of what has another header or another length of signature.
fn pieces(token: &str) -> Option<(&str, &str, &str)> {
    let (signed, signature) = token.split_at_checked(token.len().checked_sub(SIGNATURE_CHARS)?)?;
    let signed = signed.strip_suffix('.')?;
    let payload = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
    Some((signed, payload, signature))
}

/// Signs and reads tokens.
#[derive(Clone)]
pub struct TokenKey {
    mac: Hmac<Sha256>,
    /// Signed what was given before the keys were turned, and signs nothing more.
    former: Option<Hmac<Sha256>>,
}

fn mac_with(key: &[u8; 32]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "a key of any length is a key to HMAC (RFC 2104)")]
    Hmac::new_from_slice(key).expect("HMAC takes any key")
}

fn signature(mac: &Hmac<Sha256>, signed: &str) -> Hmac<Sha256> {
    let mut mac = mac.clone();
    mac.update(signed.as_bytes());
    mac
}

impl TokenKey {
    /// A signer with this 256-bit key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self { mac: mac_with(key), former: None }
    }

    /// The same, that also reads what this former key signed.
    #[must_use]
    pub fn after(self, former: Option<&[u8; 32]>) -> Self {
        Self { former: former.map(mac_with), ..self }
    }

    /// Was it signed here? In constant time.
    fn is_signed(&self, signed: &str, tag: &[u8]) -> bool {
        let fits = |mac: &Hmac<Sha256>| signature(mac, signed).verify_slice(tag).is_ok();
        fits(&self.mac) || self.former.as_ref().is_some_and(fits)
    }

    /// The token of an entry. The same entry gives the same token, until the draw gives it a number.
    pub fn sign(&self, entry: &Entry, user: Uuid, concert: Uuid, expires_at: Instant) -> String {
        let claims = Claims {
            sub: user,
            jti: entry.id,
            concert,
            number: entry.number,
            entry: entry.ordinal.0,
            iat: entry.joined_at.0.div_euclid(1000),
            exp: expires_at.0.div_euclid(1000) + 1,
        };
        let payload = serde_json::to_vec(&claims).unwrap_or_default();
        let signed = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(payload));
        let signature = URL_SAFE_NO_PAD.encode(signature(&self.mac, &signed).finalize().into_bytes());
        format!("{signed}.{signature}")
    }

    /// What a token says, if it was signed here and `now` is before its end.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn read(&self, token: &str, now: Instant) -> Result<Claims, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Invalid);
        }
        let (signed, payload, signature) = pieces(token).ok_or(TokenError::Invalid)?;
        let mut bytes = [0; 33];
        let length = URL_SAFE_NO_PAD.decode_slice(signature, &mut bytes).map_err(|_| TokenError::Invalid)?;
        if !self.is_signed(signed, &bytes[..length]) {
            return Err(TokenError::Invalid);
        }
        let mut json = [0; LONGEST];
        let length = URL_SAFE_NO_PAD.decode_slice(payload, &mut json).map_err(|_| TokenError::Invalid)?;
        let payload = &json[..length];
        let claims =
            Claims::by_place(payload).or_else(|| serde_json::from_slice(payload).ok()).ok_or(TokenError::Invalid)?;
        if now.0 >= claims.exp.saturating_mul(1000) {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ConcertKey, UserKey};
    use crate::queue::state::EntryStatus;
    use crate::queue::tier::Tier;

    fn entry() -> Entry {
        Entry {
            concert: ConcertKey(1),
            ordinal: Ordinal(7),
            id: Uuid::from_u128(3),
            user: UserKey(1),
            tier: Tier::STANDARD,
            number: Some(42),
            status: EntryStatus::Waiting,
            cause: None,
            joined_at: Instant(1_000_000),
            admitted_at: None,
            admitted_until: None,
            ends_at: Instant(2_000_000),
        }
    }

    #[test]
    fn a_token_says_what_was_signed_and_nothing_else() {
        let key = TokenKey::new(&[7; 32]);
        let token = key.sign(&entry(), Uuid::from_u128(1), Uuid::from_u128(2), Instant(2_000_000));
        let claims = key.read(&token, Instant(1_500_000)).expect("own token");
        assert_eq!((claims.sub, claims.number, claims.entry), (Uuid::from_u128(1), Some(42), 7));
        assert_eq!(key.read(&token, Instant(2_001_000)), Err(TokenError::Expired));
        assert_eq!(TokenKey::new(&[8; 32]).read(&token, Instant(0)), Err(TokenError::Invalid));
        for at in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert_eq!(key.read(&forged, Instant(0)), Err(TokenError::Invalid), "byte {at}");
        }
    }

    #[test]
    fn what_is_read_by_place_is_what_the_json_says() {
        let key = TokenKey::new(&[7; 32]);
        for (at, number) in [None, Some(1), Some(u32::MAX)].into_iter().enumerate() {
            let entry = Entry { number, ordinal: Ordinal(at as u32), joined_at: Instant(-1), ..entry() };
            let token = key.sign(&entry, Uuid::from_u128(u128::MAX), Uuid::from_u128(2), Instant(2_000_000));
            let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("payload")).expect("base64");
            let payload = String::from_utf8(payload).expect("UTF-8");
            assert_eq!(Claims::by_place(payload.as_bytes()), serde_json::from_str(&payload).ok(), "{payload}");
            assert!(Claims::by_place(payload.as_bytes()).is_some(), "{payload}");
            for otherwise in [
                payload.replace(':', ": "),
                payload.clone() + " ",
                payload.replace("jti", "jtj"),
                payload.replace('}', ""),
                payload.replace("\"exp\":", "\"exp\":0"),
                payload.replace("\"exp\":", "\"exp\":99999999999999999999"),
                payload.replace("\"entry\":", "\"entry\":-1"),
            ] {
                assert_eq!(Claims::by_place(otherwise.as_bytes()), None, "{otherwise}");
            }
        }
    }

    #[test]
    fn a_turned_key_reads_what_the_former_signed_and_signs_by_itself() {
        let (first, second) = ([7; 32], [8; 32]);
        let sign = |key: &TokenKey| key.sign(&entry(), Uuid::nil(), Uuid::nil(), Instant(2_000_000));
        let turned = TokenKey::new(&second).after(Some(&first));
        assert!(turned.read(&sign(&TokenKey::new(&first)), Instant(0)).is_ok());
        assert!(TokenKey::new(&second).read(&sign(&turned), Instant(0)).is_ok());
        let twice = TokenKey::new(&[9; 32]).after(Some(&second));
        assert_eq!(twice.read(&sign(&TokenKey::new(&first)), Instant(0)), Err(TokenError::Invalid));
    }

    #[test]
    fn alg_none_is_refused() {
        let key = TokenKey::new(&[7; 32]);
        let token = key.sign(&entry(), Uuid::nil(), Uuid::nil(), Instant(2_000_000));
        let payload = token.split('.').nth(1).expect("payload");
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        for forged in [format!("{none}.{payload}."), format!("{none}.{payload}"), String::new(), "..".to_owned()] {
            assert_eq!(key.read(&forged, Instant(0)), Err(TokenError::Invalid));
        }
    }
}
