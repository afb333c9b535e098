//! All tests that need an open box office, in one binary so that it links once.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod adversary;
#[path = "../../examples/audit_draw/audit.rs"]
mod audit_draw;
mod backups;
mod bad_input;
mod best;
mod boundaries;
mod buyers;
mod by_hand;
mod catalogue;
mod checked;
mod checkouts;
mod contention;
mod counter;
mod discounts;
mod door;
mod draw;
mod draw_record;
mod given_back;
mod halls;
mod human_text;
mod idempotency;
mod jobs;
mod keys_of_secrets;
mod life;
mod limits;
mod mail;
mod occasions;
mod panics;
mod presale;
mod presence;
mod prices;
mod provider_server;
mod providers;
mod queue_desk;
mod refunds;
mod replan;
mod restart;
#[path = "../document/schema.rs"]
mod schema;
mod seed_flows;
mod seed_sale;
mod smtp;
mod staff_keys;
mod stream_places;
mod streams;
mod support;
mod time;
mod visits;
mod waitlist;
mod watched;
mod webhooks;
mod words;
