//! The job that carries messages to webhooks: takes what is due from the outbox, signs it, sends it, and notes what became of
//! it. Each attempt is counted before it is made; a repeat has the same `webhook-id`. It also looks who is sold out.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::clock::Instant;
use crate::office::Office;
use crate::outbound::{Call, Outbound, Reach};
use crate::reservation::SeatMaps;
use crate::signature::SigningSecret;
use crate::store::StoreError;
use crate::webhook::{self, Calls, Delivery, Outcome, Webhook};

/// Sleep no longer: whether a performance is sold out is looked at so often.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// Carries all that is due now. Gives whether there was anything.
pub(super) async fn carry_due(office: &Arc<Office>) -> bool {
    let _alone = office.part::<Calls>().carrying.lock().await;
    match carry_all(office).await {
        Ok(any) => any,
        Err(error) => {
            tracing::warn!(%error, "messages to webhooks wait");
            false
        }
    }
}

async fn carry_all(office: &Arc<Office>) -> Result<bool, StoreError> {
    if office.store.terms().has_webhooks {
        tell_sold_out(office).await?;
    }
    let most = office.limits.webhooks_at_once;
    let mut any = false;
    loop {
        // A reader is asked first: nothing is written while there is nothing to do.
        if !office.store.read(webhook::domain::any_due).await? {
            return Ok(any);
        }
        any = true;
        let due = office.store.write(move |tx| webhook::domain::take_due(tx, most)).await?;
        let done = futures_util::future::join_all(due.iter().map(|(of, to)| carry(office, of, to))).await;
        for ((of, _), outcome) in due.into_iter().zip(done) {
            loop {
                let (of, outcome) = (of.clone(), outcome.clone());
                if !office.store.write(move |tx| webhook::domain::note(tx, &of, &outcome)).await? {
                    break;
                }
            }
        }
    }
}

async fn carry(office: &Arc<Office>, of: &Delivery, to: &Webhook) -> Outcome {
    let outcome = if to.disabled_at.is_some() { Outcome::Gone } else { send(office, of, to).await };
    let (id, webhook, event, attempt) = (of.id, to.id, of.event.as_str(), of.attempts);
    match &outcome {
        Outcome::Taken => tracing::info!(%id, %webhook, event, attempt, "a webhook was told"),
        Outcome::Gone => tracing::warn!(%id, %webhook, event, attempt, "a webhook wants nothing any more"),
        Outcome::Later(problem) => tracing::warn!(%id, %webhook, event, attempt, problem, "a webhook was not told"),
    }
    outcome
}

async fn send(office: &Arc<Office>, of: &Delivery, to: &Webhook) -> Outcome {
    let Ok(url) = Url::parse(&to.url) else { return Outcome::Later("its address is none".to_owned()) };
    let (id, timestamp) = (of.id.to_string(), (office.wall().0 / 1000).to_string());
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id.clone()),
        ("webhook-timestamp", timestamp.clone()),
        ("webhook-signature", signatures(to, &id, &timestamp, of.body.as_bytes(), office.now())),
    ];
    let reach = if office.config.webhooks_to_private { Reach::Anybody } else { Reach::Public };
    let call = Call { method: "POST", url: &url, headers, body: of.body.clone().into_bytes(), reach };
    match office.part::<Outbound>().send(&call).await {
        Ok(heard) if (200..300).contains(&heard.status) => Outcome::Taken,
        Ok(heard) if heard.status == 410 => Outcome::Gone,
        Ok(heard) => Outcome::Later(format!("it answers {}", heard.status)),
        Err(silence) => Outcome::Later(format!("it {silence}")),
    }
}

/// By the secret in force, and by the one before while that signs too.
fn signatures(to: &Webhook, id: &str, timestamp: &str, body: &[u8], now: Instant) -> String {
    let old = to.old_secret.as_ref().filter(|(_, until)| now < *until).map(|(old, _)| old);
    let secrets = [Some(&to.secret), old].into_iter().flatten().filter_map(|text| SigningSecret::read(text).ok());
    secrets.map(|secret| secret.sign(id, timestamp, body)).collect::<Vec<_>>().join(" ")
}

/// Writes of performances of which nothing is left, as far as memory knows them, once.
async fn tell_sold_out(office: &Arc<Office>) -> Result<(), StoreError> {
    let calls = office.part::<Calls>();
    for (key, id) in office.part::<SeatMaps>().sold_out(office.now()) {
        if !calls.sold_out.lock().contains(&key) {
            office.store.write(move |tx| webhook::domain::put_sold_out(tx, key, id)).await?;
            calls.sold_out.lock().insert(key);
        }
    }
    Ok(())
}

/// Runs until it is dropped.
pub(super) async fn webhooks(office: Arc<Office>) {
    let calls = office.part::<Calls>().clone();
    loop {
        let filled = calls.filled();
        carry_due(&office).await;
        let sleep = match office.store.read(webhook::domain::next_due).await {
            Ok(Some(at)) => {
                let ms = u64::try_from(at.0 - office.now().0).unwrap_or(0).max(10);
                Duration::from_millis(ms).min(LONGEST_SLEEP)
            }
            Ok(None) | Err(_) => LONGEST_SLEEP,
        };
        tokio::select! {
            () = filled => {}
            () = tokio::time::sleep(sleep) => {}
        }
    }
}
