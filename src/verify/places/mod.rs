//! The laws of places: a seat or a standing place has one owner at most, and what holds, blocks and counts say is true.

mod sql;

pub(super) use sql::CHECKS;
