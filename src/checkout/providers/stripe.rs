//! Stripe Checkout: a session is made there, its page takes the buyer, and asking for the session tells what became of it.
//! Notices carry `Stripe-Signature: t=…,v1=…`. A session lives half an hour at least, longer than any hold.

use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use crate::checkout::providers::call::{Begin, Begun, Hint, Notice, ProviderError, Seen, Standing, ask, below, text};
use crate::checkout::providers::setting::Setting;
use crate::checkout::record::{Back, Checkout};
use crate::clock::Instant;
use crate::money::Amount;
use crate::outbound::Outbound;
use crate::signature::{is_same, is_timely, mac};

/// Stripe.
pub(super) struct Stripe {
    base: Url,
    secret: String,
    notices: Vec<String>,
}

/// Sessions end after half an hour at the soonest; a minute more, for clocks that differ.
const SHORTEST_MS: i64 = 31 * 60_000;

/// Stripe counts these in hundredths, although they have no smaller unit.
fn factor(currency: &str) -> i64 {
    if ["ISK", "UGX"].contains(&currency.to_ascii_uppercase().as_str()) { 100 } else { 1 }
}

impl Stripe {
    pub(super) fn open(setting: &Setting) -> anyhow::Result<Self> {
        let notices = setting.all("webhook");
        anyhow::ensure!(!notices.is_empty(), "--provider stripe://… needs the option webhook");
        Ok(Self { base: setting.base.clone(), secret: setting.secret.clone(), notices })
    }

    pub(super) fn is_live(&self) -> bool {
        self.secret.starts_with("sk_live_") || self.secret.starts_with("rk_live_")
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![("authorization", format!("Bearer {}", self.secret))]
    }

    pub(super) async fn begin(&self, out: &Outbound, begin: &Begin) -> Result<Begun, ProviderError> {
        let (id, currency) = (begin.id.to_string(), begin.currency.to_ascii_lowercase());
        let expires_at = begin.ends_at.max(begin.now.plus_ms(SHORTEST_MS)).0 / 1000;
        let body = Serializer::new(String::new())
            .append_pair("mode", "payment")
            .append_pair("client_reference_id", &id)
            .append_pair("success_url", &begin.return_url)
            .append_pair("cancel_url", &begin.return_url)
            .append_pair("expires_at", &expires_at.to_string())
            .append_pair("line_items[0][quantity]", "1")
            .append_pair("line_items[0][price_data][currency]", &currency)
            .append_pair("line_items[0][price_data][unit_amount]", &(begin.amount.0 * factor(&currency)).to_string())
            .append_pair("line_items[0][price_data][product_data][name]", &begin.title)
            .finish();
        let mut headers = self.headers();
        headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
        headers.push(("idempotency-key", format!("begin-{id}")));
        let url = below(&self.base, &["v1", "checkout", "sessions"]);
        let said = ask(out, "POST", &url, headers, body.into_bytes()).await?.success("/error/code")?;
        Ok(Begun {
            reference: Some(said.required("id", said.text("/id"))?),
            redirect_url: Some(said.required("url", said.text("/url"))?),
            parameters: None,
        })
    }

    pub(super) async fn look(&self, out: &Outbound, of: &Checkout, hint: &Hint) -> Result<Seen, ProviderError> {
        // A notice may name a session that we lost the answer about.
        let Some(session) = of.reference.as_ref().or(hint.reference.as_ref()) else {
            return Ok(Seen::nothing(&of.currency, of.is_live));
        };
        let url = below(&self.base, &["v1", "checkout", "sessions", session]);
        let said = ask(out, "GET", &url, self.headers(), Vec::new()).await?.success("/error/code")?;
        let status = said.required("status", said.text("/status"))?;
        let is_paid = said.text("/payment_status").as_deref() == Some("paid");
        let standing = match status.as_str() {
            "complete" if is_paid => Standing::Paid,
            // Methods that take days: the money is not there yet.
            "open" | "complete" => Standing::Open,
            "expired" => Standing::Expired,
            _ => return Err(ProviderError::Silent("its answer has an unknown status".to_owned())),
        };
        let currency = said.required("currency", said.text("/currency"))?;
        let amount = said.required("amount_total", said.number("/amount_total"))?;
        let factor = factor(&currency);
        Ok(Seen {
            standing,
            is_ours: said.text("/client_reference_id").as_deref() == Some(of.id.to_string().as_str()),
            // What is no whole unit is no amount of ours.
            amount: Amount(if amount % factor == 0 { amount / factor } else { -1 }),
            currency,
            account: None,
            is_live: said.required("livemode", said.json.pointer("/livemode").and_then(Value::as_bool))?,
            reference: said.text("/id"),
        })
    }

    pub(super) async fn give_back(&self, out: &Outbound, back: &Back) -> Result<(), ProviderError> {
        // The money hangs on what the session made.
        let session = back.checkout.reference.as_deref().unwrap_or_default();
        let url = below(&self.base, &["v1", "checkout", "sessions", session]);
        let said = ask(out, "GET", &url, self.headers(), Vec::new()).await?.success("/error/code")?;
        let intent = said.required("payment_intent", said.text("/payment_intent"))?;
        let amount = back.amount.0 * factor(&back.checkout.currency);
        let body = Serializer::new(String::new())
            .append_pair("payment_intent", &intent)
            .append_pair("amount", &amount.to_string())
            .finish();
        let mut headers = self.headers();
        headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
        headers.push(("idempotency-key", format!("refund-{}", back.id)));
        let url = below(&self.base, &["v1", "refunds"]);
        let said = ask(out, "POST", &url, headers, body.into_bytes()).await?.success("/error/code")?;
        match said.text("/status").as_deref() {
            Some("failed" | "canceled") => Err(ProviderError::Refused("it says the refund failed".to_owned())),
            _ => Ok(()),
        }
    }

    pub(super) fn hear(&self, notice: &Notice<'_>) -> Result<Option<(Uuid, Hint)>, ProviderError> {
        let header = (notice.header)("stripe-signature").unwrap_or_default();
        if !self.is_genuine(&header, notice.body, notice.now) {
            return Err(ProviderError::NotGenuine);
        }
        let body: Value = serde_json::from_slice(notice.body).unwrap_or_default();
        let is_about_checkouts = text(&body, "/type").is_some_and(|kind| kind.starts_with("checkout.session."));
        let id = text(&body, "/data/object/client_reference_id").filter(|_| is_about_checkouts);
        let reference = text(&body, "/data/object/id");
        let hint = Hint { reference, ..Hint::default() };
        Ok(id.and_then(|id| id.parse().ok()).map(|id| (id, hint)))
    }

    fn is_genuine(&self, header: &str, body: &[u8], now: Instant) -> bool {
        let all = |wanted: &str| {
            let pairs = header.split(',').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim()).collect::<Vec<_>>()
        };
        let Some(timestamp) = all("t").first().copied().filter(|at| is_timely(at, now)) else { return false };
        let expected = self
            .notices
            .iter()
            .map(|secret| data_encoding::HEXLOWER.encode(&mac(secret.as_bytes(), &[timestamp.as_bytes(), b".", body])));
        let expected: Vec<_> = expected.collect();
        let came = all("v1");
        came.iter().take(16).any(|came| expected.iter().any(|expected| is_same(came.as_bytes(), expected.as_bytes())))
    }
}
