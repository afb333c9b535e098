//! What the venue's staff watch while a sale goes on: its figures as they are now, and what needs their attention. It only
//! looks: from memory where memory knows, and a handful of keyed statements. It must keep no sale waiting.

pub mod attention;
pub mod desk_api;
mod domain;
pub mod file_api;
mod pace;
mod watched;

pub use watched::Watched;
