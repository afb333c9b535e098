//! HTTP as the subjects' `api.rs` speak it: who may call, problem answers, what JSON looks like. Serving it is
//! `server`'s. No rule of the box office lives here.

mod body;
mod caller;
pub mod encoding;
mod explain;
pub mod idempotent;
pub mod page;
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
pub use idempotent::IdempotencyKey;
pub use problem::{Code, Problem};
pub use reply::{MadeView, NoContent, Reply, kept, reply, whole_or_unchanged};
pub use tags::Tag;
pub use types::Text;
