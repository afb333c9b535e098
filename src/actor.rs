//! Who acts: what a transaction knows of the one in whose name it changes something, and what stays written beside
//! the money it moved.

use crate::column::column_words;
use crate::ids::{StaffKey, UserKey};

/// In whose name something is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Actor {
    /// The box office itself: what is due by time.
    #[default]
    System,
    /// A buyer.
    Buyer(UserKey),
    /// The venue's staff, by this key.
    Staff(StaffKey),
}

/// The word for an actor in the data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// The box office itself.
    System,
    /// The buyer whose row it is.
    Buyer,
    /// The venue's staff, by the key that stands beside it.
    Staff,
}

column_words!(ActorKind { System = "system", Buyer = "buyer", Staff = "staff" });

impl Actor {
    /// Whether what one buyer may have at most holds for what this one does. At the counter the staff decides.
    pub fn keeps_buyers_limits(self) -> bool {
        match self {
            Self::System | Self::Buyer(_) => true,
            Self::Staff(_) => false,
        }
    }

    /// As it stands in a row of this buyer's.
    pub fn read(kind: ActorKind, user: UserKey, staff: Option<StaffKey>) -> Self {
        match (kind, staff) {
            (_, Some(key)) => Self::Staff(key),
            (ActorKind::Buyer, None) => Self::Buyer(user),
            (ActorKind::System | ActorKind::Staff, None) => Self::System,
        }
    }

    /// Its word.
    pub fn kind(self) -> ActorKind {
        match self {
            Self::System => ActorKind::System,
            Self::Buyer(_) => ActorKind::Buyer,
            Self::Staff(_) => ActorKind::Staff,
        }
    }

    /// Whose key, if it is the staff's.
    pub fn staff(self) -> Option<StaffKey> {
        match self {
            Self::Staff(key) => Some(key),
            Self::System | Self::Buyer(_) => None,
        }
    }
}
