//! boxoffice: a ticket office in one binary and one SQLite file.
//!
//! # The map
//! Folders are subjects, file names are layers:
//! - `api.rs`, `desk_api.rs`: HTTP words only, the buyer's and the operator's. Parse, authorise, one store call, answer; at
//!   the bottom which problem a refusal is. Beside them `views.rs` (wire types that more than one address shows), `gate.rs`,
//!   `auth.rs` (who may pass) and `stream.rs`.
//! - `domain.rs`: operations `fn hold_seats(tx: &Tx, …) -> Result<…>`; their errors in order of precedence.
//! - `rules.rs`, `<thing>.rs`: pure types and decisions. No store, no clock.
//! - `facts.rs`: what happened, for memory to learn after the commit.
//! - `sql.rs`: the only place with SQL text; private to its subject.
//!
//! One road: `api → store.write(|tx| domain::op(tx, …)) → rules decide → sql writes → commit → facts → memory → answer`.
//!
//! # Floors
//! Arrows run down only: a room may name those of lower floors, never one of its own floor or above, and no two files
//! name each other. `tests/house` reads this list and checks it.
//! ```floors
//! main
//! cli
//! demo
//! certificate rehearse restore rotation
//! run
//! server
//! app pages
//! desk
//! jobs
//! report
//! buyer counter
//! refund
//! door
//! checkout
//! verify
//! replan
//! payment
//! visit
//! waitlist
//! code wallet reservation
//! catalog
//! queue
//! account venue
//! mail webhook
//! staff
//! http
//! office
//! idempotency keys limiter picture
//! store
//! config entropy
//! actor audit leader standing terms
//! brand
//! signature
//! ids money clock client outbound histogram network terminal text geometry paging priority
//! column
//! ```
//! `http` is what the subjects' `api.rs` speak, `server` what serves them, `pages` what people see in a browser, `desk` what the
//! staff watch; `office` is what every request works on, `app` what
//! opens and wires it. `visit` binds a place in line to what it keeps, so that `queue` knows no seats and `reservation` no
//! queue's rules.
//!
//! # The rules between modules
//! Kept by module privacy, by clippy's disallowed methods (`clippy.toml`), and by `tests/house`:
//! 1. `rusqlite` is named only in `store` and `column`; SQL text stands only in `sql.rs` files and in `store`.
//! 2. `mod sql` is private to its subject: no subject touches another's tables. Operations compose downwards by `&Tx`.
//! 3. Below `api.rs` nothing is `async`, nothing knows HTTP, but for what the house test lists.
//! 4. Time comes from `clock`, randomness from `entropy`, and inside an operation from its `Tx` alone; there too stand the
//!    venue's terms and in whose name the operation acts.
//! 5. Facts leave a transaction only after its commit.
//! 6. An operation checks everything before it changes anything, and touches nothing outside its `Tx` that a second run
//!    would find changed: when one of its group has to be undone, it runs twice (`store::group`).
//! 7. A statement finds its rows by a key or an index, and says `LIMIT ?1 + 0`, never `LIMIT ?1` (`tests/plans.rs`).
//!
//! # Our words and the field's
//! | here | elsewhere |
//! |---|---|
//! | `server::around` | middleware |
//! | `server::addresses`, `server::shortcut` | router, fast path |
//! | `queue::gate` | admission control, authorisation |
//! | `limiter` | rate limiter |
//! | `store::lanes` | priority queue, load shedding |
//! | `queue` | virtual waiting room |
//! | `picture`, `queue::line`, `reservation::seat_map` | cache, read model, projection |
//! | fact | domain event |
//! | `jobs`, `picture::Schedule` | scheduler, background workers |
//! | `store::group` | group commit, batch |
//! | hold, block | reservation lock, kill |
//! | problem | error response (RFC 9457) |
//!
//! # How to add
//! - **an endpoint**: the operation in the subject's `domain.rs` (and its statement in `sql.rs`), the address in its `api.rs` or
//!   `desk_api.rs` with the problems it can have; then `cargo run -- openapi > openapi/boxoffice.yaml`, the contract in
//!   `tests/document`, a sample in `tests/office/bad_input/stage.rs`. A new `Api` also stands in `server/routes.rs`.
//! - **an endpoint of the desk**: it takes `auth: Staff<Manage>` (or `Sell`, `Door`, `Report`: its scope) and changes by
//!   `auth.once` or `auth.write`, which write the audit log in the same commit; `tx.audit` says what was changed.
//! - **a problem**: its code in `http/codes.rs` with all that is said of it in both languages, the variant in the subject's
//!   error, its line at the bottom of `api.rs`, its words for buyers in `pages/web/words/problems.js`. No other file lists codes
//!   (`tests/house/codes.rs`). A new wording of a rule may have its Korean in `http/phrases.rs`.
//! - **a screen**: its module in `pages/web/buyer/` or `desk/`, its line in `main.js`, its words in `pages/web/words/`; after a change to
//!   the document `bash .ci/pages --write`. A debug build reads `pages/web/` at every load.
//! - **a table**: under its subject's heading in `migrations/`, its statements in the subject's `sql.rs`, its laws in
//!   `verify/sql.rs`.
//! - **a fact**: the variant in the subject's `facts.rs`, `tx.tell(…)` where it happens, its arm in the memory that learns it. A new
//!   kind says its words for nodes that follow (`picture::Plain`, or `Told` where the rows say it as well); what changes in words raises
//!   `store::book::written::FORMAT`.

pub mod account;
pub mod actor;
pub mod app;
pub mod audit;
pub mod brand;
pub mod buyer;
pub mod catalog;
pub mod certificate;
pub mod checkout;
pub mod cli;
pub mod client;
pub mod clock;
pub mod code;
mod column;
pub mod config;
pub mod counter;
pub mod demo;
pub mod desk;
pub mod door;
pub mod entropy;
mod geometry;
pub mod histogram;
pub mod http;
pub mod idempotency;
pub mod ids;
pub mod jobs;
pub mod keys;
pub mod leader;
pub mod limiter;
pub mod mail;
pub mod money;
pub mod network;
pub mod office;
pub mod outbound;
pub mod pages;
mod paging;
pub mod payment;
pub mod picture;
mod priority;
pub mod queue;
pub mod refund;
pub mod rehearse;
pub mod replan;
pub mod report;
pub mod reservation;
pub mod restore;
pub mod rotation;
pub mod run;
pub mod server;
pub mod signature;
pub mod staff;
pub mod standing;
pub mod store;
pub mod terminal;
pub mod terms;
pub mod text;
pub mod venue;
pub mod verify;
pub mod visit;
pub mod waitlist;
pub mod wallet;
pub mod webhook;
