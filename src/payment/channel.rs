//! How a payment came about: where its places were sold, and how it was paid at the counter. No store, no clock.

use crate::column::column_words;
use crate::ids::Ordinal;

/// How a payment at the counter was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PaidBy {
    /// Notes and coins
    Cash,
    /// A card, by a device of its own
    Card,
    /// Later, by an invoice
    Invoice,
    /// The buyer's balance
    Balance,
    /// Not at all: it was given away
    Free,
    /// Other tickets, which were given back for these
    Exchange,
}

column_words!(PaidBy {
    Cash = "cash",
    Card = "card",
    Invoice = "invoice",
    Balance = "balance",
    Free = "free",
    Exchange = "exchange",
});

/// Where places are sold
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// To whoever came through a queue
    Queue,
    /// To whom the waitlist offered them
    Waitlist,
    /// At the counter
    Counter,
}

/// A payment without a visit: no entry of a queue has this number.
pub const NO_VISIT: Ordinal = Ordinal(0);

impl Channel {
    /// Where a payment was made whose places this entry had.
    pub fn of(ordinal: Ordinal) -> Self {
        match ordinal {
            NO_VISIT => Self::Counter,
            of if of < Ordinal::FIRST_OF_WAITLIST => Self::Queue,
            _ => Self::Waitlist,
        }
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Waitlist => "waitlist",
            Self::Counter => "counter",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Channel, NO_VISIT};
    use crate::ids::Ordinal;

    #[test]
    fn an_entry_says_where_its_places_were_sold() {
        let last_of_queue = Ordinal(Ordinal::FIRST_OF_WAITLIST.0 - 1);
        let of = [NO_VISIT, Ordinal(1), last_of_queue, Ordinal::FIRST_OF_WAITLIST, Ordinal(u32::MAX)].map(Channel::of);
        assert_eq!(of, [Channel::Counter, Channel::Queue, Channel::Queue, Channel::Waitlist, Channel::Waitlist]);
    }
}
