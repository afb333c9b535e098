//! The venue's own payment page, in our documented form (docs/checkout.md): the buyer is sent to it with what is to be paid,
//! signed; it is asked at `…/checkouts/ID` what became of it; its notices are Standard Webhooks.

use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::checkout::providers::call::{
    Begin, Begun, Hint, Notice, ProviderError, Seen, Standing, ask, ask_json, below, signed, text,
};
use crate::checkout::providers::setting::Setting;
use crate::checkout::record::{Back, Checkout};
use crate::clock::Instant;
use crate::money::Amount;
use crate::outbound::Outbound;
use crate::signature::SigningSecret;

/// The venue's own payment page.
pub(super) struct Standard {
    base: Url,
    /// Signs what we ask, and what the buyer takes there.
    secret: SigningSecret,
    /// Sign its notices.
    notices: Vec<SigningSecret>,
    is_live: bool,
}

impl Standard {
    pub(super) fn open(setting: &Setting) -> anyhow::Result<Self> {
        let secret = SigningSecret::read(&setting.secret)?;
        let mut notices = vec![secret.clone()];
        if !setting.all("webhook").is_empty() {
            notices = setting.signing_secrets()?;
        }
        let is_live = setting.option("mode").is_none_or(|mode| mode == "live");
        Ok(Self { base: setting.base.clone(), secret, notices, is_live })
    }

    /// Where the buyer goes: the amount stands in the address, so it is signed.
    pub(super) fn begin(&self, begin: &Begin) -> Result<Begun, ProviderError> {
        let mut url = self.base.clone();
        let id = begin.id.to_string();
        url.query_pairs_mut()
            .append_pair("checkout_id", &id)
            .append_pair("amount", &begin.amount.0.to_string())
            .append_pair("currency", &begin.currency)
            .append_pair("title", &begin.title)
            .append_pair("return_url", &begin.return_url)
            .append_pair("ends_at", &begin.ends_at.to_rfc3339());
        let timestamp = (begin.now.0 / 1000).to_string();
        let signature = self.secret.sign(&id, &timestamp, url.query().unwrap_or_default().as_bytes());
        url.query_pairs_mut().append_pair("timestamp", &timestamp).append_pair("signature", &signature);
        Ok(Begun { redirect_url: Some(url.into()), ..Begun::default() })
    }

    fn headers(&self, id: &str, now: Instant, body: &[u8]) -> Vec<(&'static str, String)> {
        let timestamp = (now.0 / 1000).to_string();
        let signature = self.secret.sign(id, &timestamp, body);
        vec![("webhook-id", id.to_owned()), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
    }

    pub(super) async fn look(&self, out: &Outbound, of: &Checkout, now: Instant) -> Result<Seen, ProviderError> {
        let id = of.id.to_string();
        let url = below(&self.base, &["checkouts", &id]);
        let said = ask(out, "GET", &url, self.headers(&id, now, b""), Vec::new()).await?;
        if said.status == 404 {
            return Ok(Seen::nothing(&of.currency, self.is_live));
        }
        let said = said.success("/code")?;
        let state = said.required("state", said.text("/state"))?;
        let standing = match state.as_str() {
            "pending" => Standing::Open,
            "paid" => Standing::Paid,
            "failed" => Standing::Failed,
            "cancelled" => Standing::Cancelled,
            "expired" => Standing::Expired,
            _ => return Err(ProviderError::Silent("its answer has an unknown state".to_owned())),
        };
        Ok(Seen {
            standing,
            is_ours: said.text("/checkout_id").as_deref() == Some(id.as_str()),
            amount: Amount(said.required("amount", said.number("/amount"))?),
            currency: said.required("currency", said.text("/currency"))?,
            account: said.text("/account"),
            is_live: said.required("live", said.json.pointer("/live").and_then(Value::as_bool))?,
            reference: said.text("/reference"),
        })
    }

    pub(super) async fn give_back(&self, out: &Outbound, back: &Back, now: Instant) -> Result<(), ProviderError> {
        let url = below(&self.base, &["checkouts", &back.checkout.id.to_string(), "refunds"]);
        let body = json!({ "refund_id": back.id, "amount": back.amount, "currency": back.checkout.currency });
        let headers = self.headers(&back.id.to_string(), now, body.to_string().as_bytes());
        ask_json(out, &url, headers, &body).await?.success("/code").map(drop)
    }

    pub(super) fn hear(&self, notice: &Notice<'_>) -> Result<Option<(Uuid, Hint)>, ProviderError> {
        let body = signed(&self.notices, notice)?;
        Ok(text(&body, "/data/checkout_id").and_then(|id| id.parse().ok()).map(|id| (id, Hint::default())))
    }
}
