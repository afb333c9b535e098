//! What a checkout looks like on the wire.

use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use crate::checkout::error::CheckoutError;
use crate::checkout::record::{Checkout, CheckoutState, ProviderName, Unpaid};
use crate::clock::Instant;
use crate::money::Amount;
use crate::payment::{self, PaymentError};
use crate::store::Tx;

/// A checkout
#[derive(Object, Serialize)]
pub struct CheckoutView {
    /// The checkout
    pub id: Uuid,
    /// Through whom
    pub provider: ProviderName,
    /// Where it stands
    pub state: CheckoutState,
    /// How much, in minor units
    pub amount: Amount,
    /// ISO 4217
    pub currency: String,
    /// When it was opened
    pub opened_at: Instant,
    /// Until when it may be paid; money that comes later is credited all the same
    pub ends_at: Instant,
    /// Where to pay: send the browser there
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// What the provider's own script needs, as JSON, where it has no page to be sent to (PortOne)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<String>,
    /// The payment that was made with it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<Uuid>,
    /// Why the seats were not paid for with it: the money is on the balance
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpaid_because: Option<Unpaid>,
    /// What the provider said against it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl CheckoutView {
    /// A checkout as its buyer sees it.
    ///
    /// # Errors
    /// Only the store's.
    pub fn read(tx: &Tx, of: &Checkout) -> Result<Self, CheckoutError> {
        let payment_id = match of.payment {
            None => None,
            Some(key) => match payment::domain::payment_by_key(tx, key) {
                Ok(payment) => Some(payment.id),
                Err(PaymentError::Store(error)) => return Err(error.into()),
                // Its row names one that is there.
                Err(_) => None,
            },
        };
        // Nobody shall be sent to a page that takes no money any more.
        let is_open = of.state == CheckoutState::Pending;
        Ok(Self {
            id: of.id,
            provider: of.provider,
            state: of.state,
            amount: of.amount,
            currency: of.currency.clone(),
            opened_at: of.opened_at,
            ends_at: of.ends_at,
            redirect_url: of.redirect_url.clone().filter(|_| is_open),
            parameters: of.parameters.clone().filter(|_| is_open),
            payment_id,
            unpaid_because: of.unpaid,
            problem: of.problem.clone(),
        })
    }
}
