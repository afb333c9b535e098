//! Law 5, as far as a draw gave the numbers: each follows from the seed and from who took part. It recomputes the order as
//! anyone may who audits a draw, here also of draws whose numbers are still being written.

use uuid::Uuid;

use crate::queue::{Tier, draw};
use crate::verify::sql::{Draw, Numbered};

/// Checks the numbers of a draw, given who took part. Gives what breaks them, up to `most` times.
pub(super) fn check(of: &Draw, entries: Vec<(Numbered, Tier, Uuid)>, most: usize) -> Vec<String> {
    let breach = |what: String| format!("{what}: concert {}", of.concert);
    if entries.len() != of.drawn as usize {
        return vec![breach(format!("{} entries in a draw of {}", entries.len(), of.drawn))];
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
