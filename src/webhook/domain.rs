//! Naming addresses, writing messages for them, and what becomes of each.

use std::net::IpAddr;

use serde_json::{Value, json};
use url::{Host, Url};
use uuid::Uuid;

use crate::audit::Note;
use crate::clock::Instant;
use crate::entropy::new_secret;
use crate::ids::{MessageKey, PerformanceKey, WebhookKey};
use crate::outbound::is_public;
use crate::paging::cut;
use crate::signature::SigningSecret;
use crate::store::{StoreError, Tx};
use crate::webhook::calls::{WebhookPut, WebhooksChanged};
pub use crate::webhook::record::LONGEST_URL;
use crate::webhook::record::{
    Delivery, DeliveryState, Event, MOST_ATTEMPTS, MOST_WEBHOOKS, OLD_SECRET_SECONDS, Outcome, Webhook, wait_ms,
};
use crate::webhook::sql;

/// Why something about webhooks is refused, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// A field breaks its rule, which is said.
    #[error("{0}")]
    Invalid(&'static str),
    /// As many are named as may be.
    #[error("too many webhooks")]
    TooMany,
    /// There is no such webhook.
    #[error("no such webhook")]
    NoSuchWebhook,
    /// It is told nothing any more.
    #[error("the webhook is disabled")]
    Disabled,
    /// There is no such delivery to it.
    #[error("no such delivery")]
    NoSuchDelivery,
    /// The cursor is no delivery's.
    #[error("no such cursor")]
    NoSuchCursor,
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes a message for all who are told of this; nothing where nobody is. `data` is what it tells.
///
/// # Errors
/// Only the store's.
pub fn put(tx: &Tx, event: Event, performance: PerformanceKey, data: impl FnOnce() -> Value) -> Result<(), StoreError> {
    if !tx.terms().has_webhooks {
        return Ok(());
    }
    let told = |of: &Webhook| of.disabled_at.is_none() && of.events.contains(&event);
    let to: Vec<_> = sql::webhooks(tx)?.into_iter().filter(told).map(|of| of.key).collect();
    if to.is_empty() {
        return Ok(());
    }
    let body = json!({ "type": event, "timestamp": tx.wall(), "data": data() });
    let message = sql::insert_message(tx, event, performance, &body.to_string())?;
    for webhook in to {
        sql::insert_delivery(tx, webhook, message, performance)?;
    }
    tx.tell(WebhookPut);
    Ok(())
}

/// Tells that a performance is sold out, unless that was told before.
///
/// # Errors
/// Only the store's.
pub fn put_sold_out(tx: &Tx, performance: PerformanceKey, id: Uuid) -> Result<(), StoreError> {
    if sql::was_told(tx, Event::PerformanceSoldOut, performance)? {
        return Ok(());
    }
    put(tx, Event::PerformanceSoldOut, performance, || json!({ "performance_id": id }))
}

/// Is anybody told of anything?
///
/// # Errors
/// Only the store's.
pub fn any(tx: &Tx) -> Result<bool, StoreError> {
    Ok(sql::webhooks(tx)?.iter().any(|of| of.disabled_at.is_none()))
}

/// An address as it is kept.
///
/// # Errors
/// [`WebhookError::Invalid`].
pub fn clean_url(text: &str, may_be_private: bool) -> Result<String, WebhookError> {
    const RULE: &str = "url must be an https address without a password, of 1000 characters at most.";
    let url = Url::parse(text).map_err(|_| WebhookError::Invalid(RULE))?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let speaks = url.scheme() == "https" || (may_be_private && url.scheme() == "http");
    if text.len() > LONGEST_URL || !is_plain || !speaks || url.host().is_none() {
        return Err(WebhookError::Invalid(RULE));
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) | None => None,
    };
    if !may_be_private && address.is_some_and(|address| !is_public(address)) {
        return Err(WebhookError::Invalid("url must be of the public network; --webhooks-to-private allows others."));
    }
    Ok(url.into())
}

/// Names an address to be told of these.
///
/// # Errors
/// [`WebhookError::Invalid`] without an event; [`WebhookError::TooMany`].
pub fn create_webhook(tx: &Tx, url: &str, events: Vec<Event>) -> Result<Webhook, WebhookError> {
    if events.is_empty() {
        return Err(WebhookError::Invalid("events must name one event or more."));
    }
    if sql::webhooks(tx)?.len() >= MOST_WEBHOOKS {
        return Err(WebhookError::TooMany);
    }
    // From here it must succeed.
    let secret = SigningSecret::of(&new_secret(tx.entropy())).write();
    let (id, url, made_at) = (tx.new_id(), url.to_owned(), tx.wall());
    let (old_secret, disabled_at) = (None, None);
    let mut made = Webhook { key: WebhookKey(0), id, url, events, secret, old_secret, made_at, disabled_at };
    made.key = sql::insert_webhook(tx, &made)?;
    tx.audit(|| Note::on("webhook", id).after(json!({ "url": made.url, "events": made.events })));
    tx.tell(WebhooksChanged(true));
    Ok(made)
}

/// All addresses that are named.
///
/// # Errors
/// Only the store's.
pub fn list_webhooks(tx: &Tx) -> Result<Vec<Webhook>, StoreError> {
    sql::webhooks(tx)
}

/// The webhook with this id.
///
/// # Errors
/// [`WebhookError::NoSuchWebhook`].
pub fn webhook(tx: &Tx, id: Uuid) -> Result<Webhook, WebhookError> {
    sql::webhook(tx, id)?.ok_or(WebhookError::NoSuchWebhook)
}

/// Gives a webhook another secret; the one before signs too for a day.
///
/// # Errors
/// [`WebhookError::NoSuchWebhook`].
pub fn turn_webhook_secret(tx: &Tx, id: Uuid) -> Result<Webhook, WebhookError> {
    let of = webhook(tx, id)?;
    // From here it must succeed.
    let secret = SigningSecret::of(&new_secret(tx.entropy())).write();
    sql::set_secret(tx, &of, &secret, tx.now().plus_seconds(OLD_SECRET_SECONDS))?;
    tx.audit(|| Note::on("webhook", id).after(json!({ "secret": "renewed" })));
    webhook(tx, id)
}

/// Takes a webhook away: it is told nothing any more, also of what waits.
///
/// # Errors
/// [`WebhookError::NoSuchWebhook`].
pub fn delete_webhook(tx: &Tx, id: Uuid) -> Result<(), WebhookError> {
    let of = webhook(tx, id)?;
    // From here it must succeed.
    sql::disable(tx, of.key, false)?;
    tx.audit(|| Note::on("webhook", id).before(json!({ "url": of.url, "events": of.events })));
    tx.tell(WebhooksChanged(any(tx)?));
    tx.tell(WebhookPut);
    Ok(())
}

/// Up to `limit` deliveries to a webhook, newest first, older than `cursor`; and the cursor of the page that follows, if one
/// does.
///
/// # Errors
/// [`WebhookError::NoSuchWebhook`], [`WebhookError::NoSuchCursor`].
pub fn list_deliveries(
    tx: &Tx,
    id: Uuid,
    cursor: Option<Uuid>,
    limit: u32,
) -> Result<(Vec<Delivery>, Option<Uuid>), WebhookError> {
    let of = webhook(tx, id)?;
    let before = match cursor {
        Some(id) => sql::delivery(tx, of.key, id)?.ok_or(WebhookError::NoSuchCursor)?.message,
        None => MessageKey(i64::MAX),
    };
    let mut page = sql::deliveries(tx, of.key, before, limit + 1)?;
    let next = cut(&mut page, limit).map(|last| last.id);
    Ok((page, next))
}

/// Tells a message once more, at once, whatever became of it.
///
/// # Errors
/// [`WebhookError::NoSuchWebhook`], [`WebhookError::Disabled`], [`WebhookError::NoSuchDelivery`].
pub fn replay_delivery(tx: &Tx, webhook_id: Uuid, id: Uuid) -> Result<Delivery, WebhookError> {
    let of = webhook(tx, webhook_id)?;
    if of.disabled_at.is_some() {
        return Err(WebhookError::Disabled);
    }
    let delivery = sql::delivery(tx, of.key, id)?.ok_or(WebhookError::NoSuchDelivery)?;
    // From here it must succeed.
    sql::replay(tx, &delivery)?;
    tx.audit(|| Note::on("webhook", webhook_id).after(json!({ "replayed": id })));
    tx.tell(WebhookPut);
    sql::delivery(tx, of.key, id)?.ok_or(WebhookError::NoSuchDelivery)
}

/// Takes up to `limit` that are due, each with its address. An attempt is counted before it is made.
///
/// # Errors
/// Only the store's.
pub fn take_due(tx: &Tx, limit: u32) -> Result<Vec<(Delivery, Webhook)>, StoreError> {
    let mut taken = Vec::new();
    for mut delivery in sql::due(tx, limit)? {
        delivery.attempts += 1;
        sql::begin(tx, &delivery, tx.now().plus_ms(wait_ms(delivery.attempts)))?;
        let webhook = sql::webhook_by_key(tx, delivery.webhook)?;
        taken.push((delivery, webhook));
    }
    Ok(taken)
}

/// Is any due?
///
/// # Errors
/// Only the store's.
pub fn any_due(tx: &Tx) -> Result<bool, StoreError> {
    Ok(!sql::due(tx, 1)?.is_empty())
}

/// When the next is due.
///
/// # Errors
/// Only the store's.
pub fn next_due(tx: &Tx) -> Result<Option<Instant>, StoreError> {
    sql::next_due(tx)
}

/// So many messages are given up by one commit.
const GIVEN_UP_PER_COMMIT: u32 = 200;

/// Notes what became of an attempt. Gives whether there is more to give up of an address that is told nothing any more.
///
/// # Errors
/// Only the store's.
pub fn note(tx: &Tx, of: &Delivery, outcome: &Outcome) -> Result<bool, StoreError> {
    match outcome {
        Outcome::Taken => sql::end(tx, of, DeliveryState::Delivered, None)?,
        Outcome::Later(problem) if of.attempts < MOST_ATTEMPTS => {
            return sql::note_problem(tx, of, problem).map(|()| false);
        }
        Outcome::Later(problem) => sql::end(tx, of, DeliveryState::Failed, Some(problem))?,
        Outcome::Gone => {
            let webhook = sql::webhook_by_key(tx, of.webhook)?;
            if webhook.disabled_at.is_none() {
                sql::disable(tx, of.webhook, true)?;
                tx.tell(WebhooksChanged(any(tx)?));
            }
            let given_up = sql::give_up(tx, of.webhook, "the address wants nothing any more", GIVEN_UP_PER_COMMIT)?;
            return Ok(given_up == GIVEN_UP_PER_COMMIT as usize);
        }
    }
    sql::go_on(tx, of.webhook, of.performance)?;
    Ok(false)
}

/// Forgets up to `limit` deliveries that ended so many seconds ago, and as many messages that nobody is told any more. Gives how
/// many rows that were.
///
/// # Errors
/// Only the store's.
pub fn sweep(tx: &Tx, keep_seconds: u32, limit: u32) -> Result<usize, StoreError> {
    let before = tx.now().plus_ms(-i64::from(keep_seconds) * 1000);
    Ok(sql::delete_done(tx, before, limit)? + sql::delete_told(tx, before, limit)?)
}
