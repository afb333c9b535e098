//! All tests that need an open box office, in one binary so that it links once.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "../../examples/audit_draw/audit.rs"]
mod audit_draw;
mod bad_input;
mod boundaries;
mod catalogue;
mod contention;
mod draw;
mod draw_record;
mod idempotency;
mod presence;
mod queue_desk;
mod restart;
mod seed_flows;
mod seed_sale;
mod streams;
mod support;
mod visits;
