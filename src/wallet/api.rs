//! Balances over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::clock::Instant;
use crate::config::TopUpBy;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::security::{self, BuyerAuth, TokenAuth};
use crate::http::{Code, Problem, Reply, reply};
use crate::idempotency;
use crate::ids::PostingKey;
use crate::money::Amount;
use crate::operator::api::Tag;
use crate::wallet::WalletError;
use crate::wallet::domain::{self, Chain, Posting, PostingKind};

/// What you have
#[derive(Object, Serialize)]
struct BalanceView {
    /// In minor units
    balance: Amount,
    /// ISO 4217
    currency: String,
}

/// How much to add
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
pub struct TopUpRequest {
    /// In minor units, 1 or more
    pub amount: Amount,
}

impl Example for TopUpRequest {
    fn example() -> Self {
        Self { amount: Amount(300_000) }
    }
}

/// A top-up
#[derive(Object, Serialize)]
pub struct TopUpView {
    /// The posting
    posting_id: String,
    /// What was added
    amount: Amount,
    /// The balance after it
    balance: Amount,
}

impl TopUpView {
    /// From its posting.
    pub fn new(posting: &Posting) -> Self {
        Self { posting_id: posting.key.0.to_string(), amount: posting.amount, balance: posting.balance_after }
    }
}

/// A line of your balance's history
#[derive(Object, Serialize)]
struct PostingView {
    /// The posting
    id: String,
    /// Why
    kind: PostingKind,
    /// By how much; negative for a payment
    amount: Amount,
    /// The balance after it
    balance: Amount,
    /// When
    posted_at: Instant,
}

/// Your balance's history, newest first
#[derive(Object, Serialize)]
struct PostingsView {
    /// The postings
    postings: Vec<PostingView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Reads a cursor over postings as clients send it.
///
/// # Errors
/// [`Code::InvalidField`].
pub fn parse_cursor(cursor: Option<String>) -> Result<Option<PostingKey>, Problem> {
    let parse = |cursor: String| cursor.parse().map(PostingKey).map_err(|_| WalletError::NoSuchCursor.into());
    cursor.map(parse).transpose()
}

/// A page's length as clients ask for it.
///
/// # Errors
/// [`Code::InvalidField`] unless 1 ≤ limit ≤ the largest page.
pub fn page_length(app: &App, limit: Option<u32>) -> Result<u32, Problem> {
    let most = app.limits.page;
    match limit {
        None => Ok(most),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::new(Code::InvalidField, format!("limit must be 1 to {most}."))),
    }
}

/// Balances.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Wallet")]
impl Api {
    /// Show your balance
    ///
    /// What you can spend now. The session shows it at any time, the queue token during the visit.
    #[oai(path = "/balance", method = "get", operation_id = "balance")]
    async fn balance(&self, app: Data<&Arc<App>>, auth: BuyerAuth) -> Result<Reply<BalanceView, 200>, Problem> {
        let user = security::buyer(&app, auth).await?;
        let balance = app.store.read(move |tx| domain::wallet(tx, user)).await?.balance;
        Ok(reply(&BalanceView { balance, currency: app.config.currency.clone() }))
    }

    /// List your balance's history
    ///
    /// Every change of the balance, newest first.
    #[oai(path = "/balance/postings", method = "get", operation_id = "list_postings")]
    async fn list_postings(
        &self,
        app: Data<&Arc<App>>,
        auth: BuyerAuth,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Postings on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<PostingsView, 200>, Problem> {
        let user = security::buyer(&app, auth).await?;
        let (cursor, limit) = (parse_cursor(cursor.0)?, page_length(&app, limit.0)?);
        let (postings, next) = app.store.read(move |tx| domain::postings(tx, user, Chain::All, cursor, limit)).await?;
        let next_cursor = next.map(|next| next.0.to_string());
        let view = |posting: Posting| PostingView {
            id: posting.key.0.to_string(),
            kind: posting.kind,
            amount: posting.amount,
            balance: posting.balance_after,
            posted_at: posting.posted_at,
        };
        Ok(reply(&PostingsView { postings: postings.into_iter().map(view).collect(), next_cursor }))
    }

    /// Top up your balance
    ///
    /// Adds money, where the operator lets buyers do so themselves.
    #[oai(path = "/balance/top-ups", method = "post", operation_id = "top_up")]
    async fn top_up(
        &self,
        app: Data<&Arc<App>>,
        auth: TokenAuth,
        body: Json<TopUpRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<TopUpView, 201>, Problem> {
        if app.config.top_up_by == TopUpBy::Operator {
            return Err(Problem::new(Code::TopUpForbidden, "Ask at the counter."));
        }
        let once = idempotent::request(&app, key, "top_up", &body.0)?;
        let line = security::line_of(&app, &auth.0)?;
        security::refuse_waiting(&app, &line, &auth.0)?;
        let (amount, largest) = (body.0.amount, Amount(app.limits.largest_top_up));
        let answer = app
            .store
            .write(move |tx| {
                let (user, visit) = security::visitor(tx, &line, &auth.0)?;
                idempotency::once(tx, once.as_ref(), Some(user), || {
                    let posting = domain::top_up(tx, visit?.user, amount, largest)?;
                    Ok::<_, Problem>(TopUpView::new(&posting))
                })
            })
            .await?;
        Ok(answer.into())
    }
}

impl From<WalletError> for Problem {
    fn from(error: WalletError) -> Self {
        match error {
            WalletError::AmountOutOfRange(largest) => {
                Self::new(Code::InvalidField, format!("amount must be between 1 and {}.", largest.0))
            }
            WalletError::BalanceTooLarge => Self::new(Code::BalanceTooLarge, "Top up less."),
            WalletError::Insufficient { balance, needed } => {
                Self::new(Code::InsufficientBalance, "Top up and pay again; your seats are still held.")
                    .with("balance", json!(balance))
                    .with("needed", json!(needed))
            }
            WalletError::NoSuchCursor => {
                Self::new(Code::InvalidField, "cursor must be the `next_cursor` of the page before.")
            }
            WalletError::Store(error) => error.into(),
        }
    }
}
