//! All tests that need an open box office, in one binary so that it links once.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "../../examples/audit_draw.rs"]
#[allow(dead_code, reason = "the example's own main is not called here")]
mod audit_draw;
mod draw;
mod presence;
mod queue_desk;
mod bad_input;
mod contention;
mod seed_flows;
mod support;
