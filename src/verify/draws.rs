//! Law 5, as far as a draw gave the numbers: each follows from the seed and from who took part. It recomputes the order as
//! anyone may who audits a draw, here also of draws whose numbers are still being written, but not of those whose list was folded.

use uuid::Uuid;

use crate::queue::{Tier, draw};
use crate::verify::sql::{Draw, Numbered};

/// Checks the numbers of a draw, given who took part. Gives what breaks them, up to `most` times.
pub(super) fn check(of: &Draw, entries: Vec<(Numbered, Tier, Uuid)>, most: usize) -> Vec<String> {
    let breach = |what: String| format!("{what}: concert {}", of.concert);
    let (left, folded) = (entries.len(), of.folded);
    if left + folded as usize != of.drawn as usize {
        let and_folded = if folded > 0 { format!(" and {folded} folded") } else { String::new() };
        return vec![breach(format!("{left} entries{and_folded} in a draw of {}", of.drawn))];
    }
    // Of a draw whose list is gone, only its size and its digest are left.
    if folded > 0 {
        return Vec::new();
    }
    let order = draw::order_in_tiers(&of.seed, entries);
    let wrong = order.into_iter().zip(1_u32..).filter(|((_, number), place)| match number {
        0 => of.is_written,
        number => number != place,
    });
    wrong
        .take(most)
        .map(|((ordinal, number), place)| {
            breach(format!("a number that seed and entries do not give: entry {ordinal} has {number}, not {place}"))
        })
        .collect()
}
