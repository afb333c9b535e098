//! All tests that need an open box office, in one binary so that it links once.
#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs)]

mod boundaries;
mod catalogue;
mod idempotency;
mod restart;
mod seed_flows;
mod seed_sale;
mod streams;
mod support;
mod visits;
