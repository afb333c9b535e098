//! The road from whatever calls for it (a returning buyer, a notice, the sweep) to a settled checkout: ask the provider,
//! outside the writer and within a time, and write down what it says. Nobody's word but the provider's own answer counts.

use std::sync::Arc;

use futures_util::future::join_all;
use uuid::Uuid;

use crate::checkout::domain;
use crate::checkout::error::CheckoutError;
use crate::checkout::providers::{Hint, Notice, ProviderError, Providers, Seen};
use crate::checkout::record::Checkout;
use crate::ids::ConcertKey;
use crate::office::Office;
use crate::outbound::Outbound;
use crate::reservation::SeatMaps;

impl From<ProviderError> for CheckoutError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Silent(what) | ProviderError::Refused(what) => Self::Silent(what),
            ProviderError::NotGenuine => Self::NotGenuine,
        }
    }
}

/// Asks the provider of a checkout what became of it, and writes that down. Gives it as it is then.
///
/// # Errors
/// [`CheckoutError::NoSuchCheckout`]; [`CheckoutError::Silent`], and then it is asked again later.
pub async fn settle(office: &Office, id: Uuid, hint: &Hint) -> Result<Checkout, CheckoutError> {
    let of = office.store.read(move |tx| domain::checkout(tx, id)).await?;
    match look(office, &of, hint).await {
        Ok(seen) => write_down(office, &of, seen).await,
        Err(error) => {
            tracing::warn!(checkout = %id, provider = of.provider.as_str(), %error, "a checkout is asked after again later");
            office.store.write(move |tx| domain::not_seen(tx, id)).await?;
            Err(error)
        }
    }
}

async fn look(office: &Office, of: &Checkout, hint: &Hint) -> Result<Seen, CheckoutError> {
    let (providers, out) = (office.part::<Providers>(), office.part::<Outbound>());
    let provider = providers.find(Some(of.provider)).ok_or(CheckoutError::NoSuchProvider)?;
    Ok(providers.look(out, provider, of, hint, office.now()).await?)
}

async fn write_down(office: &Office, of: &Checkout, seen: Seen) -> Result<Checkout, CheckoutError> {
    let (id, before) = (of.id, of.state);
    let concert = of.wish.as_ref().map(|wish| wish.concert());
    let performances = match concert {
        Some(concert) => performances(office, concert).await,
        None => Vec::new(),
    };
    let settled = office.store.write(move |tx| domain::settle(tx, id, &seen, &performances)).await?;
    let (now, paid) = settled;
    if now.state != before {
        let mismatch = now.mismatch.map(|mismatch| mismatch.as_str());
        let (provider, state, tickets) =
            (now.provider.as_str(), now.state.as_str(), paid.map(|paid| paid.tickets.len()));
        tracing::info!(checkout = %id, provider, state, mismatch, tickets, "a checkout came to another state");
    }
    Ok(now)
}

/// The performances of a concert, as memory knows them; none of one that was taken back.
async fn performances(office: &Office, concert: ConcertKey) -> Vec<Arc<crate::catalog::Performance>> {
    let maps = office.part::<SeatMaps>().of_concert(office, concert).await;
    maps.map(|maps| maps.iter().map(|map| map.map.performance.clone()).collect()).unwrap_or_default()
}

/// A buyer came back from the provider with these parameters. Gives the checkout as it is then; as it was where the provider
/// says nothing yet.
///
/// # Errors
/// [`CheckoutError::NoSuchCheckout`].
pub async fn returned(office: &Office, id: Uuid, hint: &Hint) -> Result<Checkout, CheckoutError> {
    match settle(office, id, hint).await {
        Err(CheckoutError::Silent(_) | CheckoutError::NoSuchProvider) => {
            office.store.read(move |tx| domain::checkout(tx, id)).await
        }
        settled => settled,
    }
}

/// A notice came from a provider. One about nothing that we know is taken, and nothing follows.
///
/// # Errors
/// [`CheckoutError::NoSuchProvider`], [`CheckoutError::NotGenuine`]; [`CheckoutError::Silent`], and then it should come again.
pub async fn hear(office: &Office, provider: &str, notice: &Notice<'_>) -> Result<(), CheckoutError> {
    let providers = office.part::<Providers>();
    let provider = providers.named(provider).ok_or(CheckoutError::NoSuchProvider)?;
    let Some((id, hint)) = providers.hear(provider, notice)? else { return Ok(()) };
    let known = office.store.read(move |tx| domain::checkout(tx, id)).await;
    match known {
        Ok(of) if of.provider == provider.name => settle(office, id, &hint).await.map(drop),
        Ok(_) | Err(CheckoutError::NoSuchCheckout) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Asks after all checkouts whose time for it has come, a few at once. Gives whether there were any.
///
/// # Errors
/// Only the store's.
pub async fn sweep(office: &Office) -> Result<bool, CheckoutError> {
    let most = office.limits.checkouts_at_once;
    let mut any = false;
    loop {
        let due = office.store.read(move |tx| domain::due(tx, most)).await?;
        if due.is_empty() {
            return Ok(any);
        }
        any = true;
        let hint = Hint::default();
        for done in join_all(due.iter().map(|of| settle(office, of.id, &hint))).await {
            if let Err(CheckoutError::Store(error)) = done {
                return Err(error.into());
            }
        }
    }
}
