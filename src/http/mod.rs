//! HTTP as the subjects' `api.rs` speak it: who may call, problem answers, what JSON looks like. Serving it is
//! `server`'s. No rule of the box office lives here.

mod body;
pub mod caller;
pub mod code;
pub mod codes;
pub mod encoding;
mod explain;
pub mod idempotent;
pub mod language;
pub mod page;
pub mod phrases;
pub mod problem;
pub mod problems;
mod reply;
pub mod security;
pub mod sse;
mod tags;
mod types;
pub mod version;

pub use body::Body;
pub use caller::Caller;
pub use codes::Code;
pub use idempotent::IdempotencyKey;
pub use problem::Problem;
pub use reply::{MadeView, NoContent, Reply, kept, reply, whole_or_unchanged};
pub use tags::Tag;
pub use types::Text;
