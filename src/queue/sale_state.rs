//! How a concert's sale stands, as those who wait are told. The queue knows no seats: it is told from above.

/// How a sale stands at a moment, the least hopeful first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SaleState {
    /// The concert is cancelled.
    Cancelled,
    /// It has begun, or its sale is over.
    Over,
    /// Its sale has not begun.
    Announced,
    /// The operator has paused it.
    Paused,
    /// Nothing is left.
    SoldOut,
    /// It goes on.
    OnSale,
}

impl SaleState {
    /// Whether those who wait have to know: what they wait for may never come.
    pub fn is_news(self) -> bool {
        match self {
            Self::Cancelled | Self::Over | Self::Paused | Self::SoldOut => true,
            Self::Announced | Self::OnSale => false,
        }
    }
}
