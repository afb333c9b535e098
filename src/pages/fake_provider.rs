//! The built-in payment provider's own page, where a demonstration's buyers choose how their payment goes. It stands where
//! another company's page would: it knows nothing of accounts, and tells the office as a provider does.

use std::sync::Arc;

use askama::Template;
use poem::http::{StatusCode, header};
use poem::web::{Data, Path};
use poem::{Response, handler};
use url::form_urlencoded;
use uuid::Uuid;

use crate::checkout::providers::Conduct;
use crate::checkout::{self, Checkout, ProviderName, Providers};
use crate::http::{Code, Problem};
use crate::office::Office;
use crate::pages::asset::{Bodies, Keep, ours};

#[derive(Template)]
#[template(path = "fake_provider.html")]
struct Page<'a> {
    venue: &'a str,
    amount: i64,
    currency: &'a str,
}

async fn find(office: &Office, id: Uuid) -> Result<Checkout, Problem> {
    let missing = || Problem::new(Code::NotFound, "There is nothing to pay here.");
    office.part::<Providers>().find(Some(ProviderName::Fake)).ok_or_else(missing)?;
    let found = office.store.read(move |tx| checkout::domain::checkout(tx, id)).await?;
    if found.provider == ProviderName::Fake { Ok(found) } else { Err(missing()) }
}

/// The page.
#[handler]
pub(super) async fn show(
    office: Data<&Arc<Office>>,
    id: Path<Uuid>,
    headers: &poem::http::HeaderMap,
) -> poem::Result<Response> {
    let (of, terms) = (find(&office, id.0).await?, office.store.terms());
    let page = Page { venue: &terms.name, amount: of.amount.0, currency: &of.currency };
    let bodies = Bodies::of(page.render().unwrap_or_default().into_bytes());
    Ok(bodies.answer(headers, ours("text/html; charset=utf-8", Keep::Ask)))
}

/// The buyer has chosen.
#[handler]
pub(super) async fn choose(office: Data<&Arc<Office>>, id: Path<Uuid>, body: Vec<u8>) -> poem::Result<Response> {
    let of = find(&office, id.0).await?;
    let chosen = form_urlencoded::parse(&body).find(|(name, _)| name == "conduct").map(|(_, value)| value.into_owned());
    let conduct = Conduct::ALL.iter().copied().find(|conduct| chosen.as_deref() == Some(conduct.as_str()));
    let conduct = conduct.ok_or_else(|| Problem::new(Code::InvalidField, "conduct must be one of the page's."))?;
    conduct.set(of.id);
    let notices = match conduct {
        Conduct::Pays | Conduct::Declines | Conduct::WrongAmount => 1,
        Conduct::Twice => 2,
        Conduct::Late | Conduct::Never | Conduct::Hangs => 0,
    };
    for _ in 0..notices {
        checkout::settle(&office, of.id, &checkout::providers::Hint::default()).await.map_err(Problem::from)?;
    }
    // Relative: a proxy may have a prefix before it.
    let back = format!("../?checkout={}", of.id);
    Ok(Response::builder().status(StatusCode::SEE_OTHER).header(header::LOCATION, back).finish())
}
