//! Time: one of the two things the product takes from outside (the other is `entropy`). Nothing else may ask the
//! operating system for the time of day: tests run on a scripted clock.
//!
//! There are two kinds of time. What **lasts** (a hold, a visit, a session, a silence) is counted on `Clock::now`, which
//! runs with elapsed time and never leaps. What is **promised for a time of day** (a sale's start, a show's) is measured by
//! `Clock::wall`, which follows the machine's clock with care. `Steady` has the rule and its reasons. On an
//! ordinary day both show the same.
//!
//! Across a restart there is no elapsed time to go by: the new process begins at the machine's clock, and every instant
//! in the data file is believed. If that clock was set back while the process was down, what was alive lasts longer by as
//! much; the rate of admissions alone is drawn near. If it was set forward, what it passed has ended.

mod machine;
mod scripted;
mod steady;
mod time;

pub use machine::SystemClock;
pub use scripted::ScriptedClock;
pub use steady::{News, Reading, STANDS_MS, Steady};
pub use time::{Clock, Instant, Moment};
