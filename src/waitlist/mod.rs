//! The waitlist: who wants seats of a concert that is sold out, and to whom those are offered that come back. It has nothing
//! to do with the waiting room. An offer is a hold of its own length, which only its buyer can pay; when its time is over the
//! seats go to the next. Knows no visit and no payment: `visit` above lets nobody take what is the waitlist's, `payment` sells
//! an offer.

pub mod api;
pub mod desk_api;
pub mod domain;
pub mod due;
mod error;
mod facts;
mod free;
pub mod letter;
pub mod offers;
mod record;
mod sql;
mod tries_api;
mod views;
mod waits;
mod wanted;

pub use error::WaitlistError;
pub use facts::WaitlistFact;
pub use record::{Entry, MOST_WAITING, Mode, OFFER_SECONDS, Status, Waitlist, Wish};
pub use tries_api::{Tries, missed};
pub use waits::Waits;
pub use wanted::Wanted;
