//! What a provider is asked, and what it says: the same for all of them.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;
use uuid::Uuid;

use crate::clock::Instant;
use crate::money::Amount;
use crate::outbound::{Call, Heard, Outbound, Reach};
use crate::signature::{SignedBy, SigningSecret, is_genuine};

/// A checkout as a provider hears of it first.
#[derive(Clone, Debug)]
pub struct Begin {
    /// Our id: also what makes a repeat harmless.
    pub id: Uuid,
    /// How much, in minor units.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: String,
    /// What the buyer reads: the venue's name.
    pub title: String,
    /// Where the buyer is sent back to.
    pub return_url: String,
    /// Until when it may be paid.
    pub ends_at: Instant,
    /// The time now.
    pub now: Instant,
}

/// What the provider made of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// What it calls it, where that is not our id.
    pub reference: Option<String>,
    /// Where the buyer pays.
    pub redirect_url: Option<String>,
    /// What its own script needs, where it has no page to be sent to.
    pub parameters: Option<Value>,
}

/// Where a checkout stands at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may still be paid, or is not known there.
    Open,
    /// It is paid.
    Paid,
    /// It cannot be paid any more.
    Failed,
    /// The buyer gave it up, or the money went back.
    Cancelled,
    /// Its time is over.
    Expired,
}

/// The provider's word on a checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where it stands.
    pub standing: Standing,
    /// Whether the provider's thing names this very checkout.
    pub is_ours: bool,
    /// What was paid, in minor units.
    pub amount: Amount,
    /// In which currency.
    pub currency: String,
    /// To which account, where the provider says so.
    pub account: Option<String>,
    /// Real money, not a test's.
    pub is_live: bool,
    /// What the provider calls it.
    pub reference: Option<String>,
}

impl Seen {
    /// Nothing is known of it there yet.
    pub fn nothing(currency: &str, is_live: bool) -> Self {
        Self {
            standing: Standing::Open,
            is_ours: true,
            amount: Amount(0),
            currency: currency.to_owned(),
            account: None,
            is_live,
            reference: None,
        }
    }
}

/// Where to look, as somebody says who need not be believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// What the provider calls it.
    pub reference: Option<String>,
    /// What came with the buyer who returned.
    pub parameters: BTreeMap<String, String>,
}

/// A notice as it came.
pub struct Notice<'a> {
    /// A header's value.
    pub header: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The bytes, unread.
    pub body: &'a [u8],
    /// The time of day.
    pub now: Instant,
}

/// Why a provider says nothing of use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It did not answer, or not so that it could be understood: later it may.
    #[error("{0}")]
    Silent(String),
    /// It refuses: asking again does not help.
    #[error("{0}")]
    Refused(String),
    /// A notice that it did not sign, or not lately.
    #[error("the notice is not the provider's")]
    NotGenuine,
}

/// An answer as far as all providers' are alike: JSON, with a status.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) json: Value,
}

impl Said {
    /// A member's text, by its pointer.
    pub(super) fn text(&self, pointer: &str) -> Option<String> {
        text(&self.json, pointer)
    }

    /// A member's whole number.
    pub(super) fn number(&self, pointer: &str) -> Option<i64> {
        self.json.pointer(pointer).and_then(Value::as_i64)
    }

    /// The same, which must be there.
    pub(super) fn required<T>(&self, what: &str, found: Option<T>) -> Result<T, ProviderError> {
        found.ok_or_else(|| ProviderError::Silent(format!("its answer lacks {what}")))
    }

    /// A success, or why not: what may be otherwise later is silence, the rest a refusal. Of what was written only the code
    /// is kept.
    pub(super) fn success(self, code: &str) -> Result<Self, ProviderError> {
        match self.status {
            200..=299 => Ok(self),
            // About our own credential, or about too much: the operator's to mend.
            401 | 403 | 408 | 409 | 425 | 429 | 500.. => {
                Err(ProviderError::Silent(format!("it answers {}", self.status)))
            }
            status => {
                let code = self.text(code).unwrap_or_default();
                let code: String = code.chars().filter(|c| c.is_ascii_graphic()).take(60).collect();
                Err(ProviderError::Refused(format!("it answers {status} {code}").trim_end().to_owned()))
            }
        }
    }
}

/// A member's text, by its pointer.
pub(super) fn text(json: &Value, pointer: &str) -> Option<String> {
    json.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// Asks a provider.
pub(super) async fn ask(
    out: &Outbound,
    method: &'static str,
    url: &Url,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
) -> Result<Said, ProviderError> {
    let call = Call { method, url, headers, body, reach: Reach::Anybody };
    let Heard { status, body } = out.send(&call).await.map_err(|silence| ProviderError::Silent(silence.to_string()))?;
    // What is no JSON has no members; a refusal need not be any.
    let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if (200..300).contains(&status) && !json.is_object() {
        return Err(ProviderError::Silent("its answer is not JSON".to_owned()));
    }
    Ok(Said { status, json })
}

/// Asks with a JSON body.
pub(super) async fn ask_json(
    out: &Outbound,
    url: &Url,
    mut headers: Vec<(&'static str, String)>,
    body: &Value,
) -> Result<Said, ProviderError> {
    headers.push(("content-type", "application/json".to_owned()));
    ask(out, "POST", url, headers, body.to_string().into_bytes()).await
}

/// An address below a base.
pub(super) fn below(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

/// The body of a notice in the form of Standard Webhooks.
pub(super) fn signed(secrets: &[SigningSecret], notice: &Notice<'_>) -> Result<Value, ProviderError> {
    let header = |name: &str| (notice.header)(name).unwrap_or_default();
    let (id, timestamp, signatures) = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
    let by = SignedBy { id: &id, timestamp: &timestamp, signatures: &signatures };
    if !is_genuine(secrets, by, notice.body, notice.now) {
        return Err(ProviderError::NotGenuine);
    }
    // Signed, and still nothing that we know: not ours to complain about.
    Ok(serde_json::from_slice(notice.body).unwrap_or_default())
}
