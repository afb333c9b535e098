//! Toss Payments: a payment is made there first and has a page of its own; the buyer comes back with its key; it is ours once
//! we confirm it, with our own amount. Its notices are not signed, so they only say where to look.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::checkout::providers::call::{
    Begin, Begun, Hint, Notice, ProviderError, Said, Seen, Standing, ask, ask_json, below, text,
};
use crate::checkout::providers::setting::Setting;
use crate::checkout::record::{Back, Checkout};
use crate::money::Amount;
use crate::outbound::Outbound;

/// Toss Payments.
pub(super) struct Toss {
    base: Url,
    secret: String,
}

impl Toss {
    pub(super) fn open(setting: &Setting) -> Self {
        Self { base: setting.base.clone(), secret: setting.secret.clone() }
    }

    pub(super) fn is_live(&self) -> bool {
        self.secret.starts_with("live_")
    }

    fn headers(&self, once: Option<String>) -> Vec<(&'static str, String)> {
        let mut headers = vec![("authorization", format!("Basic {}", STANDARD.encode(format!("{}:", self.secret))))];
        headers.extend(once.map(|key| ("idempotency-key", key)));
        headers
    }

    pub(super) async fn begin(&self, out: &Outbound, begin: &Begin) -> Result<Begun, ProviderError> {
        // It counts other currencies in their major unit; buyers of this product pay won there.
        if begin.currency != "KRW" {
            return Err(ProviderError::Refused("it takes KRW alone".to_owned()));
        }
        let url = below(&self.base, &["v1", "payments"]);
        let body = json!({
            "method": "CARD",
            "amount": begin.amount,
            "orderId": begin.id,
            "orderName": begin.title,
            "successUrl": begin.return_url,
            "failUrl": begin.return_url,
        });
        let said = ask_json(out, &url, self.headers(Some(format!("begin-{}", begin.id))), &body).await?;
        let said = said.success("/code")?;
        Ok(Begun {
            reference: Some(said.required("paymentKey", said.text("/paymentKey"))?),
            redirect_url: Some(said.required("checkout.url", said.text("/checkout/url"))?),
            parameters: None,
        })
    }

    pub(super) async fn look(&self, out: &Outbound, of: &Checkout, hint: &Hint) -> Result<Seen, ProviderError> {
        let came_back = hint.parameters.get("paymentKey").filter(|_| {
            let says = |name: &str, ours: &str| hint.parameters.get(name).is_some_and(|theirs| theirs == ours);
            says("orderId", &of.id.to_string()) && says("amount", &of.amount.0.to_string())
        });
        if let Some(payment_key) = came_back {
            return self.confirm(out, of, payment_key).await;
        }
        let id = of.id.to_string();
        let url = below(&self.base, &["v1", "payments", "orders", &id]);
        let said = ask(out, "GET", &url, self.headers(None), Vec::new()).await?;
        if said.status == 404 {
            return Ok(Seen::nothing(&of.currency, of.is_live));
        }
        let said = said.success("/code")?;
        let authorised = said.text("/status").as_deref() == Some("IN_PROGRESS");
        // The buyer agreed and did not come back to us: agreed is agreed, if it is to what we asked for.
        match said.text("/paymentKey") {
            Some(key) if authorised && said.number("/totalAmount") == Some(of.amount.0) => {
                self.confirm(out, of, &key).await
            }
            _ => self.seen(of, &said),
        }
    }

    /// Takes the money that the buyer agreed to. Toss compares the amount with what the buyer saw.
    async fn confirm(&self, out: &Outbound, of: &Checkout, payment_key: &str) -> Result<Seen, ProviderError> {
        let url = below(&self.base, &["v1", "payments", "confirm"]);
        let body = json!({ "paymentKey": payment_key, "orderId": of.id, "amount": of.amount });
        let said = ask_json(out, &url, self.headers(Some(format!("confirm-{}-{payment_key}", of.id))), &body).await?;
        if (200..300).contains(&said.status) {
            return self.seen(of, &said);
        }
        // Confirmed before, declined, or not to be known: the payment itself tells.
        let url = below(&self.base, &["v1", "payments", payment_key]);
        let said = ask(out, "GET", &url, self.headers(None), Vec::new()).await?;
        if said.status == 404 {
            return Ok(Seen::nothing(&of.currency, of.is_live));
        }
        self.seen(of, &said.success("/code")?)
    }

    fn seen(&self, of: &Checkout, said: &Said) -> Result<Seen, ProviderError> {
        let status = said.required("status", said.text("/status"))?;
        let standing = match status.as_str() {
            "READY" | "IN_PROGRESS" | "WAITING_FOR_DEPOSIT" => Standing::Open,
            "DONE" | "PARTIAL_CANCELED" => Standing::Paid,
            "ABORTED" => Standing::Failed,
            "CANCELED" => Standing::Cancelled,
            "EXPIRED" => Standing::Expired,
            _ => return Err(ProviderError::Silent("its answer has an unknown status".to_owned())),
        };
        let whole = said.required("totalAmount", said.number("/totalAmount"))?;
        let left = said.number("/balanceAmount").unwrap_or(whole);
        Ok(Seen {
            standing,
            is_ours: said.text("/orderId").as_deref() == Some(of.id.to_string().as_str()),
            amount: Amount(left),
            currency: said.required("currency", said.text("/currency"))?,
            // Compared where the operator said which is ours.
            account: of.account.as_ref().and_then(|_| said.text("/mId")),
            is_live: self.is_live(),
            reference: said.text("/paymentKey"),
        })
    }

    pub(super) async fn give_back(&self, out: &Outbound, back: &Back) -> Result<(), ProviderError> {
        let key = back.checkout.reference.as_deref().unwrap_or_default();
        let url = below(&self.base, &["v1", "payments", key, "cancel"]);
        let body = json!({ "cancelReason": "refund", "cancelAmount": back.amount });
        ask_json(out, &url, self.headers(Some(back.id.to_string())), &body).await?.success("/code").map(drop)
    }

    /// Anybody may have written it.
    pub(super) fn hear(notice: &Notice<'_>) -> Option<(Uuid, Hint)> {
        let body: Value = serde_json::from_slice(notice.body).ok()?;
        let id = text(&body, "/data/orderId").or_else(|| text(&body, "/orderId"))?;
        Some((id.parse().ok()?, Hint::default()))
    }
}
