//! Queue tokens: nothing is believed but what was signed here, it says what was signed, and it ends when it says.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boxoffice::clock::Instant;
use boxoffice::ids::{ConcertKey, Ordinal, UserKey};
use boxoffice::queue::tier::Tier;
use boxoffice::queue::token::{Claims, TokenError, TokenKey};
use boxoffice::queue::{Entry, EntryStatus};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use super::input::Input;

const KEY: [u8; 32] = [7; 32];
/// The longest token that is looked at.
const LONGEST: usize = 1024;

pub fn law(bytes: &[u8]) {
    let mut input = Input(bytes);
    match input.byte() % 3 {
        0 => anything(input.0),
        1 => whatever_was_signed(input.byte(), input.0),
        _ => an_entrys(&mut input),
    }
}

fn key() -> TokenKey {
    TokenKey::new(&KEY)
}

fn anything(bytes: &[u8]) {
    let Ok(token) = std::str::from_utf8(bytes) else { return };
    if let Ok(claims) = key().read(token, Instant(0)) {
        assert!(token.len() <= LONGEST && resigned(token), "a token of nobody's says {claims:?}");
    }
}

fn mac(signed: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).expect("a key of any length");
    mac.update(signed.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The token that has this payload.
fn signed(payload: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let tag = URL_SAFE_NO_PAD.encode(mac(&signed));
    format!("{signed}.{tag}")
}

/// Whether the last part of a token is the signature of those before it, and written in the one way there is.
fn resigned(token: &str) -> bool {
    token.rsplit_once('.').is_some_and(|(signed, tag)| URL_SAFE_NO_PAD.encode(mac(signed)) == tag)
}

fn whatever_was_signed(place: u8, payload: &[u8]) {
    let token = signed(payload);
    let read = key().read(&token, Instant(i64::MIN));
    let Ok(claims) = read else {
        assert_eq!(read, Err(TokenError::Invalid));
        return;
    };
    assert!(token.len() <= LONGEST, "{} bytes are looked at", token.len());
    let again = signed(&serde_json::to_vec(&claims).expect("claims are written"));
    assert_eq!(key().read(&again, Instant(i64::MIN)), Ok(claims.clone()), "written and read again");
    ends(&token, &claims);
    let at = usize::from(place) % token.len();
    let mut bent = token.into_bytes();
    bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
    let bent = String::from_utf8(bent).expect("ASCII");
    assert_eq!(key().read(&bent, Instant(i64::MIN)), Err(TokenError::Invalid), "byte {at} of {bent}");
}

/// It is read up to its end, and from then on not.
fn ends(token: &str, claims: &Claims) {
    let end = claims.exp.saturating_mul(1000);
    assert_eq!(key().read(token, Instant(end)), Err(TokenError::Expired));
    if let Some(before) = end.checked_sub(1) {
        assert_eq!(key().read(token, Instant(before)).as_ref(), Ok(claims));
    }
}

fn an_entrys(input: &mut Input<'_>) {
    let ids: [[u8; 16]; 3] = [input.bytes(), input.bytes(), input.bytes()];
    let [id, user, concert] = ids.map(Uuid::from_bytes);
    let instant = |ms: i64| Instant(ms.rem_euclid(253_402_300_800_000));
    let entry = Entry {
        concert: ConcertKey(1),
        ordinal: Ordinal(input.u32()),
        id,
        user: UserKey(1),
        tier: Tier::STANDARD,
        number: Some(input.u32()).filter(|number| *number > 0),
        status: EntryStatus::Waiting,
        cause: None,
        joined_at: instant(input.i64()),
        admitted_at: None,
        admitted_until: None,
        ends_at: Instant(0),
    };
    let ends_at = instant(input.i64());
    let token = key().sign(&entry, user, concert, ends_at);
    let claims = key().read(&token, ends_at).expect("its own token, at its entry's very end");
    assert_eq!((claims.jti, claims.sub, claims.concert), (id, user, concert));
    assert_eq!((claims.number, claims.ordinal()), (entry.number, entry.ordinal));
    assert!(claims.iat * 1000 <= entry.joined_at.0 && claims.exp * 1000 <= ends_at.0 + 1000);
    ends(&token, &claims);
    assert_eq!(TokenKey::new(&[8; 32]).read(&token, Instant(0)), Err(TokenError::Invalid), "another office's");
}
