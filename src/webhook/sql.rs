//! The tables `webhook`, `webhook_message` and `webhook_delivery`.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{MessageKey, PerformanceKey, WebhookKey};
use crate::store::{Row, RowResult, StoreError, Tx, params};
use crate::webhook::record::{Delivery, DeliveryState, Event, Webhook};

macro_rules! select_webhook {
    ($rest:literal) => {
        concat!(
            "SELECT webhook_key, id, url, events, secret, old_secret, old_secret_until, made_at, disabled_at FROM webhook ",
            $rest
        )
    };
}

fn read_webhook(row: &Row<'_>) -> RowResult<Webhook> {
    let events: String = row.get(3)?;
    let (old, until): (Option<String>, Option<Instant>) = (row.get(5)?, row.get(6)?);
    let event = |word: &str| Event::ALL.iter().copied().find(|event| event.as_str() == word);
    Ok(Webhook {
        key: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        url: row.get(2)?,
        events: events.split(' ').filter_map(event).collect(),
        secret: row.get(4)?,
        old_secret: old.zip(until),
        made_at: row.get(7)?,
        disabled_at: row.get(8)?,
    })
}

pub(super) fn insert_webhook(tx: &Tx, of: &Webhook) -> Result<WebhookKey, StoreError> {
    let events: Vec<_> = of.events.iter().map(|event| event.as_str()).collect();
    tx.insert(
        "INSERT INTO webhook (id, url, events, secret, made_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![of.id.as_bytes(), of.url, events.join(" "), of.secret, of.made_at],
    )
    .map(WebhookKey)
}

/// Those that were not taken away, in the order in which they were named.
pub(super) fn webhooks(tx: &Tx) -> Result<Vec<Webhook>, StoreError> {
    tx.all(select_webhook!("WHERE is_shown = 1 ORDER BY webhook_key"), [], read_webhook)
}

pub(super) fn webhook(tx: &Tx, id: Uuid) -> Result<Option<Webhook>, StoreError> {
    tx.maybe(select_webhook!("WHERE id = ?1 AND is_shown = 1"), params![id.as_bytes()], read_webhook)
}

pub(super) fn webhook_by_key(tx: &Tx, key: WebhookKey) -> Result<Webhook, StoreError> {
    tx.one(select_webhook!("WHERE webhook_key = ?1"), params![key], read_webhook)
}

pub(super) fn set_secret(tx: &Tx, of: &Webhook, secret: &str, until: Instant) -> Result<(), StoreError> {
    tx.change(
        "UPDATE webhook SET old_secret = secret, old_secret_until = ?3, secret = ?2 WHERE webhook_key = ?1",
        params![of.key, secret, until],
    )
}

pub(super) fn disable(tx: &Tx, key: WebhookKey, is_shown: bool) -> Result<(), StoreError> {
    tx.run(
        "UPDATE webhook SET disabled_at = coalesce(disabled_at, ?2), is_shown = ?3 WHERE webhook_key = ?1",
        params![key, tx.now(), is_shown],
    )?;
    Ok(())
}

pub(super) fn insert_message(
    tx: &Tx,
    event: Event,
    performance: PerformanceKey,
    body: &str,
) -> Result<MessageKey, StoreError> {
    tx.insert(
        "INSERT INTO webhook_message (id, event, performance_key, body, made_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![tx.new_id().as_bytes(), event, performance, body, tx.now()],
    )
    .map(MessageKey)
}

/// Has this been told of a performance?
pub(super) fn was_told(tx: &Tx, event: Event, performance: PerformanceKey) -> Result<bool, StoreError> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM webhook_message WHERE performance_key = ?1 AND event = ?2)",
        params![performance, event],
        |row| row.get(0),
    )
}

/// It is due at once, unless others to the same address go before it.
pub(super) fn insert_delivery(
    tx: &Tx,
    webhook: WebhookKey,
    message: MessageKey,
    performance: PerformanceKey,
) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO webhook_delivery (webhook_key, message_key, performance_key, state, next_at)
         VALUES (?1, ?2, ?3, 'waiting', iif(EXISTS (
           SELECT 1 FROM webhook_delivery WHERE webhook_key = ?1 AND performance_key = ?3 AND state = 'waiting'), NULL, ?4))",
        params![webhook, message, performance, tx.now()],
    )?;
    Ok(())
}

macro_rules! select_delivery {
    ($rest:literal) => {
        concat!(
            "SELECT d.webhook_key, d.message_key, m.id, d.performance_key, m.event, m.body, d.state, d.attempts, d.next_at, \
             m.made_at, d.done_at, d.problem FROM webhook_delivery d JOIN webhook_message m USING (message_key) ",
            $rest
        )
    };
}

fn read_delivery(row: &Row<'_>) -> RowResult<Delivery> {
    Ok(Delivery {
        webhook: row.get(0)?,
        message: row.get(1)?,
        id: Uuid::from_bytes(row.get(2)?),
        performance: row.get(3)?,
        event: row.get(4)?,
        body: row.get(5)?,
        state: row.get(6)?,
        attempts: row.get(7)?,
        next_at: row.get(8)?,
        made_at: row.get(9)?,
        done_at: row.get(10)?,
        problem: row.get(11)?,
    })
}

/// Those whose time has come, the longest due first.
pub(super) fn due(tx: &Tx, limit: u32) -> Result<Vec<Delivery>, StoreError> {
    tx.all(
        select_delivery!(
            "WHERE d.state = 'waiting' AND d.next_at <= ?1 ORDER BY d.next_at, d.message_key LIMIT ?2 + 0"
        ),
        params![tx.now(), limit],
        read_delivery,
    )
}

pub(super) fn next_due(tx: &Tx) -> Result<Option<Instant>, StoreError> {
    tx.one("SELECT min(next_at) FROM webhook_delivery WHERE state = 'waiting' AND next_at IS NOT NULL", [], |row| {
        row.get(0)
    })
}

pub(super) fn begin(tx: &Tx, of: &Delivery, next_at: Instant) -> Result<(), StoreError> {
    tx.change(
        "UPDATE webhook_delivery SET attempts = attempts + 1, next_at = ?3
         WHERE webhook_key = ?1 AND message_key = ?2 AND state = 'waiting'",
        params![of.webhook, of.message, next_at],
    )
}

pub(super) fn end(tx: &Tx, of: &Delivery, state: DeliveryState, problem: Option<&str>) -> Result<(), StoreError> {
    tx.run(
        "UPDATE webhook_delivery SET state = ?3, done_at = ?4, problem = ?5, next_at = NULL
         WHERE webhook_key = ?1 AND message_key = ?2 AND state = 'waiting'",
        params![of.webhook, of.message, state, tx.now(), problem],
    )?;
    Ok(())
}

pub(super) fn note_problem(tx: &Tx, of: &Delivery, problem: &str) -> Result<(), StoreError> {
    tx.run(
        "UPDATE webhook_delivery SET problem = ?3 WHERE webhook_key = ?1 AND message_key = ?2 AND state = 'waiting'",
        params![of.webhook, of.message, problem],
    )?;
    Ok(())
}

/// The first that waits to the same address of the same performance is due, if none is.
pub(super) fn go_on(tx: &Tx, webhook: WebhookKey, performance: PerformanceKey) -> Result<(), StoreError> {
    tx.run(
        "UPDATE webhook_delivery SET next_at = ?3
         WHERE webhook_key = ?1 AND next_at IS NULL AND state = 'waiting' AND message_key = (
           SELECT min(message_key) FROM webhook_delivery
           WHERE webhook_key = ?1 AND performance_key = ?2 AND state = 'waiting')",
        params![webhook, performance, tx.now()],
    )?;
    Ok(())
}

/// Gives up to `limit` that wait to an address up. Gives how many.
pub(super) fn give_up(tx: &Tx, webhook: WebhookKey, problem: &str, limit: u32) -> Result<usize, StoreError> {
    tx.run(
        "UPDATE webhook_delivery SET state = 'failed', done_at = ?3, problem = ?2, next_at = NULL
         WHERE webhook_key = ?1 AND message_key IN (
           SELECT message_key FROM webhook_delivery WHERE webhook_key = ?1 AND state = 'waiting' LIMIT ?4 + 0)",
        params![webhook, problem, tx.now(), limit],
    )
}

pub(super) fn delivery(tx: &Tx, webhook: WebhookKey, id: Uuid) -> Result<Option<Delivery>, StoreError> {
    tx.maybe(select_delivery!("WHERE m.id = ?2 AND d.webhook_key = ?1"), params![webhook, id.as_bytes()], read_delivery)
}

/// Those older than `before`, the newest first.
pub(super) fn deliveries(
    tx: &Tx,
    webhook: WebhookKey,
    before: MessageKey,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    tx.all(
        select_delivery!("WHERE d.webhook_key = ?1 AND d.message_key < ?2 ORDER BY d.message_key DESC LIMIT ?3 + 0"),
        params![webhook, before, limit],
        read_delivery,
    )
}

/// It is told once more, at once.
pub(super) fn replay(tx: &Tx, of: &Delivery) -> Result<(), StoreError> {
    tx.change(
        "UPDATE webhook_delivery SET state = 'waiting', attempts = 0, next_at = ?3, done_at = NULL, problem = NULL
         WHERE webhook_key = ?1 AND message_key = ?2",
        params![of.webhook, of.message, tx.now()],
    )
}

/// Forgets up to `limit` deliveries that ended before then. Gives how many.
pub(super) fn delete_done(tx: &Tx, before: Instant, limit: u32) -> Result<usize, StoreError> {
    tx.run(
        "DELETE FROM webhook_delivery WHERE (webhook_key, message_key) IN (
           SELECT webhook_key, message_key FROM webhook_delivery WHERE done_at <= ?1 LIMIT ?2 + 0)",
        params![before, limit],
    )
}

/// Forgets up to `limit` messages from before then that are to be told to nobody any more, but for those that are told once.
/// Asked by webhook: there are few, while deliveries are many.
pub(super) fn delete_told(tx: &Tx, before: Instant, limit: u32) -> Result<usize, StoreError> {
    tx.run(
        "DELETE FROM webhook_message WHERE message_key IN (
           SELECT m.message_key FROM webhook_message m
           WHERE m.made_at <= ?1 AND m.event <> 'performance_sold_out' AND NOT EXISTS (
             SELECT 1 FROM webhook CROSS JOIN webhook_delivery d USING (webhook_key) WHERE d.message_key = m.message_key)
           LIMIT ?2 + 0)",
        params![before, limit],
    )
}
