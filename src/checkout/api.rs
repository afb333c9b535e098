//! Checkouts over HTTP: the buyer's side, and what providers tell.

use std::collections::BTreeMap;
use std::sync::Arc;

use poem::Request;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::account::auth::{self, SessionAuth};
use crate::checkout::domain::{self, Then, Wanted};
use crate::checkout::error::CheckoutError;
use crate::checkout::providers::{Begin, Hint, Notice, ProviderError, Providers};
use crate::checkout::record::{Checkout, CheckoutState, ProviderName};
use crate::checkout::settle;
use crate::checkout::views::CheckoutView;
use crate::code;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Caller, Code, NoContent, Problem, Reply, Tag, Text, page, reply};
use crate::idempotency;
use crate::limiter::What;
use crate::money::{Amount, LARGEST};
use crate::office::Office;
use crate::outbound::Outbound;
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::views::parse_seat_ids;
use crate::store::Tx;

/// What is paid for as soon as the money is there
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
struct ThenPayRequest {
    /// The concert
    concert_id: Uuid,
    /// Seats that you hold there; unless given, all that the waitlist offers to you
    #[oai(default, skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    seat_ids: Option<Vec<Text>>,
    /// What they cost together with all fees and less what the code takes off, as you saw it
    amount: Amount,
    /// A discount code
    #[oai(default, skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Text>,
}

/// What to pay, and through whom
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct CheckoutRequest {
    /// In minor units, 1 or more
    amount: Amount,
    /// One of the venue's `checkout_providers`; the first of them unless given
    #[oai(default, skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<ProviderName>,
    /// What is paid for as soon as the money is there, if you still hold it; else the money is on your balance
    #[oai(default, skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    then_pay: Option<ThenPayRequest>,
}

impl Example for CheckoutRequest {
    fn example() -> Self {
        Self { amount: Amount(260_000), provider: None, then_pay: None }
    }
}

/// What came back with the buyer
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct ReturnRequest {
    /// The parameters of the address that the provider sent you to, as they are; nothing of them is believed
    parameters: BTreeMap<String, Text>,
}

impl Example for ReturnRequest {
    fn example() -> Self {
        Self { parameters: BTreeMap::from([("paymentKey".to_owned(), "tviva20261123".into())]) }
    }
}

/// So many parameters may come back, and so long may each be.
const MOST_PARAMETERS: usize = 64;
const LONGEST_PARAMETER: usize = 1000;

fn wanted(office: &Office, body: CheckoutRequest) -> Result<Wanted, Problem> {
    let provider = office.part::<Providers>().find(body.provider).ok_or(CheckoutError::NoSuchProvider)?;
    let then = match body.then_pay {
        None => None,
        Some(then) => {
            if then.amount < Amount(0) || then.amount > LARGEST {
                let detail = format!("then_pay.amount must be 0 to {}.", LARGEST.0);
                return Err(Problem::new(Code::InvalidField, detail));
            }
            let seats = then.seat_ids.map(|seats| parse_seat_ids(&seats, MOST_SEATS)).transpose()?.unwrap_or_default();
            let code = code::views::sent(then.code)?;
            Some(Then { concert: then.concert_id, seats, amount: then.amount, code })
        }
    };
    Ok(Wanted {
        amount: body.amount,
        provider: provider.name,
        account: provider.account.clone(),
        is_live: provider.is_live,
        seconds: office.limits.checkout_seconds,
        then,
    })
}

/// Tells the provider of a checkout that it has not heard of, and gives it as it is then.
async fn begin(office: &Office, of: Checkout) -> Result<Checkout, CheckoutError> {
    if of.state != CheckoutState::Created {
        return Ok(of);
    }
    let (providers, terms) = (office.part::<Providers>(), office.store.terms());
    let provider = providers.find(Some(of.provider)).ok_or(CheckoutError::NoSuchProvider)?;
    let public_url = office.config.mail.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
    let begin = Begin {
        id: of.id,
        amount: of.amount,
        currency: of.currency.clone(),
        title: terms.name.clone(),
        return_url: format!("{public_url}/?checkout={}", of.id),
        ends_at: of.ends_at,
        now: office.wall(),
    };
    let id = of.id;
    match providers.begin(office.part::<Outbound>(), provider, &begin).await {
        Ok(begun) => office.store.write(move |tx| domain::begun(tx, id, &begun)).await,
        Err(ProviderError::Refused(problem)) => {
            tracing::warn!(checkout = %id, provider = of.provider.as_str(), problem, "a provider refuses a checkout");
            office.store.write(move |tx| domain::refused(tx, id, &problem)).await
        }
        Err(error) => {
            tracing::warn!(checkout = %id, provider = of.provider.as_str(), %error, "a checkout did not begin");
            Err(error.into())
        }
    }
}

async fn view(office: &Office, of: Checkout) -> Result<CheckoutView, Problem> {
    Ok(office.store.read(move |tx| CheckoutView::read(tx, &of)).await?)
}

/// Checkouts.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Wallet")]
impl Api {
    /// Open a checkout
    ///
    /// Money for your balance through a payment provider, also before it is your turn; and, if you say so, the payment for what
    /// you hold as soon as the money is there. Send the browser to `redirect_url`. Repeat it with the same `Idempotency-Key`
    /// when no answer came, or `provider_silent`: there will be one checkout.
    #[oai(path = "/balance/checkouts", method = "post", operation_id = "open_checkout")]
    async fn open_checkout(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: SessionAuth,
        body: Body<CheckoutRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<CheckoutView, 201>, Problem> {
        let once = idempotent::request(&office, key, "open_checkout", &body.0)?;
        let account = auth::account_of(&office, &caller, auth.0).await?;
        let wanted = wanted(&office, body.0)?;
        caller.spend_with_key(account, What::TopUp, once.as_ref())?;
        let open = move |tx: &Tx| {
            let user = auth::user(tx, auth.0)?.key;
            let (id, replayed) = idempotency::once_without_secret(tx, once.as_ref(), Some(user), || {
                Ok::<_, Problem>(domain::open_checkout(tx, user, &wanted)?.id)
            })?;
            Ok::<_, Problem>((domain::checkout(tx, id)?, replayed))
        };
        let (opened, replayed) = office.store.write(open).await?;
        let begun = begin(&office, opened).await?;
        Ok(reply(&view(&office, begun).await?).replayed(replayed))
    }

    /// Show a checkout
    ///
    /// Where a checkout of yours stands. Somebody else's looks as if it were not there.
    #[oai(path = "/balance/checkouts/:checkout_id", method = "get", operation_id = "show_checkout")]
    async fn show_checkout(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The checkout
        checkout_id: Path<Uuid>,
    ) -> Result<Reply<CheckoutView, 200>, Problem> {
        let user = auth::session_user(&office, auth.0).await?.key;
        let read = move |tx: &Tx| {
            let of = domain::own_checkout(tx, user, checkout_id.0)?;
            CheckoutView::read(tx, &of)
        };
        Ok(reply(&office.store.read(read).await?))
    }

    /// Come back from a provider
    ///
    /// Asks the provider what became of the checkout. It is asked by itself too; this is sooner.
    #[oai(path = "/balance/checkouts/:checkout_id/return", method = "post", operation_id = "return_checkout")]
    async fn return_checkout(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: SessionAuth,
        /// The checkout
        checkout_id: Path<Uuid>,
        body: Body<ReturnRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<CheckoutView, 200>, Problem> {
        // It is asked anew each time, and settled once: nothing has to be recorded for a repeat.
        idempotent::request(&office, key, "return_checkout", &body.0)?;
        let parameters = body.0.parameters;
        let too_long = |(name, value): (&String, &Text)| name.len().max(value.0.len()) > LONGEST_PARAMETER;
        if parameters.len() > MOST_PARAMETERS || parameters.iter().any(too_long) {
            let detail = format!("parameters must be {MOST_PARAMETERS} at most, of {LONGEST_PARAMETER} bytes.");
            return Err(Problem::new(Code::InvalidField, detail));
        }
        let user = auth::session_user(&office, auth.0).await?;
        caller.spend_of(user.id, What::TopUp)?;
        let (id, key) = (checkout_id.0, user.key);
        office.store.read(move |tx| domain::own_checkout(tx, key, id)).await?;
        let parameters = parameters.into_iter().map(|(name, value)| (name, value.0)).collect();
        let settled = settle::returned(&office, id, &Hint { parameters, ..Hint::default() }).await?;
        Ok(reply(&view(&office, settled).await?))
    }

    /// Tell of a checkout
    ///
    /// For payment providers: a notice in the provider's own form, signed as it signs them. Whatever it says, the provider is
    /// asked; one about nothing that is known here is taken. Repeats are made one by the provider's own id of what they tell of:
    /// an `Idempotency-Key` does nothing here and is refused.
    #[oai(path = "/webhooks/:provider", method = "post", operation_id = "hear_provider")]
    async fn hear_provider(
        &self,
        office: Data<&Arc<Office>>,
        request: &Request,
        /// The provider
        provider: Path<String>,
        body: Vec<u8>,
    ) -> Result<NoContent, Problem> {
        // Not ignored: whoever sends one would believe that it joins repeats together.
        if request.headers().contains_key(&idempotent::HEADER) {
            return Err(Problem::of(Code::IdempotencyKeyUseless));
        }
        let header = |name: &str| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
        let notice = Notice { header: &header, body: &body, now: office.wall() };
        settle::hear(&office, &provider, &notice).await?;
        Ok(NoContent)
    }
}

impl From<CheckoutError> for Problem {
    fn from(error: CheckoutError) -> Self {
        match error {
            CheckoutError::NoSuchProvider => Self::of(Code::ProviderNotFound),
            CheckoutError::NotGenuine => Self::of(Code::NoticeNotGenuine),
            CheckoutError::AmountOutOfRange(largest) => {
                Self::new(Code::InvalidField, format!("amount must be between 1 and {}.", largest.0))
            }
            CheckoutError::NoSuchCheckout => Self::of(Code::CheckoutNotFound),
            CheckoutError::NoSuchCursor => page::bad_cursor(),
            CheckoutError::Silent(_) => Self::of(Code::ProviderSilent).retry_after(5),
            CheckoutError::Catalog(error) => error.into(),
            CheckoutError::Wallet(error) => error.into(),
            CheckoutError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    (
        "open_checkout",
        &[
            problems::SESSION,
            problems::BODY,
            &[
                Code::ProviderNotFound,
                Code::ConcertNotFound,
                Code::SeatNotFound,
                Code::BalanceTooLarge,
                Code::ProviderSilent,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
    ("show_checkout", &[problems::SESSION, &[Code::CheckoutNotFound]]),
    ("return_checkout", &[problems::SESSION, problems::BODY, &[Code::CheckoutNotFound]]),
    ("hear_provider", &[&[Code::ProviderNotFound, Code::NoticeNotGenuine, Code::ProviderSilent]]),
];
