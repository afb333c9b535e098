//! The built-in provider, for demonstrations and tests: no money moves. Its own page lets the buyer choose how it goes, or
//! a test does; it remembers that outside the data file, as a provider outside would.

use std::collections::HashMap;
use std::sync::LazyLock;

use parking_lot::Mutex;
use uuid::Uuid;

use crate::checkout::providers::call::{Begin, Begun, Hint, Notice, ProviderError, Seen, Standing, signed, text};
use crate::checkout::record::Checkout;
use crate::clock::Instant;
use crate::money::Amount;
use crate::signature::SigningSecret;

/// How the built-in provider behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// It pays.
    Pays,
    /// It declines.
    Declines,
    /// It pays, and says so twice.
    Twice,
    /// It takes another amount than was asked for.
    WrongAmount,
    /// It pays once the checkout's time is over.
    Late,
    /// It never pays.
    Never,
    /// It does not answer.
    Hangs,
}

crate::column::column_words!(Conduct {
    Pays = "pays",
    Declines = "declines",
    Twice = "twice",
    WrongAmount = "wrong_amount",
    Late = "late",
    Never = "never",
    Hangs = "hangs",
});

static CONDUCTS: LazyLock<Mutex<HashMap<Uuid, Conduct>>> = LazyLock::new(Mutex::default);

/// What its notices are signed with: everybody may know it, as everybody may pay.
const SECRET: &[u8] = b"no money moves here at all";

/// The built-in provider.
pub(super) struct Fake;

impl Conduct {
    /// From now on it behaves so with this checkout.
    pub fn set(self, checkout: Uuid) {
        CONDUCTS.lock().insert(checkout, self);
    }

    /// A notice of it about this checkout: id, timestamp, signature and body.
    pub fn notice(checkout: Uuid, now: Instant) -> (String, String, String, String) {
        let (id, timestamp) = (format!("msg_{checkout}"), (now.0 / 1000).to_string());
        let body = serde_json::json!({ "checkout_id": checkout }).to_string();
        let signature = SigningSecret::of(SECRET).sign(&id, &timestamp, body.as_bytes());
        (id, timestamp, signature, body)
    }
}

impl Fake {
    pub(super) fn begin(begin: &Begin) -> Begun {
        Begun { redirect_url: Some(format!("/fake-provider/{}", begin.id)), ..Begun::default() }
    }

    pub(super) async fn look(of: &Checkout, now: Instant) -> Result<Seen, ProviderError> {
        let conduct = CONDUCTS.lock().get(&of.id).copied();
        let standing = match conduct {
            Some(Conduct::Pays | Conduct::Twice | Conduct::WrongAmount) => Standing::Paid,
            Some(Conduct::Declines) => Standing::Failed,
            Some(Conduct::Late) if now >= of.ends_at => Standing::Paid,
            Some(Conduct::Hangs) => std::future::pending().await,
            Some(Conduct::Late | Conduct::Never) | None => Standing::Open,
        };
        let more = i64::from(conduct == Some(Conduct::WrongAmount));
        Ok(Seen {
            standing,
            is_ours: true,
            amount: Amount(of.amount.0 + more),
            currency: of.currency.clone(),
            account: Some("fake".to_owned()),
            is_live: false,
            reference: None,
        })
    }

    /// It takes back what it never had, unless it declines or does not answer.
    pub(super) async fn give_back(of: &Checkout) -> Result<(), ProviderError> {
        let conduct = CONDUCTS.lock().get(&of.id).copied();
        match conduct {
            Some(Conduct::Hangs) => std::future::pending().await,
            Some(Conduct::Declines) => Err(ProviderError::Refused("it declines".to_owned())),
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn hear(notice: &Notice<'_>) -> Result<Option<(Uuid, Hint)>, ProviderError> {
        let body = signed(&[SigningSecret::of(SECRET)], notice)?;
        Ok(text(&body, "/checkout_id").and_then(|id| id.parse().ok()).map(|id| (id, Hint::default())))
    }
}
