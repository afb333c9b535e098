//! Webhooks at the desk.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, NoContent, Problem, Reply, Tag, Text, page, reply};
use crate::idempotency;
use crate::office::Office;
use crate::staff::{Manage, Staff};
use crate::store::Tx;
use crate::webhook::domain::{self, WebhookError};
use crate::webhook::record::{Delivery, DeliveryState, Event, Webhook};

/// Whom to tell of what
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct WebhookRequest {
    /// The address: https, of the public network
    url: Text,
    /// What it is told of
    events: Vec<Event>,
}

impl Example for WebhookRequest {
    fn example() -> Self {
        let events = vec![Event::PaymentCompleted, Event::PaymentRefunded];
        Self { url: "https://hall.example/hooks/boxoffice".into(), events }
    }
}

/// An address that is told
#[derive(Object, Serialize)]
struct WebhookView {
    /// The webhook
    id: Uuid,
    /// The address
    url: String,
    /// What it is told of
    events: Vec<Event>,
    /// When it was named
    made_at: Instant,
    /// When it was told for the last time, if it answered 410
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<Instant>,
}

/// A webhook with its secret
#[derive(Object, Serialize)]
struct NewWebhookView {
    /// The webhook
    webhook: WebhookView,
    /// What its messages are signed with (Standard Webhooks). It is shown once
    secret: String,
}

/// All webhooks
#[derive(Object, Serialize)]
struct WebhooksView {
    /// The webhooks, in the order in which they were named
    webhooks: Vec<WebhookView>,
}

/// A message to an address
#[derive(Object, Serialize)]
struct DeliveryView {
    /// The message: its `webhook-id`, the same however often it is sent
    id: Uuid,
    /// What it tells
    event: Event,
    /// What became of it
    state: DeliveryState,
    /// How often it was tried
    attempts: u32,
    /// When it was written
    made_at: Instant,
    /// When it is tried next; not there while others of its performance go before it
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Instant>,
    /// When it was delivered or given up
    #[serde(skip_serializing_if = "Option::is_none")]
    done_at: Option<Instant>,
    /// Why the last attempt failed
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// What is sent, as JSON
    body: String,
}

/// Messages to an address, newest first
#[derive(Object, Serialize)]
struct DeliveriesView {
    /// The messages
    deliveries: Vec<DeliveryView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl From<Webhook> for WebhookView {
    fn from(of: Webhook) -> Self {
        let Webhook { id, url, events, made_at, disabled_at, .. } = of;
        Self { id, url, events, made_at, disabled_at }
    }
}

impl From<Webhook> for NewWebhookView {
    fn from(of: Webhook) -> Self {
        let secret = of.secret.clone();
        Self { webhook: of.into(), secret }
    }
}

impl From<Delivery> for DeliveryView {
    fn from(of: Delivery) -> Self {
        let Delivery { id, event, state, attempts, made_at, next_at, done_at, problem, body, .. } = of;
        Self { id, event, state, attempts, made_at, next_at, done_at, problem, body }
    }
}

/// Webhooks.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Name a webhook
    ///
    /// An address that is told what happens here, by POST, signed as Standard Webhooks are: in order for each performance,
    /// tried again for three days. One that answers 410 is told nothing any more.
    #[oai(path = "/webhooks", method = "post", operation_id = "create_webhook")]
    async fn create_webhook(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        body: Body<WebhookRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<NewWebhookView, 201>, Problem> {
        let once = auth.own(idempotent::request(&office, key, "create_webhook", &body.0)?);
        let url = domain::clean_url(&body.0.url.0, office.config.webhooks_to_private)?;
        let mut events = body.0.events;
        events.sort_unstable();
        events.dedup();
        let make = move |tx: &Tx| {
            // Its secret stands with it, and in no record of answers.
            let (id, replayed) = idempotency::once_without_secret(tx, once.as_ref(), None, || {
                Ok::<_, Problem>(domain::create_webhook(tx, &url, events.clone())?.id)
            })?;
            Ok::<_, Problem>((domain::webhook(tx, id)?, replayed))
        };
        let (made, replayed) = auth.write(&office, "create_webhook", make).await?;
        Ok(reply(&NewWebhookView::from(made)).replayed(replayed))
    }

    /// List webhooks
    ///
    /// All that are named; their secrets are not shown again.
    #[oai(path = "/webhooks", method = "get", operation_id = "list_webhooks")]
    async fn list_webhooks(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
    ) -> Result<Reply<WebhooksView, 200>, Problem> {
        let all = office.store.read(domain::list_webhooks).await?;
        Ok(reply(&WebhooksView { webhooks: all.into_iter().map(WebhookView::from).collect() }))
    }

    /// Take a webhook away
    ///
    /// It is told nothing any more, also of what waits.
    #[oai(path = "/webhooks/:webhook_id", method = "delete", operation_id = "delete_webhook")]
    async fn delete_webhook(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The webhook
        webhook_id: Path<Uuid>,
    ) -> Result<NoContent, Problem> {
        let delete = move |tx: &Tx| domain::delete_webhook(tx, webhook_id.0);
        auth.write(&office, "delete_webhook", delete).await?;
        Ok(NoContent)
    }

    /// Give a webhook another secret
    ///
    /// For a day its messages are signed with the one before too. Repeated with its `Idempotency-Key` it gives no third.
    #[oai(path = "/webhooks/:webhook_id/secrets", method = "post", operation_id = "turn_webhook_secret")]
    async fn turn_webhook_secret(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The webhook
        webhook_id: Path<Uuid>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<NewWebhookView, 201>, Problem> {
        let once = auth.own(idempotent::request(&office, key, format!("turn_webhook_secret {}", webhook_id.0), &())?);
        let turn = move |tx: &Tx| {
            let ((), replayed) = idempotency::once_without_secret(tx, once.as_ref(), None, || {
                domain::turn_webhook_secret(tx, webhook_id.0).map(drop).map_err(Problem::from)
            })?;
            Ok::<_, Problem>((domain::webhook(tx, webhook_id.0)?, replayed))
        };
        let (turned, replayed) = auth.write(&office, "turn_webhook_secret", turn).await?;
        Ok(reply(&NewWebhookView::from(turned)).replayed(replayed))
    }

    /// List a webhook's messages
    ///
    /// What was told, what waits and why, what was given up; newest first.
    #[oai(path = "/webhooks/:webhook_id/deliveries", method = "get", operation_id = "list_deliveries")]
    async fn list_deliveries(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The webhook
        webhook_id: Path<Uuid>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Messages on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<DeliveriesView, 200>, Problem> {
        let (cursor, limit) = (page::cursor(cursor.0)?, page::length(&office, limit.0)?);
        let read = move |tx: &Tx| domain::list_deliveries(tx, webhook_id.0, cursor, limit);
        let (page, next) = office.store.read(read).await?;
        let deliveries = page.into_iter().map(DeliveryView::from).collect();
        Ok(reply(&DeliveriesView { deliveries, next_cursor: next.map(|next| next.to_string()) }))
    }

    /// Send a message again
    ///
    /// The same, at once, whatever became of it; under the same `webhook-id`.
    #[oai(
        path = "/webhooks/:webhook_id/deliveries/:delivery_id/replays",
        method = "post",
        operation_id = "replay_delivery"
    )]
    async fn replay_delivery(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The webhook
        webhook_id: Path<Uuid>,
        /// The message
        delivery_id: Path<Uuid>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<DeliveryView, 202>, Problem> {
        let of = format!("replay_delivery {} {}", webhook_id.0, delivery_id.0);
        let once = idempotent::request(&office, key, of, &())?;
        let replay = move |tx: &Tx| {
            Ok::<_, Problem>(DeliveryView::from(domain::replay_delivery(tx, webhook_id.0, delivery_id.0)?))
        };
        Ok(auth.once(&office, "replay_delivery", once, replay).await?.into())
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            WebhookError::TooMany => Self::of(Code::WebhookLimit),
            WebhookError::NoSuchWebhook => Self::of(Code::WebhookNotFound),
            WebhookError::Disabled => Self::of(Code::WebhookDisabled),
            WebhookError::NoSuchDelivery => Self::of(Code::DeliveryNotFound),
            WebhookError::NoSuchCursor => page::bad_cursor(),
            WebhookError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("create_webhook", &[problems::STAFF, problems::BODY, &[Code::WebhookLimit, Code::IdempotencyKeyReused]]),
    ("list_webhooks", &[problems::STAFF]),
    ("delete_webhook", &[problems::STAFF, &[Code::WebhookNotFound]]),
    (
        "turn_webhook_secret",
        &[problems::STAFF, &[Code::InvalidField, Code::WebhookNotFound, Code::IdempotencyKeyReused]],
    ),
    ("list_deliveries", &[problems::STAFF, &[Code::InvalidField, Code::WebhookNotFound]]),
    (
        "replay_delivery",
        &[
            problems::STAFF,
            &[
                Code::InvalidField,
                Code::WebhookNotFound,
                Code::WebhookDisabled,
                Code::DeliveryNotFound,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
];
