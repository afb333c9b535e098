//! The HTTP server: connections, middleware, routes, the document and its pages. It stands above every subject, as
//! `http` (what their `api.rs` speak) stands below them. No rule of the box office lives here.

mod accept;
mod addresses;
mod alarm;
mod around;
mod asker;
mod body;
mod connection;
mod connections;
mod docs;
mod document;
mod door;
mod ends;
mod figures;
mod frames;
mod head;
mod headers;
mod health;
mod ledger;
mod metrics;
mod misread;
mod multiplex;
mod nodes;
mod places;
mod process;
mod pulse;
mod routes;
mod shortcut;
mod stream;
mod tls;
mod traces;
mod turns;
mod waiting;
mod watch;
mod wire;

pub use accept::{Bound, bind};
pub use around::Around;
pub use connections::{Connections, InUse};
pub use document::{document_json, document_yaml};
pub use routes::{Serving, routes, serve};
