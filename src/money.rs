//! Money: whole minor units of the one currency the box office works in. No fractions, no silent overflow.

use crate::column::column_newtype;

/// An amount in minor units. Never negative where money is paid or held; a posting's debit is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Amount(pub i64);
column_newtype!(Amount);

/// The largest amount and balance: 2^53 - 1, the last whole number that every JSON client reads exactly (RFC 8259 §6).
pub const LARGEST: Amount = Amount((1 << 53) - 1);

impl Amount {
    /// The sum, or `None` beyond [`LARGEST`].
    pub fn plus(self, other: Self) -> Option<Self> {
        let sum = self.0.checked_add(other.0)?;
        (sum <= LARGEST.0).then_some(Self(sum))
    }

    /// The sum of many amounts, or `None` beyond [`LARGEST`].
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self(0), Self::plus)
    }
}
