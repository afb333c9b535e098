//! One's own data over HTTP: all of it, and taking it away.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::account::auth::{self, SessionAuth};
use crate::account::{self, User};
use crate::buyer::domain;
use crate::clock::Instant;
use crate::http::problems::{self, Problems};
use crate::http::{Code, NoContent, Problem, Reply, Tag, reply};
use crate::money::Amount;
use crate::office::Office;
use crate::payment::{Payment, Ticket, TicketCodes};
use crate::store::Tx;
use crate::wallet::{Posting, PostingKind};

/// Your account
#[derive(Object, Serialize)]
struct AccountView {
    /// Its id
    id: Uuid,
    /// Name
    name: String,
    /// E-mail address, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Is it known that the address is yours?
    is_email_confirmed: bool,
    /// In which language you are written to, if that was said
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    /// By what the venue's own site knows you, if it made the account
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
}

impl From<User> for AccountView {
    fn from(user: User) -> Self {
        let is_email_confirmed = user.confirmed_at.is_some();
        let User { id, name, email, language, external_id, .. } = user;
        Self { id, name, email, is_email_confirmed, language, external_id }
    }
}

/// A session of yours
#[derive(Object, Serialize)]
struct ExportedSessionView {
    /// When it was opened
    created_at: Instant,
    /// When it ends
    expires_at: Instant,
}

/// A line of your balance's history
#[derive(Object, Serialize)]
struct ExportedPostingView {
    /// Why
    kind: PostingKind,
    /// By how much
    amount: Amount,
    /// The balance after it
    balance: Amount,
    /// When
    posted_at: Instant,
}

/// A payment of yours
#[derive(Object, Serialize)]
struct ExportedPaymentView {
    /// The payment
    id: Uuid,
    /// What was paid
    amount: Amount,
    /// When
    paid_at: Instant,
    /// The codes of its tickets; show_ticket tells what each is for
    tickets: Vec<String>,
}

/// What this box office knows of you
#[derive(Object, Serialize)]
struct AccountExportView {
    /// The account
    account: AccountView,
    /// Where you are logged in
    sessions: Vec<ExportedSessionView>,
    /// Your balance's history, newest first: 1000 lines; list_postings has all
    postings: Vec<ExportedPostingView>,
    /// Your payments, newest first: 1000; list_payments has all
    payments: Vec<ExportedPaymentView>,
}

/// One's own data.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Account")]
impl Api {
    /// Show your account
    ///
    /// Name, address, language.
    #[oai(path = "/account", method = "get", operation_id = "show_account")]
    async fn show_account(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
    ) -> Result<Reply<AccountView, 200>, Problem> {
        Ok(reply(&AccountView::from(auth::session_user(&office, auth.0).await?)))
    }

    /// Delete your account
    ///
    /// Name, address, password and sessions are gone at once. Payments and tickets stay, without a name; a ticket still opens
    /// the door by its code. Money on the balance must be paid out first, or be given up.
    #[oai(path = "/account", method = "delete", operation_id = "delete_account")]
    async fn delete_account(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// True: what is on the balance may stay with the venue
        give_up_balance: Query<Option<bool>>,
    ) -> Result<NoContent, Problem> {
        let delete = move |tx: &Tx| {
            let user = auth::user(tx, auth.0)?;
            Ok::<_, Problem>(domain::delete_account(tx, &user, give_up_balance.0.unwrap_or_default())?)
        };
        office.store.write(delete).await?;
        Ok(NoContent)
    }

    /// Export your data
    ///
    /// Account, sessions, balance and payments, in one document.
    #[oai(path = "/account/export", method = "get", operation_id = "export_account")]
    async fn export_account(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
    ) -> Result<Reply<AccountExportView, 200>, Problem> {
        let read = move |tx: &Tx| {
            let user = auth::user(tx, auth.0)?;
            let (sessions, (postings, payments)) =
                (account::own::list_sessions(tx, &user)?, domain::export(tx, user.key)?);
            Ok::<_, Problem>((user, sessions, postings, payments))
        };
        let (user, sessions, postings, payments) = office.store.read(read).await?;
        let codes = office.part::<TicketCodes>();
        let session = |session: &account::Session| ExportedSessionView {
            created_at: session.created_at,
            expires_at: session.expires_at,
        };
        let posting = |posting: &Posting| ExportedPostingView {
            kind: posting.kind,
            amount: posting.amount,
            balance: posting.balance_after,
            posted_at: posting.posted_at,
        };
        let payment = |payment: &Payment| {
            let code = |ticket: &Ticket| codes.code(ticket, payment.id);
            let tickets = payment.tickets.iter().filter(|ticket| ticket.holder.is_none()).map(code).collect();
            ExportedPaymentView { id: payment.id, amount: payment.amount, paid_at: payment.paid_at, tickets }
        };
        Ok(reply(&AccountExportView {
            account: user.into(),
            sessions: sessions.iter().map(session).collect(),
            postings: postings.iter().map(posting).collect(),
            payments: payments.iter().map(payment).collect(),
        }))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("show_account", &[problems::SESSION]),
    ("delete_account", &[problems::SESSION, &[Code::BalanceLeft]]),
    ("export_account", &[problems::SESSION]),
];
