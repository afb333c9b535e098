//! Mail: an outbox that operations write in their own commit, letters made of templates that a venue can replace, and the
//! post that carries them by SMTP. Without a server set there is no outbox either: nothing is pretended.
//!
//! A line of the outbox says of which kind a mail is and what it is about, by key; address, names and secrets are looked up
//! when it is sent. So the outbox holds nobody's personal data, and a mail of an account that is gone goes nowhere.

pub mod desk_api;
pub mod domain;
mod letter;
mod outbox;
mod post;
mod record;
mod sql;

pub use domain::{MailError, put};
pub use letter::{Letter, Letters};
pub use outbox::{MailPut, Outbox};
pub use post::{Outcome, Post};
pub use record::{Mail, MailKind, MailState, Mailing};
