//! All tests that need an open box office, in one binary so that it links once.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod bad_input;
mod contention;
mod seed_flows;
mod support;
