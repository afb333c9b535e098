//! A venue on PostgreSQL: what was acknowledged stands there, one node leads, and whoever lost the lead commits nothing.
//!
//! They need a server: `.ci/cluster` brings one up, says where in `BOXOFFICE_TEST_PG`, and runs them.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod cutting;
mod drawing;
mod failing;
mod following;
mod journeys;
mod leading;
mod moving;
mod proxy;
mod rolling;
mod support;
