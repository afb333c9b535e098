//! The laws of what goes back, of the door and of what staff do (12 and above).

mod sql;

pub(super) use sql::CHECKS;
