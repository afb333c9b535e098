//! Balances over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;

use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Caller, Code, Problem, Reply, Tag, page, reply};
use crate::idempotency;
use crate::ids::PostingKey;
use crate::limiter::What;
use crate::money::Amount;
use crate::office::Office;
use crate::queue::gate::{self, BuyerAuth, TokenAuth};
use crate::terms::TopUpBy;
use crate::wallet::WalletError;
use crate::wallet::domain::{self, Chain};
use crate::wallet::posting::{Posting, PostingKind};
use crate::wallet::views::{TopUpRequest, TopUpView};

/// What you have
#[derive(Object, Serialize)]
struct BalanceView {
    /// In minor units
    balance: Amount,
    /// ISO 4217
    currency: String,
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

/// Balances.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Wallet")]
impl Api {
    /// Show your balance
    ///
    /// What you can spend now. The session shows it at any time, the queue token during the visit.
    #[oai(path = "/balance", method = "get", operation_id = "balance")]
    async fn balance(&self, office: Data<&Arc<Office>>, auth: BuyerAuth) -> Result<Reply<BalanceView, 200>, Problem> {
        let user = gate::buyer(&office, auth).await?;
        let balance = office.store.read(move |tx| domain::wallet(tx, user)).await?.balance;
        Ok(reply(&BalanceView { balance, currency: office.store.terms().currency.code().to_owned() }))
    }

    /// List your balance's history
    ///
    /// Every change of the balance, newest first.
    #[oai(path = "/balance/postings", method = "get", operation_id = "list_postings")]
    async fn list_postings(
        &self,
        office: Data<&Arc<Office>>,
        auth: BuyerAuth,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Postings on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<PostingsView, 200>, Problem> {
        let user = gate::buyer(&office, auth).await?;
        let (cursor, limit) = (page::cursor(cursor.0)?.map(PostingKey), page::length(&office, limit.0)?);
        let (postings, next) =
            office.store.read(move |tx| domain::postings(tx, user, Chain::All, cursor, limit)).await?;
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
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: TokenAuth,
        body: Body<TopUpRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<TopUpView, 201>, Problem> {
        if office.store.terms().top_up_by == TopUpBy::Operator {
            return Err(Problem::of(Code::TopUpForbidden));
        }
        let once = idempotent::request(&office, key, "top_up", &body.0)?;
        let line = gate::line_of(&office, &auth.0)?;
        let lane = gate::refuse_waiting(&office, &line, &auth.0, once.as_ref()).await?;
        caller.spend_with_key(auth.0.sub, What::TopUp, once.as_ref())?;
        let amount = body.0.amount;
        let answer = office
            .store
            .write_from(lane, move |tx| {
                let (user, visit) = gate::visitor(tx, &line, &auth.0)?;
                idempotency::once(tx, once.as_ref(), Some(user), || {
                    let posting = domain::top_up(tx, visit?.user, amount, None)?;
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
            WalletError::NoSuchUser => Self::of(Code::UserNotFound),
            WalletError::AmountOutOfRange(largest) => {
                Self::new(Code::InvalidField, format!("amount must be between 1 and {}.", largest.0))
            }
            WalletError::BalanceTooLarge => Self::of(Code::BalanceTooLarge),
            WalletError::TooLittle(balance) => Self::of(Code::BalanceTooSmall).with("balance", json!(balance)),
            WalletError::TooLong => Self::new(Code::MergeTooLarge, "Two histories of more than 1000 postings."),
            WalletError::NoSuchCursor => page::bad_cursor(),
            WalletError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("balance", &[problems::ADMITTED, &[Code::SessionInvalid]]),
    ("list_postings", &[problems::ADMITTED, &[Code::SessionInvalid, Code::InvalidField]]),
    (
        "top_up",
        &[
            problems::ADMITTED,
            problems::BODY,
            &[Code::TopUpForbidden, Code::BalanceTooLarge, Code::IdempotencyKeyReused],
        ],
    ),
];
