//! Codes at the operator's desk: made in batches, listed with how often they were used, fetched for a mailing, ended.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::clock::Instant;
use crate::code::batch::{Batch, CodeSpec, CodeUses, CodesSpec, Gives, GivesSpec, MOST_CODES};
use crate::code::discount::Worth;
use crate::code::domain;
use crate::code::error::CodeError;
use crate::code::views::CodesCsv;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::version::{Expected, IfMatch, Tagged, tagged};
use crate::http::{Body, Code, NoContent, Problem, Reply, Tag, Text, page, reply};
use crate::ids::{BatchKey, CodeKey};
use crate::money::Amount;
use crate::office::Office;
use crate::paging::cut;
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// What a discount takes off: `amount` or `percent`
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
struct DiscountRequest {
    /// So much of a payment, in minor units
    #[oai(default, skip_serializing_if_is_none)]
    amount: Option<Amount>,
    /// So much of a hundred of each ticket's price
    #[oai(default, skip_serializing_if_is_none)]
    percent: Option<u32>,
    /// The one performance whose tickets it is for; all of the concert unless given
    #[oai(default, skip_serializing_if_is_none)]
    performance_id: Option<Uuid>,
}

/// What a presale gives its bearers
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
struct PresaleRequest {
    /// In which tier of the draw they take part, 1 to 9: tiers are let in one after another, each in an order drawn by
    /// itself, and whoever has no code comes after all of them
    tier: u32,
    /// From when they may join the queue, where that is earlier than everybody may
    #[oai(default, skip_serializing_if_is_none)]
    opens_at: Option<Instant>,
}

/// Codes: what they give is a `discount` or a `presale`, and they are one `code` of your choice or a `quantity` that nobody
/// can guess
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct CodesRequest {
    /// What you call them
    name: Text,
    /// They take something off a payment
    #[oai(default, skip_serializing_if_is_none)]
    discount: Option<DiscountRequest>,
    /// Or they let their bearers join the queue ahead of everybody
    #[oai(default, skip_serializing_if_is_none)]
    presale: Option<PresaleRequest>,
    /// A code: 3 to 40 letters and digits. Case, blanks and dashes do not matter
    #[oai(default, skip_serializing_if_is_none)]
    code: Option<Text>,
    /// Or how many to make, 1 to 5000
    #[oai(default, skip_serializing_if_is_none)]
    quantity: Option<u32>,
    /// How often each may be used: a discount by so many payments, a presale by so many buyers; any number unless given
    #[oai(default, skip_serializing_if_is_none)]
    uses_per_code: Option<u32>,
}

impl Example for CodesRequest {
    fn example() -> Self {
        Self {
            name: "Fan club".into(),
            discount: Some(DiscountRequest { amount: None, percent: Some(15), performance_id: None }),
            presale: None,
            code: None,
            quantity: Some(200),
            uses_per_code: Some(1),
        }
    }
}

/// A number that a rule keeps small; 0, which no rule lets pass, where it is far too large.
fn small(number: u32) -> u8 {
    u8::try_from(number).unwrap_or_default()
}

impl CodesRequest {
    fn spec(&self) -> Result<CodesSpec, Problem> {
        let either = |rule| Problem::new(Code::InvalidField, rule);
        let gives = match (&self.discount, &self.presale) {
            (Some(DiscountRequest { amount, percent, performance_id }), None) => match (amount, percent) {
                (Some(amount), None) => GivesSpec::Discount(Worth::Amount(*amount), *performance_id),
                (None, Some(percent)) => GivesSpec::Discount(Worth::Percent(small(*percent)), *performance_id),
                _ => return Err(either("Send either amount or percent.")),
            },
            (None, Some(PresaleRequest { tier, opens_at })) => GivesSpec::Presale(small(*tier), *opens_at),
            _ => return Err(either("Send either discount or presale.")),
        };
        let codes = match (&self.code, self.quantity) {
            (Some(code), None) => CodeSpec::Chosen(code.0.clone()),
            (None, Some(quantity)) => CodeSpec::Made(quantity),
            _ => return Err(either("Send either code or quantity.")),
        };
        Ok(CodesSpec { name: self.name.0.clone(), gives, uses_per_code: self.uses_per_code, codes })
    }
}

/// What a discount takes off
#[derive(Object, Serialize)]
struct DiscountView {
    /// So much of a payment, in minor units
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    /// So much of a hundred of each ticket's price
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<u8>,
    /// The one performance whose tickets it is for
    #[serde(skip_serializing_if = "Option::is_none")]
    performance_id: Option<Uuid>,
}

/// What a presale gives its bearers
#[derive(Object, Serialize)]
struct PresaleView {
    /// In which tier of the draw they take part
    tier: u8,
    /// From when they may join the queue, where that is earlier than everybody may
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at: Option<Instant>,
}

/// A batch of codes
#[derive(Object, Serialize)]
struct CodeBatchView {
    /// Its id
    id: Uuid,
    /// The concert
    concert_id: Uuid,
    /// What you call it
    name: String,
    /// What its codes take off a payment
    #[serde(skip_serializing_if = "Option::is_none")]
    discount: Option<DiscountView>,
    /// How its codes let in ahead
    #[serde(skip_serializing_if = "Option::is_none")]
    presale: Option<PresaleView>,
    /// How many codes it has
    code_count: u32,
    /// How often each may be used, if that is bounded
    #[serde(skip_serializing_if = "Option::is_none")]
    uses_per_code: Option<u32>,
    /// How often they were used, all together
    uses: i64,
    /// From when on they are taken no more
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Instant>,
}

impl From<&Batch> for CodeBatchView {
    fn from(batch: &Batch) -> Self {
        let (discount, presale) = match batch.gives {
            Gives::Discount(of) => {
                let (amount, percent) = match of.worth {
                    Worth::Amount(amount) => (Some(amount), None),
                    Worth::Percent(percent) => (None, Some(percent)),
                };
                let performance_id = of.performance.map(|(_, id)| id);
                (Some(DiscountView { amount, percent, performance_id }), None)
            }
            Gives::Presale(pass) => (None, Some(PresaleView { tier: pass.tier.0, opens_at: pass.opens_at })),
        };
        Self {
            id: batch.id,
            concert_id: batch.concert_id,
            name: batch.name.clone(),
            discount,
            presale,
            code_count: batch.code_count,
            uses_per_code: batch.uses_per_code,
            uses: batch.uses,
            ended_at: batch.ended_at,
        }
    }
}

/// A concert's batches of codes, newest first
#[derive(Object, Serialize)]
struct CodeBatchesView {
    /// The batches
    code_batches: Vec<CodeBatchView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A code
#[derive(Object, Serialize)]
struct CodeUsesView {
    /// As it is written
    code: String,
    /// How often it was used
    uses: u32,
}

/// A batch's codes, in the order in which they were made
#[derive(Object, Serialize)]
struct CodesView {
    /// The codes
    codes: Vec<CodeUsesView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Codes at the desk.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Make codes
    ///
    /// A batch of them for a concert: one that you choose, or up to 5000 that nobody can guess. Discounts are given at the
    /// payment; presale codes at joining the queue, until its draw.
    #[oai(path = "/concerts/:concert_id/code-batches", method = "post", operation_id = "create_codes")]
    async fn create_codes(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
        body: Body<CodesRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<CodeBatchView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("create_codes {}", concert_id.0), &body.0)?;
        let spec = body.0.spec()?;
        let made = move |tx: &Tx| {
            let batch = domain::create_codes(tx, concert_id.0, &spec)?;
            Ok::<_, CodeError>(CodeBatchView::from(&batch))
        };
        Ok(auth.once(&office, "create_codes", once, made).await?.into())
    }

    /// List a concert's batches of codes
    ///
    /// With how often they were used, newest first.
    #[oai(path = "/concerts/:concert_id/code-batches", method = "get", operation_id = "list_code_batches")]
    async fn list_code_batches(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Batches on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<CodeBatchesView, 200>, Problem> {
        let (before, limit) = (page::cursor(cursor.0)?.map(BatchKey), page::length(&office, limit.0)?);
        let read = office.store.read(move |tx| domain::batches(tx, concert_id.0, before, limit + 1));
        let mut batches = read.await?;
        let next_cursor = cut(&mut batches, limit).map(|last| last.key.0.to_string());
        Ok(reply(&CodeBatchesView { code_batches: batches.iter().map(Into::into).collect(), next_cursor }))
    }

    /// Show a batch of codes
    ///
    /// Its `ETag` is what it is ended with as `If-Match`.
    #[oai(path = "/code-batches/:code_batch_id", method = "get", operation_id = "inspect_code_batch")]
    async fn inspect_code_batch(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The batch
        code_batch_id: Path<Uuid>,
    ) -> Result<Tagged<CodeBatchView>, Problem> {
        let batch = office.store.read(move |tx| domain::batch(tx, code_batch_id.0)).await?;
        Ok(tagged(&CodeBatchView::from(&batch), batch.changed_in))
    }

    /// List a batch's codes
    ///
    /// With how often each was used.
    #[oai(path = "/code-batches/:code_batch_id/codes", method = "get", operation_id = "list_codes")]
    async fn list_codes(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The batch
        code_batch_id: Path<Uuid>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Codes on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<CodesView, 200>, Problem> {
        let (after, limit) = (page::cursor(cursor.0)?.map(CodeKey), page::length(&office, limit.0)?);
        let read = move |tx: &Tx| domain::codes(tx, &domain::batch(tx, code_batch_id.0)?, after, limit + 1);
        let mut codes = office.store.read(read).await?;
        let next_cursor = cut(&mut codes, limit).map(|last| last.key.0.to_string());
        let view = |of: CodeUses| CodeUsesView { code: of.code, uses: of.uses };
        Ok(reply(&CodesView { codes: codes.into_iter().map(view).collect(), next_cursor }))
    }

    /// Fetch a batch's codes as CSV
    ///
    /// All of them, for a mailing.
    #[oai(path = "/code-batches/:code_batch_id/codes.csv", method = "get", operation_id = "export_codes")]
    async fn export_codes(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The batch
        code_batch_id: Path<Uuid>,
    ) -> Result<CodesCsv, Problem> {
        let read = move |tx: &Tx| domain::codes(tx, &domain::batch(tx, code_batch_id.0)?, None, MOST_CODES);
        Ok(CodesCsv::of(&office.store.read(read).await?))
    }

    /// End a batch of codes
    ///
    /// They are taken no more. What was paid with them, and who joined with them, stays.
    #[oai(path = "/code-batches/:code_batch_id", method = "delete", operation_id = "end_codes")]
    async fn end_codes(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The batch
        code_batch_id: Path<Uuid>,
        /// The `ETag` of the version that is to be ended
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<NoContent, Problem> {
        let expected = Expected::new(if_match);
        let write = move |tx: &Tx| {
            let batch = domain::batch(tx, code_batch_id.0)?;
            expected.check(batch.changed_in)?;
            Ok::<_, Problem>(domain::end_codes(tx, &batch)?)
        };
        auth.write(&office, "end_codes", write).await?;
        Ok(NoContent)
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    (
        "create_codes",
        &[
            problems::STAFF,
            problems::BODY,
            &[
                Code::ConcertNotFound,
                Code::PerformanceNotFound,
                Code::PresaleOver,
                Code::CodeTaken,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
    ("list_code_batches", &[problems::STAFF, &[Code::ConcertNotFound, Code::InvalidField]]),
    ("inspect_code_batch", &[problems::STAFF, &[Code::CodeBatchNotFound]]),
    ("list_codes", &[problems::STAFF, &[Code::CodeBatchNotFound, Code::InvalidField]]),
    ("export_codes", &[problems::STAFF, &[Code::CodeBatchNotFound]]),
    ("end_codes", &[problems::STAFF, &[Code::CodeBatchNotFound, Code::ChangedMeanwhile]]),
];
