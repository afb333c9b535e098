//! Asking providers to take money back: outside the writer, within a time, under one id however often.

use futures_util::future::join_all;

use crate::checkout::back;
use crate::checkout::error::CheckoutError;
use crate::checkout::providers::{ProviderError, Providers};
use crate::checkout::record::Back;
use crate::office::Office;
use crate::outbound::Outbound;

/// Gives back all that is due to go back. Gives whether there was anything.
///
/// # Errors
/// Only the store's.
pub async fn carry_back(office: &Office) -> Result<bool, CheckoutError> {
    let most = office.limits.checkouts_at_once;
    let mut any = false;
    loop {
        // A reader is asked first: nothing is written while there is nothing to do.
        if !office.store.read(back::any_due).await? {
            return Ok(any);
        }
        any = true;
        let due = office.store.write(move |tx| back::take_due(tx, most)).await?;
        let said = join_all(due.iter().map(|back| give_back(office, back))).await;
        for (back, said) in due.into_iter().zip(said) {
            let (id, checkout, provider) = (back.id, back.checkout.id, back.checkout.provider.as_str());
            match said {
                Ok(()) => office.store.write(move |tx| back::sent(tx, &back)).await?,
                Err(ProviderError::Refused(problem)) => {
                    tracing::warn!(refund = %id, %checkout, provider, problem, "a provider refuses a refund");
                    office.store.write(move |tx| back::failed(tx, &back, &problem)).await?;
                }
                Err(error) => {
                    let attempt = back.attempts;
                    tracing::warn!(refund = %id, %checkout, provider, attempt, %error, "a refund is tried again");
                }
            }
        }
    }
}

async fn give_back(office: &Office, back: &Back) -> Result<(), ProviderError> {
    let (providers, out) = (office.part::<Providers>(), office.part::<Outbound>());
    let gone = || ProviderError::Silent("it is not set any more".to_owned());
    let provider = providers.find(Some(back.checkout.provider)).ok_or_else(gone)?;
    providers.give_back(out, provider, back, office.wall()).await
}
