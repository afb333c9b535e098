//! The HTTP server: connections, middleware, routes, the document and its pages. It stands above every subject, as
//! `http` (what their `api.rs` speak) stands below them. No rule of the box office lives here.

mod addresses;
mod around;
mod document;
mod listener;
mod pages;
mod routes;
mod shortcut;

pub use document::{document_json, document_yaml};
pub use routes::{Serving, routes, serve};
