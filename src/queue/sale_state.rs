//! How a concert's sale stands and what is left of it, in the words that those who wait are told. The queue knows no seats: it
//! is told from above.

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

/// What is left of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// Nothing, and nothing is held that may come back.
    SoldOut,
    /// Hardly anything, or only what others hold now.
    Few,
    /// Enough.
    Available,
}

impl Left {
    /// Of so many places, `free` are free and `held` are kept for buyers.
    pub fn of(free: u32, held: u32, total: u32) -> Self {
        const FEW: u32 = 5;
        const FEW_PART: u32 = 20;
        match free {
            0 if held == 0 => Self::SoldOut,
            free if free < FEW || free <= total / FEW_PART => Self::Few,
            _ => Self::Available,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Left;

    #[test]
    fn few_is_less_than_five_or_a_twentieth() {
        assert_eq!(Left::of(0, 0, 10), Left::SoldOut);
        assert_eq!(Left::of(0, 1, 10), Left::Few, "it may come back");
        assert_eq!(Left::of(4, 0, 4), Left::Few);
        assert_eq!(Left::of(5, 0, 10), Left::Available);
        assert_eq!(Left::of(500, 0, 10_000), Left::Few);
        assert_eq!(Left::of(501, 0, 10_000), Left::Available);
    }
}
