//! What operations refuse with: each subject's `api.rs` says it at its bottom, in these words, and the document shows it.

use crate::http::Code;

/// Operations with the codes each can give, as lists to be joined.
pub type Problems = &'static [(&'static str, &'static [&'static [Code]])];

/// Where a session is asked for.
pub const SESSION: &[Code] = &[Code::Unauthenticated, Code::SessionInvalid, Code::TokenInvalid, Code::TokenExpired];

/// Where a queue token is asked for.
pub const TOKEN: &[Code] = &[
    Code::Unauthenticated,
    Code::TokenInvalid,
    Code::TokenExpired,
    Code::TokenReplaced,
    Code::TokenLeft,
    Code::TokenCompleted,
];

/// Where the queue token of a visit is asked for.
pub const ADMITTED: &[Code] = &[
    Code::Unauthenticated,
    Code::TokenInvalid,
    Code::TokenExpired,
    Code::TokenReplaced,
    Code::TokenLeft,
    Code::TokenCompleted,
    Code::NotAdmitted,
];

/// Where a staff key with a scope is asked for.
pub const STAFF: &[Code] = &[Code::Unauthenticated, Code::StaffKeyWrong, Code::ScopeMissing];

/// Where any staff key is asked for.
pub const ANY_STAFF: &[Code] = &[Code::Unauthenticated, Code::StaffKeyWrong];

/// Where a body is read.
pub const BODY: &[Code] = &[Code::InvalidField];
