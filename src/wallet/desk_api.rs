//! Money at the operator's counter.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::account;
use crate::audit::Note;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, Text};
use crate::money::{Amount, LARGEST};
use crate::office::Office;
use crate::staff::{Manage, Sell, Staff};
use crate::store::Tx;
use crate::text;
use crate::wallet::WalletError;
use crate::wallet::domain;
use crate::wallet::posting::Means;
use crate::wallet::views::TopUpView;

/// Money taken at the counter
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct CounterTopUpRequest {
    /// In minor units, 1 or more
    amount: Amount,
    /// In which form; cash unless given
    #[oai(default, skip_serializing_if_is_none)]
    means: Option<Means>,
}

impl Example for CounterTopUpRequest {
    fn example() -> Self {
        Self { amount: Amount(300_000), means: Some(Means::Cash) }
    }
}

/// Money paid out at the counter
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct PayOutRequest {
    /// In minor units, 1 or more
    amount: Amount,
    /// In which form; cash unless given
    #[oai(default, skip_serializing_if_is_none)]
    means: Option<Means>,
    /// Why
    note: Text,
}

impl Example for PayOutRequest {
    fn example() -> Self {
        Self { amount: Amount(50_000), means: None, note: "Account closed".into() }
    }
}

/// What is put right of a balance
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct BalanceCorrectionRequest {
    /// By how much, in minor units; negative for less
    amount: Amount,
    /// Why
    note: Text,
}

impl Example for BalanceCorrectionRequest {
    fn example() -> Self {
        Self { amount: Amount(-10_000), note: "Topped up twice by mistake".into() }
    }
}

fn clean_note(note: &Text) -> Result<String, Problem> {
    text::name(&note.0).map_err(|rule| Problem::new(Code::InvalidField, format!("note {rule}.")))
}

fn check_amount(amount: Amount, least: i64) -> Result<(), Problem> {
    if amount.0 < least || amount.0 > LARGEST.0 || amount.0 == 0 {
        return Err(Problem::new(Code::InvalidField, format!("amount must be {least} to {}, and not 0.", LARGEST.0)));
    }
    Ok(())
}

/// The counter.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Top up a buyer's balance
    ///
    /// Money taken at the counter.
    #[oai(path = "/users/:user_id/top-ups", method = "post", operation_id = "top_up_user")]
    async fn top_up_user(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        /// The buyer
        user_id: Path<Uuid>,
        body: Body<CounterTopUpRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<TopUpView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("top_up_user {}", user_id.0), &body.0)?;
        let (amount, means) = (body.0.amount, body.0.means.unwrap_or(Means::Cash));
        let topped_up = move |tx: &Tx| {
            let user = account::domain::find_user(tx, user_id.0)?.ok_or(WalletError::NoSuchUser)?;
            let posting = domain::top_up(tx, user.key, amount, Some(means))?;
            tx.audit(|| Note::on("user", user_id.0).after(posting.audited()));
            Ok::<_, Problem>(TopUpView::new(&posting))
        };
        Ok(auth.once(&office, "top_up_user", once, topped_up).await?.into())
    }

    /// Pay a balance out
    ///
    /// Or a part of it, at the counter.
    #[oai(path = "/users/:user_id/pay-outs", method = "post", operation_id = "pay_out")]
    async fn pay_out(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        /// The buyer
        user_id: Path<Uuid>,
        body: Body<PayOutRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<TopUpView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("pay_out {}", user_id.0), &body.0)?;
        let (amount, means, note) = (body.0.amount, body.0.means.unwrap_or(Means::Cash), clean_note(&body.0.note)?);
        check_amount(amount, 1)?;
        let paid_out = move |tx: &Tx| {
            let user = account::domain::find_user(tx, user_id.0)?.ok_or(WalletError::NoSuchUser)?;
            let posting = domain::pay_out(tx, user.key, amount, means)?;
            domain::note(tx, &posting, &note)?;
            tx.audit(|| Note::on("user", user_id.0).after(posting.audited()));
            Ok::<_, Problem>(TopUpView::new(&posting))
        };
        Ok(auth.once(&office, "pay_out", once, paid_out).await?.into())
    }

    /// Correct a balance
    ///
    /// Up or down, with the reason. It never goes below zero.
    #[oai(path = "/users/:user_id/corrections", method = "post", operation_id = "correct_balance")]
    async fn correct_balance(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The buyer
        user_id: Path<Uuid>,
        body: Body<BalanceCorrectionRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<TopUpView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("correct_balance {}", user_id.0), &body.0)?;
        let (amount, note) = (body.0.amount, clean_note(&body.0.note)?);
        check_amount(amount, -LARGEST.0)?;
        let corrected = move |tx: &Tx| {
            let user = account::domain::find_user(tx, user_id.0)?.ok_or(WalletError::NoSuchUser)?;
            let posting = domain::correct(tx, user.key, amount, &note)?;
            tx.audit(|| Note::on("user", user_id.0).after(posting.audited()));
            Ok::<_, Problem>(TopUpView::new(&posting))
        };
        Ok(auth.once(&office, "correct_balance", once, corrected).await?.into())
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    (
        "top_up_user",
        &[problems::STAFF, problems::BODY, &[Code::UserNotFound, Code::BalanceTooLarge, Code::IdempotencyKeyReused]],
    ),
    (
        "pay_out",
        &[problems::STAFF, problems::BODY, &[Code::UserNotFound, Code::BalanceTooSmall, Code::IdempotencyKeyReused]],
    ),
    (
        "correct_balance",
        &[
            problems::STAFF,
            problems::BODY,
            &[Code::UserNotFound, Code::BalanceTooSmall, Code::BalanceTooLarge, Code::IdempotencyKeyReused],
        ],
    ),
];
