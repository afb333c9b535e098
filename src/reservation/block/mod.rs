//! Blocks: seats or standing places that the operator keeps from sale, each with its reason, until they are freed. Held and
//! sold ones are never touched.

pub mod desk_api;

mod domain;
mod record;
mod sql;

pub use domain::{block, blocks, free, keep, renumber, require_kept};
pub use record::{Block, Freed, MOST_BLOCKED, NewBlock, Places};
