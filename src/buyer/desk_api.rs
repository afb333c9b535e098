//! Buyers at the desk.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::account::buyers::{self, Correction, NewMember};
use crate::account::{self, User};
use crate::audit::Note;
use crate::buyer::BuyerError;
use crate::buyer::domain::{self, Wanted};
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::version::{Expected, IfMatch, Tagged, tagged};
use crate::http::{Body, Code, Problem, Reply, Tag, Text, page, reply};
use crate::idempotency;
use crate::ids::TicketKey;
use crate::money::Amount;
use crate::office::Office;
use crate::payment::{Payment, PaymentError, ShownCode, TicketCodes};
use crate::staff::{Sell, Staff};
use crate::store::Tx;
use crate::terms::Languages;

/// A member of the venue's own site
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct UserRequest {
    /// By what the venue's own site knows them
    external_id: Text,
    /// What to call them
    name: Text,
    /// Their e-mail address, if they may be written to
    #[oai(default, skip_serializing_if_is_none)]
    email: Option<Text>,
    /// In which language to write to them (BCP 47); the venue's first unless given
    #[oai(default, skip_serializing_if_is_none)]
    language: Option<Text>,
}

impl Example for UserRequest {
    fn example() -> Self {
        Self { external_id: "member-4711".into(), name: "Member".into(), email: None, language: Some("en".into()) }
    }
}

/// What is corrected of an account. What is left out stays as it is
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct CorrectionRequest {
    /// The e-mail address
    #[oai(default, skip_serializing_if_is_none)]
    email: Option<Text>,
    /// The name
    #[oai(default, skip_serializing_if_is_none)]
    name: Option<Text>,
    /// The language (BCP 47)
    #[oai(default, skip_serializing_if_is_none)]
    language: Option<Text>,
}

impl Example for CorrectionRequest {
    fn example() -> Self {
        Self { email: Some("buyer@example.org".into()), name: None, language: None }
    }
}

/// Which account is made one with this one
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct MergeRequest {
    /// The account that goes
    from_user_id: Uuid,
    /// True: its e-mail address is taken in place of this one's
    #[oai(default, skip_serializing_if_is_none)]
    take_address: Option<bool>,
}

impl Example for MergeRequest {
    fn example() -> Self {
        Self { from_user_id: Uuid::nil(), take_address: Some(true) }
    }
}

/// A buyer as the desk sees one
#[derive(Object, Serialize)]
struct BuyerView {
    /// The account
    id: Uuid,
    /// Name
    name: String,
    /// E-mail address, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Is it known that the address is the buyer's?
    is_email_confirmed: bool,
    /// By what the venue's own site knows them, if it made the account
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// In which language to write to them, if that was said
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    /// What is on the balance
    balance: Amount,
}

impl From<(User, Amount)> for BuyerView {
    fn from((user, balance): (User, Amount)) -> Self {
        let is_email_confirmed = user.confirmed_at.is_some();
        let User { id, name, email, external_id, language, .. } = user;
        Self { id, name, email, is_email_confirmed, external_id, language, balance }
    }
}

/// A buyer with the version of the account.
fn tagged_view(of: (User, Amount)) -> Tagged<BuyerView> {
    let changed_in = of.0.changed_in;
    tagged(&BuyerView::from(of), changed_in)
}

/// Buyers who are meant
#[derive(Object, Serialize)]
struct BuyersView {
    /// The buyers
    users: Vec<BuyerView>,
}

/// A session that was opened for a buyer
#[derive(Object, Serialize)]
struct BuyerSessionView {
    /// The account
    user_id: Uuid,
    /// Its session's secret. It is shown once
    secret: String,
    /// When it ends
    expires_at: Instant,
}

/// A name or an address by which the venue's own site knows a member: any text that can be seen.
fn clean_external_id(text: &str) -> Result<String, Problem> {
    let clean = account::domain::clean_name(text);
    clean.map_err(|_| Problem::new(Code::InvalidField, "external_id must have 1 to 100 characters, all to be seen."))
}

fn clean_language(text: Option<Text>) -> Result<Option<String>, Problem> {
    let clean = |text: Text| {
        let languages = Languages::new([&text.0]);
        let refuse = |wanted| Problem::new(Code::InvalidField, format!("language must be {wanted}."));
        Ok(languages.map_err(refuse)?.tags().first().cloned().unwrap_or_default())
    };
    text.map(clean).transpose()
}

fn clean_email(text: Option<Text>) -> Result<Option<String>, Problem> {
    Ok(text.map(|text| account::domain::clean_email(&text.0)).transpose()?)
}

/// The desk's hand on buyers.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Find buyers
    ///
    /// By one of these: the whole e-mail address, the beginning of the name, the venue's own id, or the code of a ticket.
    #[oai(path = "/users", method = "get", operation_id = "find_users")]
    async fn find_users(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// An e-mail address
        email: Query<Option<String>>,
        /// The beginning of a name
        name: Query<Option<String>>,
        /// By what the venue's own site knows them
        external_id: Query<Option<String>>,
        /// A ticket's code
        code: Query<Option<String>>,
        /// Buyers at most
        limit: Query<Option<u32>>,
    ) -> Result<Reply<BuyersView, 200>, Problem> {
        let limit = page::length(&office, limit.0)?;
        let codes = office.part::<TicketCodes>().clone();
        let mut shown = None;
        let wanted = match (email.0, name.0, external_id.0, code.0) {
            (Some(email), None, None, None) => Wanted::Email(account::domain::clean_email(&email)?),
            (None, Some(name), None, None) => Wanted::Name(account::domain::clean_name(&name)?),
            (None, None, Some(id), None) => Wanted::ExternalId(clean_external_id(&id)?),
            (None, None, None, Some(code)) => {
                shown = ShownCode::read(&code);
                Wanted::Ticket(shown.map_or(TicketKey(0), |shown| shown.ticket))
            }
            _ => {
                let rule = "Say one of email, name, external_id and code.";
                return Err(Problem::new(Code::InvalidField, rule));
            }
        };
        let find = move |tx: &Tx| {
            let is_genuine = |payment: &Payment| shown.is_some_and(|shown| codes.is_genuine(&shown, payment));
            domain::find_users(tx, &wanted, is_genuine, limit)
        };
        let found = office.store.read(find).await?;
        Ok(reply(&BuyersView { users: found.into_iter().map(BuyerView::from).collect() }))
    }

    /// Make a buyer
    ///
    /// For a member of the venue's own site: without a password. `open_user_session` lets the site act for them.
    #[oai(path = "/users", method = "post", operation_id = "create_user")]
    async fn create_user(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        body: Body<UserRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<BuyerView, 201>, Problem> {
        let once = auth.own(idempotent::request(&office, key, "create_user", &body.0)?);
        let UserRequest { external_id, name, email, language } = body.0;
        let member = NewMember {
            external_id: clean_external_id(&external_id.0)?,
            name: account::domain::clean_name(&name.0)?,
            email: clean_email(email)?,
            language: clean_language(language)?,
        };
        let create = move |tx: &Tx| {
            // Who it is stands in the account alone: the record of the answer would outlive it.
            let (id, replayed) = idempotency::once_without_secret(tx, once.as_ref(), None, || {
                let id = buyers::create_user(tx, &member)?.id;
                tx.audit(|| Note::on("user", id).after(json!({ "is_member": true })));
                Ok::<_, Problem>(id)
            })?;
            Ok::<_, Problem>((domain::show_user(tx, id)?, replayed))
        };
        let (made, replayed) = auth.write(&office, "create_user", create).await?;
        Ok(reply(&BuyerView::from(made)).replayed(replayed))
    }

    /// Show a buyer
    ///
    /// Account and balance. Its `ETag` is what a correction is sent with as `If-Match`.
    #[oai(path = "/users/:user_id", method = "get", operation_id = "show_user")]
    async fn show_user(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// The buyer
        user_id: Path<Uuid>,
    ) -> Result<Tagged<BuyerView>, Problem> {
        Ok(tagged_view(office.store.read(move |tx| domain::show_user(tx, user_id.0)).await?))
    }

    /// Correct a buyer
    ///
    /// Name, language or address. A new address is not known to be theirs, and links in mails to the old one are dead.
    #[oai(path = "/users/:user_id", method = "patch", operation_id = "correct_user")]
    async fn correct_user(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        /// The buyer
        user_id: Path<Uuid>,
        body: Body<CorrectionRequest>,
        /// The `ETag` of the account that is to be corrected
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Tagged<BuyerView>, Problem> {
        let expected = Expected::new(if_match);
        let CorrectionRequest { email, name, language } = body.0;
        let correction = Correction {
            email: clean_email(email)?,
            name: name.map(|name| account::domain::clean_name(&name.0)).transpose()?,
            language: clean_language(language)?,
        };
        let correct = move |tx: &Tx| {
            expected.check(domain::show_user(tx, user_id.0)?.0.changed_in)?;
            Ok::<_, Problem>(domain::correct_user(tx, user_id.0, &correction)?)
        };
        Ok(tagged_view(auth.write(&office, "correct_user", correct).await?))
    }

    /// Make two accounts one
    ///
    /// This one stays. The other's balance and its history, payments and tickets are this one's from then on, in one commit; its
    /// sessions are over, and so are its places in line and on waitlists. Of two addresses this one's stays unless
    /// `take_address` says otherwise; the one that goes may be signed up with anew. Where this one has none, the other's is taken, with
    /// its password.
    #[oai(path = "/users/:user_id/merges", method = "post", operation_id = "merge_users")]
    async fn merge_users(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        /// The account that stays
        user_id: Path<Uuid>,
        body: Body<MergeRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<BuyerView, 201>, Problem> {
        let into = user_id.0;
        let once = auth.own(idempotent::request(&office, key, format!("merge_users {into}"), &body.0)?);
        let MergeRequest { from_user_id: from, take_address } = body.0;
        let takes_address = take_address.unwrap_or_default();
        let merge = move |tx: &Tx| {
            // Who it is stands in the account alone: the record of the answer would outlive it.
            let ((), replayed) = idempotency::once_without_secret(tx, once.as_ref(), None, || {
                domain::merge_users(tx, into, from, takes_address).map_err(Problem::from)
            })?;
            Ok::<_, Problem>((domain::show_user(tx, into)?, replayed))
        };
        let (merged, replayed) = auth.write(&office, "merge_users", merge).await?;
        Ok(reply(&BuyerView::from(merged)).replayed(replayed))
    }

    /// Open a session of a buyer
    ///
    /// For the venue's own site, on behalf of its member. Repeated with its `Idempotency-Key` it opens another.
    #[oai(path = "/users/:user_id/sessions", method = "post", operation_id = "open_user_session")]
    async fn open_user_session(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        /// The buyer
        user_id: Path<Uuid>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<BuyerSessionView, 201>, Problem> {
        let (id, seconds) = (user_id.0, office.limits.session_seconds);
        let once = auth.own(idempotent::request(&office, key, format!("open_user_session {id}"), &())?);
        let open = move |tx: &Tx| {
            let ((), replayed) = idempotency::once_without_secret(tx, once.as_ref(), None, || {
                domain::require_member(tx, id).map(drop).map_err(Problem::from)
            })?;
            let (_, session) = account::domain::sign_in(tx, id, seconds)?;
            tx.audit(|| Note::on("user", id).after(json!({ "session_expires_at": session.expires_at })));
            Ok::<_, Problem>((session, replayed))
        };
        let (session, replayed) = auth.write(&office, "open_user_session", open).await?;
        let view = BuyerSessionView { user_id: id, secret: session.secret, expires_at: session.expires_at };
        Ok(reply(&view).replayed(replayed))
    }
}

impl From<BuyerError> for Problem {
    fn from(error: BuyerError) -> Self {
        match error {
            BuyerError::NoSuchUser => Self::new(Code::UserNotFound, "GET /v1/operator/users finds buyers.")
                .in_korean("구매자는 GET /v1/operator/users로 찾습니다."),
            BuyerError::NoMember => Self::of(Code::NotAMember),
            BuyerError::BalanceLeft(balance) => Self::of(Code::BalanceLeft).with("balance", json!(balance)),
            BuyerError::TooMuch => Self::new(
                Code::MergeTooLarge,
                "Two accounts with more than 1000 postings or handed-on tickets are not made one at once.",
            ),
            BuyerError::Queue(error) => error.into(),
            BuyerError::Visit(error) => error.into(),
            BuyerError::Waitlist(error) => error.into(),
            BuyerError::Account(error) => error.into(),
            BuyerError::Payment(PaymentError::Store(error)) | BuyerError::Store(error) => error.into(),
            BuyerError::Payment(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("find_users", &[problems::STAFF, &[Code::InvalidField]]),
    (
        "create_user",
        &[
            problems::STAFF,
            problems::BODY,
            &[Code::UserNotFound, Code::EmailTaken, Code::ExternalIdTaken, Code::IdempotencyKeyReused],
        ],
    ),
    ("show_user", &[problems::STAFF, &[Code::UserNotFound]]),
    (
        "correct_user",
        &[problems::STAFF, problems::BODY, &[Code::UserNotFound, Code::ChangedMeanwhile, Code::EmailTaken]],
    ),
    (
        "merge_users",
        &[
            problems::STAFF,
            problems::BODY,
            &[
                Code::UserNotFound,
                Code::ExternalIdTaken,
                Code::MergeTooLarge,
                Code::BalanceTooLarge,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
    (
        "open_user_session",
        &[problems::STAFF, &[Code::InvalidField, Code::UserNotFound, Code::NotAMember, Code::IdempotencyKeyReused]],
    ),
];
