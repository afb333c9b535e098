//! Lists in pages: how long a page is and where it begins, as clients say it.

use std::str::FromStr;

use crate::clock::Instant;
use crate::http::{Code, Problem};
use crate::office::Office;

/// Reads a cursor as clients send it.
///
/// # Errors
/// [`Code::InvalidField`] when it is none of this list's.
pub fn cursor<K: FromStr>(cursor: Option<String>) -> Result<Option<K>, Problem> {
    cursor.map(|cursor| cursor.parse().map_err(|_| bad_cursor())).transpose()
}

/// Reads the cursor of a list in order of time: moment and key of the last one before, as [`of_moment`] wrote them.
///
/// # Errors
/// As [`cursor`].
pub fn by_moment<K>(cursor: Option<String>, key: fn(i64) -> K) -> Result<Option<(Instant, K)>, Problem> {
    let read = |cursor: String| {
        let (at, last) = cursor.split_once('.')?;
        Some((Instant(at.parse().ok()?), key(last.parse().ok()?)))
    };
    cursor.map(|cursor| read(cursor).ok_or_else(bad_cursor)).transpose()
}

/// The cursor of what follows this one in a list in order of time.
pub fn of_moment(at: Instant, key: i64) -> String {
    format!("{}.{key}", at.0)
}

/// The refusal of a cursor.
pub fn bad_cursor() -> Problem {
    Problem::new(Code::InvalidField, "cursor must be the `next_cursor` of the page before.")
}

/// A page's length as clients ask for it.
///
/// # Errors
/// [`Code::InvalidField`] unless 1 ≤ limit ≤ the largest page.
pub fn length(office: &Office, limit: Option<u32>) -> Result<u32, Problem> {
    let most = office.limits.page;
    match limit {
        None => Ok(most),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::new(Code::InvalidField, format!("limit must be 1 to {most}."))),
    }
}
