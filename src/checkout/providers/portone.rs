//! PortOne, version 2: we choose the payment's id (the checkout's), pin its amount before the buyer's browser opens PortOne's
//! script, and ask `GET /payments/{paymentId}` what became of it. Its notices are Standard Webhooks.

use serde_json::json;
use url::Url;
use uuid::Uuid;

use crate::checkout::providers::call::{
    Begin, Begun, Hint, Notice, ProviderError, Seen, Standing, ask, ask_json, below, signed, text,
};
use crate::checkout::providers::setting::Setting;
use crate::checkout::record::{Back, Checkout};
use crate::money::Amount;
use crate::outbound::Outbound;
use crate::signature::SigningSecret;

/// PortOne.
pub(super) struct PortOne {
    base: Url,
    secret: String,
    /// The store, which is our account.
    pub(super) store: String,
    channel: String,
    notices: Vec<SigningSecret>,
}

impl PortOne {
    pub(super) fn open(setting: &Setting) -> anyhow::Result<Self> {
        Ok(Self {
            base: setting.base.clone(),
            secret: setting.secret.clone(),
            store: setting.required("store")?,
            channel: setting.required("channel")?,
            notices: setting.signing_secrets()?,
        })
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![("authorization", format!("PortOne {}", self.secret))]
    }

    pub(super) async fn begin(&self, out: &Outbound, begin: &Begin) -> Result<Begun, ProviderError> {
        let id = begin.id.to_string();
        let url = below(&self.base, &["payments", &id, "pre-register"]);
        let body = json!({ "storeId": self.store, "totalAmount": begin.amount, "currency": begin.currency });
        let said = ask_json(out, &url, self.headers(), &body).await?;
        // It is registered, or paid, already: then this is a repeat.
        if said.status != 409 {
            said.success("/type")?;
        }
        let parameters = json!({
            "storeId": self.store,
            "channelKey": self.channel,
            "paymentId": id,
            "orderName": begin.title,
            "totalAmount": begin.amount,
            "currency": format!("CURRENCY_{}", begin.currency),
            "payMethod": "CARD",
            "redirectUrl": begin.return_url,
        });
        Ok(Begun { parameters: Some(parameters), ..Begun::default() })
    }

    pub(super) async fn look(&self, out: &Outbound, of: &Checkout) -> Result<Seen, ProviderError> {
        let id = of.id.to_string();
        let mut url = below(&self.base, &["payments", &id]);
        url.query_pairs_mut().append_pair("storeId", &self.store);
        let said = ask(out, "GET", &url, self.headers(), Vec::new()).await?;
        if said.status == 404 {
            return Ok(Seen::nothing(&of.currency, of.is_live));
        }
        let said = said.success("/type")?;
        let status = said.required("status", said.text("/status"))?;
        let standing = match status.as_str() {
            "READY" | "PENDING" | "PAY_PENDING" | "VIRTUAL_ACCOUNT_ISSUED" => Standing::Open,
            "PAID" | "PARTIAL_CANCELLED" => Standing::Paid,
            "FAILED" => Standing::Failed,
            "CANCELLED" => Standing::Cancelled,
            _ => return Err(ProviderError::Silent("its answer has an unknown status".to_owned())),
        };
        // What was cancelled of it is not there any more.
        let total = said.required("amount.total", said.number("/amount/total"))?;
        let cancelled = said.number("/amount/cancelled").unwrap_or(0);
        Ok(Seen {
            standing,
            is_ours: said.text("/id").as_deref() == Some(id.as_str()),
            amount: Amount(total - cancelled),
            currency: said.required("currency", said.text("/currency"))?,
            account: said.text("/storeId"),
            is_live: said.text("/channel/type").as_deref() == Some("LIVE"),
            reference: said.text("/transactionId"),
        })
    }

    pub(super) async fn give_back(&self, out: &Outbound, back: &Back) -> Result<(), ProviderError> {
        let url = below(&self.base, &["payments", &back.checkout.id.to_string(), "cancel"]);
        let body = json!({ "storeId": self.store, "amount": back.amount, "reason": "refund" });
        let mut headers = self.headers();
        headers.push(("idempotency-key", format!("\"{}\"", back.id)));
        ask_json(out, &url, headers, &body).await?.success("/type").map(drop)
    }

    pub(super) fn hear(&self, notice: &Notice<'_>) -> Result<Option<(Uuid, Hint)>, ProviderError> {
        let body = signed(&self.notices, notice)?;
        Ok(text(&body, "/data/paymentId").and_then(|id| id.parse().ok()).map(|id| (id, Hint::default())))
    }
}
