//! Checkouts at the desk.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::account;
use crate::checkout::domain;
use crate::checkout::error::CheckoutError;
use crate::checkout::record::{Checkout, CheckoutState};
use crate::checkout::views::CheckoutView;
use crate::clock::Instant;
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Reply, Tag, page, reply};
use crate::money::Amount;
use crate::office::Office;
use crate::staff::{Sell, Staff};
use crate::store::Tx;

/// A checkout as the desk sees it
#[derive(Object, Serialize)]
struct DeskCheckoutView {
    /// As its buyer sees it
    #[oai(flatten)]
    #[serde(flatten)]
    checkout: CheckoutView,
    /// Whose
    user_id: Uuid,
    /// Real money, not a test's
    is_live: bool,
    /// What the provider calls it, where that is not its id
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// What is not as it was asked for, if it is disputed: checkout, amount, currency, account, mode; room where the balance
    /// has none
    #[serde(skip_serializing_if = "Option::is_none")]
    mismatch: Option<String>,
    /// When it came to an end
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<Instant>,
    /// How much of it went back through the provider
    refunded: Amount,
}

/// Checkouts, newest first
#[derive(Object, Serialize)]
struct CheckoutsView {
    /// The checkouts
    checkouts: Vec<DeskCheckoutView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn desk_view(tx: &Tx, of: &Checkout) -> Result<DeskCheckoutView, CheckoutError> {
    Ok(DeskCheckoutView {
        checkout: CheckoutView::read(tx, of)?,
        user_id: account::domain::user(tx, of.user)?.map(|user| user.id).unwrap_or_default(),
        is_live: of.is_live,
        reference: of.reference.clone(),
        mismatch: of.mismatch.map(|mismatch| mismatch.as_str().to_owned()),
        settled_at: of.settled_at,
        refunded: of.refunded,
    })
}

/// Checkouts at the desk.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// List checkouts
    ///
    /// Newest first; perhaps only those in one state, such as `disputed`: money that came otherwise than it was asked for, for
    /// somebody to look at. Nothing of it was credited.
    #[oai(path = "/checkouts", method = "get", operation_id = "list_checkouts")]
    async fn list_checkouts(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// Only those in this state
        state: Query<Option<CheckoutState>>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Checkouts on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<CheckoutsView, 200>, Problem> {
        let (cursor, limit) = (page::cursor(cursor.0)?, page::length(&office, limit.0)?);
        let read = move |tx: &Tx| {
            let (checkouts, next) = domain::list_checkouts(tx, state.0, cursor, limit)?;
            let checkouts = checkouts.iter().map(|of| desk_view(tx, of)).collect::<Result<_, _>>()?;
            Ok::<_, CheckoutError>(CheckoutsView { checkouts, next_cursor: next.map(|next| next.to_string()) })
        };
        Ok(reply(&office.store.read(read).await?))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[("list_checkouts", &[problems::STAFF, &[Code::InvalidField]])];
