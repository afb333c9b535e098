//! The book: PostgreSQL as the place where a commit must stand before it counts. Only here `tokio-postgres` is named.
//!
//! A group of operations runs on the leader's data file exactly as without a book. Before its local commit the rows that it
//! touched go into the book's tables, in one transaction and one round trip, behind a fence (`flush`); only when they stand there
//! the file commits, memory learns, and answers leave. The file is the node's working copy and is made anew at each start.
//! What PostgreSQL does well (replication, its own failover, durability, backup, reports for others) is left to it.
//!
//! - `shape`: the file's tables as the book keeps them; `touched`: which rows a group touched.
//! - `flush`: one group into the book; `lease`: who may; `led`: the leader's end of it; `link`: the connection.
//! - `feed`, `written`: what a group changed, told to those who follow; `follower`, `apply`: how they take it over, and the lead.
//! - `made`, `load`, `local`, `lead`: how a book, and a node's copy of it, begin; `moves`: from a file into a book and back.
//!
//! # What must hold
//! | what happens | what follows |
//! |---|---|
//! | PostgreSQL refuses a record | nothing stands there or here; 503, and the node goes on |
//! | its fence refuses | as above, and the node ends: another leads |
//! | the connection breaks before COMMIT's answer | no answer leaves; over a new connection and under a new epoch (nothing late can commit) the book says whether the record stands |
//! | COMMIT comes with a warning (its wait for the standby was cut short) | as if it had broken |
//! | the leader dies or stalls | its lease ends by PostgreSQL's clock; a node that follows and has every record raises the epoch and leads |
//! | a record was read by a follower and is lost later | the next one, or the book's last, does not name it: the follower's copy is no copy any more, and is loaded anew |
//! | the local COMMIT fails after the book's | the node ends; the sale stands, and another leads |

mod address;
mod apply;
mod error;
mod feed;
mod flush;
mod follower;
mod lead;
mod lease;
mod led;
mod link;
mod load;
mod local;
mod made;
mod moves;
mod record;
mod shape;
mod touched;
mod written;

pub use address::Address;
pub(super) use apply::Order;
pub use error::BookError;
pub(super) use feed::Entry;
pub(super) use flush::Flushed;
pub use follower::Follower;
pub(super) use follower::Heard;
pub use lead::{Lead, Seat};
pub use lease::Waits;
pub(super) use led::{Book, Notes};
pub use load::Progress;
pub(super) use local::is_copy;
pub use moves::{move_in, move_out, with_copy};
pub(super) use touched::Done;
