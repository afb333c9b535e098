//! A performance moves to a newer version of its hall: binds what catalogue, reservation and payment know of its seats. No
//! table of its own.

pub mod desk_api;
pub mod domain;
pub mod mapping;
