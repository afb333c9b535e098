//! The program as it is typed: the real binary, its output, its exit codes, its log, and its data file after the worst.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod backup;
mod breaches;
mod cancellation;
mod certificate;
mod crash;
mod files;
mod help;
mod identity;
mod keys;
mod logs;
mod restore;
mod secrets;
mod service;
mod settings;
mod stop;
mod support;
mod traces;
mod venue;
mod verify;
