//! boxoffice: a ticket office in one binary and one SQLite file.
//!
//! # The map
//! Folders are features, file names are layers:
//! - `api.rs`: HTTP words only. Parse, authorise, one store call, answer. The only `async` code of a feature.
//! - `domain.rs`: types, errors in order of precedence, operations `fn hold_seats(tx: &Tx, …) -> Result<…>`.
//! - `rules.rs`: pure decisions, where there is a real state machine. No store, no clock.
//! - `sql.rs`: the only place with SQL text; private to its feature.
//!
//! One road: `api → store.write(|tx| domain::op(tx, …)) → rules decide → sql writes → commit → events → answer`.
//!
//! # The rules between modules
//! Kept by module privacy, by clippy's disallowed methods (`clippy.toml`), and by `tests/house.rs`:
//! 1. `rusqlite` is named only in `store`; SQL text stands only in `sql.rs` files and in `store`.
//! 2. `mod sql` is private to its feature: no feature touches another's tables. Operations compose by `&Tx` instead:
//!    `payment` calls `reservation`, `wallet` and `queue` inside one transaction; a visit's end (`queue`) gives back
//!    its holds (`reservation`), and a hold (`reservation`) lengthens its visit (`queue`).
//! 3. Below `api.rs` nothing is `async`, nothing knows HTTP.
//! 4. Time comes from `clock`, randomness from `entropy`, and inside an operation from its `Tx` alone.
//! 5. Events leave a transaction only after its commit.
//! 6. An operation checks everything before it changes anything, and touches nothing outside its `Tx` that a second run
//!    would find changed: when one of its group has to be undone, it runs twice (`store::group`).

/// Buyers' accounts and sessions.
pub mod account;
/// In whose name something is done.
pub mod actor;
/// Opens, wires, stops.
pub mod app;
/// Concerts, halls, performances.
pub mod catalog;
/// Arguments and subcommands.
pub mod cli;
/// A small HTTP client for drills, tests and benchmarks.
pub mod client;
/// Time.
pub mod clock;
/// How types go into columns.
mod column;
/// Settings and bounds.
pub mod config;
/// A concert to try things on.
pub mod demo;
/// Randomness.
pub mod entropy;
/// HTTP as the subjects speak it: security, problems, replies.
pub mod http;
/// The same request twice has the effect of one.
pub mod idempotency;
/// Keys of rows.
pub mod ids;
/// What happens without a request.
pub mod jobs;
/// The box office's secrets.
pub mod keys;
/// Amounts.
pub mod money;
/// What every request works on.
pub mod office;
/// Payments and tickets.
pub mod payment;
/// Memory's picture of the data file, as a mechanism.
pub mod picture;
/// The waiting room.
pub mod queue;
/// The operator's load drill.
pub mod rehearse;
/// Seats and holds.
pub mod reservation;
/// The HTTP server: connections, middleware, routes, the document.
pub mod server;
/// The data file: one writer, many readers.
pub mod store;
/// The terms a box office works under.
pub mod terms;
/// Text that people wrote.
mod text;
/// The laws, checked on a data file.
pub mod verify;
/// What an admitted buyer does until it ends.
pub mod visit;
/// Balances and postings.
pub mod wallet;
