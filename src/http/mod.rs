//! HTTP: routes, who may call, problem answers, the document and its page. No rule of the box office lives here.

mod addresses;
mod around;
mod document;
pub mod idempotent;
mod listener;
pub mod problem;
mod reply;
pub mod security;
mod server;
mod shortcut;
mod types;

pub use document::{document_json, document_yaml};
pub use idempotent::IdempotencyKey;
pub use problem::{Code, Problem};
pub use reply::{NoContent, Reply, reply};
pub use server::{Serving, routes, serve};
pub use types::Text;
