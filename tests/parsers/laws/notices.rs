//! Notices over HTTP: what was signed lately is believed, nothing else, and it is about what it says.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use boxoffice::checkout::Providers;
use boxoffice::checkout::providers::{Notice, ProviderError};
use boxoffice::clock::Instant;
use boxoffice::config::Hidden;
use boxoffice::demo;
use boxoffice::signature::{SignedBy, SigningSecret, TOLERANCE_MS, is_genuine, is_timely, mac};
use serde_json::Value;
use uuid::Uuid;

use super::input::Input;

const NOW: Instant = Instant(1_795_392_000_000);

/// Ours, and those of whoever signs as Standard Webhooks do.
pub fn signed(bytes: &[u8]) {
    let mut input = Input(bytes);
    let (Some(written), Some(id), Some(timestamp), Some(others)) =
        (input.text(), input.text(), input.text(), input.text())
    else {
        return;
    };
    let body = input.0;
    let secret = match SigningSecret::read(written) {
        Ok(secret) => {
            assert!(written.starts_with("whsec_") && STANDARD.decode(&written[6..]).is_ok_and(|key| key.len() >= 16));
            assert_eq!(secret.write(), written, "one spelling for each secret");
            secret
        }
        Err(_) => SigningSecret::of(b"a secret that nobody guesses"),
    };
    let by = |signatures: &str, body: &[u8], now: Instant| {
        is_genuine(std::slice::from_ref(&secret), SignedBy { id, timestamp, signatures }, body, now)
    };
    // Whoever does not know the secret is not believed.
    assert!(!by(others, body, NOW), "{others:?} signs {body:?}");
    let signature = secret.sign(id, timestamp, body);
    let among = format!("v1,AAAA {signature}");
    let is_timely = is_timely(timestamp, NOW);
    assert_eq!(by(&among, body, NOW), is_timely && !id.is_empty(), "{timestamp:?}");
    if is_timely {
        let seconds: i64 = timestamp.parse().expect("what is timely is a number");
        assert!((NOW.0 - seconds * 1000).abs() <= TOLERANCE_MS);
        assert!(!by(&signature, body, Instant(seconds * 1000 + TOLERANCE_MS + 1)), "it is over");
        assert!(!by(&signature, &[body, b"\0"].concat(), NOW), "another body");
    }
}

const SECRET: &[u8] = b"a secret of notices";

static PROVIDERS: LazyLock<Providers> = LazyLock::new(|| {
    let mut config = demo::config(Path::new("nowhere.db"), ([127, 0, 0, 1], 0).into()).checkout;
    let secret = SigningSecret::of(SECRET).write();
    config.provider = [
        format!("stripe://sk_test_1@api.stripe.example?webhook={secret}"),
        "toss://test_1@api.toss.example".to_owned(),
        format!("portone://s@api.portone.example?store=s&channel=c&webhook={secret}"),
        format!("standard://{}@pay.example/p?webhook={secret}", secret.replace('=', "%3D").replace('/', "%2F")),
    ]
    .map(Hidden)
    .into();
    Providers::open(&config, Some("https://tickets.example"), Duration::from_secs(1)).expect("providers")
});

/// The headers of a genuine notice of this body.
fn genuine(provider: &str, body: &[u8]) -> Vec<(&'static str, String)> {
    let timestamp = (NOW.0 / 1000).to_string();
    if provider == "stripe" {
        let secret = SigningSecret::of(SECRET).write();
        let tag = mac(secret.as_bytes(), &[timestamp.as_bytes(), b".", body]);
        let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        return vec![("stripe-signature", format!("t={timestamp},v1={hex}"))];
    }
    let signature = SigningSecret::of(SECRET).sign("msg_1", &timestamp, body);
    vec![("webhook-id", "msg_1".into()), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
}

/// Providers' notices: the first byte says whose, the next lines are its headers, the rest its body.
pub fn providers(bytes: &[u8]) {
    let mut input = Input(bytes);
    let names = ["stripe", "toss", "portone", "standard"];
    let name = names[usize::from(input.byte() % 4)];
    let [id, timestamp, signature] = [input.line(), input.line(), input.line()].map(String::from_utf8_lossy);
    let body = input.0;
    let provider = PROVIDERS.named(name).expect("one of them");
    let came = |header: &str| match header {
        "webhook-id" => Some(id.to_string()),
        "webhook-timestamp" => Some(timestamp.to_string()),
        "webhook-signature" | "stripe-signature" => Some(signature.to_string()),
        _ => None,
    };
    let heard = PROVIDERS.hear(provider, &Notice { header: &came, body, now: NOW });
    let by_anybody = name == "toss";
    let is_refused = heard == Err(ProviderError::NotGenuine);
    assert!(by_anybody || is_refused, "{name} is believed to have written {signature:?}");
    let headers = genuine(name, body);
    let signed = |header: &str| headers.iter().find(|(name, _)| *name == header).map(|(_, value)| value.clone());
    let heard = PROVIDERS.hear(provider, &Notice { header: &signed, body, now: NOW }).expect("it is genuine");
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let id = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok());
    let about = match name {
        "stripe" => id("/data/object/client_reference_id"),
        "toss" => id("/data/orderId").or_else(|| id("/orderId")),
        "portone" => id("/data/paymentId"),
        _ => id("/data/checkout_id"),
    };
    if let Some((heard, _)) = heard {
        assert_eq!(Some(heard), about, "it is about what it says");
    }
}
