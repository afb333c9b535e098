//! Money at the operator's counter.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use crate::account;
use crate::audit::Note;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag};
use crate::office::Office;
use crate::staff::{Sell, Staff};
use crate::store::Tx;
use crate::wallet::WalletError;
use crate::wallet::domain;
use crate::wallet::views::{TopUpRequest, TopUpView};

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
        body: Body<TopUpRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<TopUpView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("top_up_user {}", user_id.0), &body.0)?;
        let amount = body.0.amount;
        let topped_up = move |tx: &Tx| {
            let user = account::domain::find_user(tx, user_id.0)?.ok_or(WalletError::NoSuchUser)?;
            let posting = domain::top_up(tx, user.key, amount)?;
            tx.audit(|| Note::on("user", user_id.0).after(posting.audited()));
            Ok::<_, Problem>(TopUpView::new(&posting))
        };
        Ok(auth.once(&office, "top_up_user", once, topped_up).await?.into())
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[(
    "top_up_user",
    &[problems::STAFF, problems::BODY, &[Code::UserNotFound, Code::BalanceTooLarge, Code::IdempotencyKeyReused]],
)];
