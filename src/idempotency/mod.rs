//! The same request repeated with the same `Idempotency-Key` has the effect of one and gets the same answer (law 9).
//!
//! The answer is recorded in the commit of its effect: whoever lost an answer to a crash gets it on asking again.
//! Only successes are recorded. A refusal changed nothing, so asking again asks anew, and may succeed.

mod domain;
mod sql;

pub use domain::{Answer, IdempotencyError, Once, is_recorded, once, once_shown, once_without_secret, sweep};
