//! Why a checkout is refused.

use crate::catalog::CatalogError;
use crate::money::Amount;
use crate::store::StoreError;
use crate::wallet::WalletError;

/// Why, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// This box office has no payment provider, or not this one.
    #[error("no such provider")]
    NoSuchProvider,
    /// A notice that its provider did not sign, or not lately.
    #[error("the notice is not the provider's")]
    NotGenuine,
    /// The amount is not one that may be topped up.
    #[error("the amount must be between 1 and {0:?}")]
    AmountOutOfRange(Amount),
    /// There is no such checkout of this user.
    #[error("no such checkout")]
    NoSuchCheckout,
    /// The cursor is no checkout's.
    #[error("no such cursor")]
    NoSuchCursor,
    /// The provider did not answer, or not so that it could be understood.
    #[error("the provider is silent: {0}")]
    Silent(String),
    /// The catalogue's refusal.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The wallet's refusal.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}
