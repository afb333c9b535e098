//! What connections may cost: each deadline, bound and share of the server, by raw sockets on loopback. The bounds are
//! small, so that closing is soon; the tests wait for it to happen and never for time to pass.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

mod bounds;
mod deadlines;
mod heads;
mod http2;
mod http2_frames;
mod origins;
mod pages;
mod secured;
mod smuggling;
mod support;
mod tls;
