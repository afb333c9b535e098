//! Who acts: what a transaction knows of the one in whose name it changes something, and what stays written beside
//! the money it moved.

use crate::column::column_words;
use crate::ids::UserKey;

/// In whose name something is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Actor {
    /// The box office itself: what is due by time.
    #[default]
    System,
    /// A buyer.
    Buyer(UserKey),
    /// The venue's staff.
    Operator,
}

/// The word for an actor in the data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// The box office itself.
    System,
    /// The buyer whose row it is.
    Buyer,
    /// The venue's staff.
    Operator,
}

column_words!(ActorKind { System = "system", Buyer = "buyer", Operator = "operator" });

impl Actor {
    /// Whether what one buyer may have at most holds for what this one does. At the counter the staff decides.
    pub fn keeps_buyers_limits(self) -> bool {
        match self {
            Self::System | Self::Buyer(_) => true,
            Self::Operator => false,
        }
    }

    /// Its word.
    pub fn kind(self) -> ActorKind {
        match self {
            Self::System => ActorKind::System,
            Self::Buyer(_) => ActorKind::Buyer,
            Self::Operator => ActorKind::Operator,
        }
    }
}
