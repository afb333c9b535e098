//! What the operator might set the queue to on this machine, and why.

use serde::Serialize;

use crate::rehearse::measure::Tick;

/// Of the best speed seen so much is suggested: a sale is no place to find the edge.
const OF_THE_BEST: f64 = 0.7;
/// Shorter ticks say too little.
const LONG_ENOUGH_SECONDS: f64 = 0.5;
/// The API takes no more.
const MOST: f64 = 1_000_000.0;

/// Settings for the queue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// For `admissions_per_minute`.
    pub admissions_per_minute: u32,
    /// For `max_admitted`.
    pub max_admitted: u32,
    /// The best second's visits per second.
    pub best_visits_per_second: f64,
    /// How it follows.
    pub because: String,
}

/// What a suggestion rests on beside the seconds.
#[derive(Clone, Copy, Debug)]
pub struct Basis {
    /// 99 % of the answers must have come within this time.
    pub p99_bound_ms: u32,
    /// How long people will stay inside.
    pub visit_seconds: u32,
    /// How long the drill's visits took, on average.
    pub drill_visit_seconds: f64,
    /// Seats on sale.
    pub seats: u32,
}

/// The rule: take the second in which most visits ended while 99 % of polls and of all that is asked inside stayed
/// under the bound; let in 70 % of that; and let so many be inside as then are at a time (Little's law: rate × length
/// of a visit), but not more than there are seats. `None` when no second stayed under the bound.
pub fn suggest(ticks: &[Tick], basis: Basis) -> Option<Suggestion> {
    let bound = f64::from(basis.p99_bound_ms);
    let quick = |tick: &&Tick| tick.p99_position_ms <= bound && tick.p99_inside_ms <= bound;
    let long = ticks.iter().any(|tick| tick.seconds >= LONG_ENOUGH_SECONDS);
    let best = ticks
        .iter()
        .filter(|tick| !long || tick.seconds >= LONG_ENOUGH_SECONDS)
        .filter(quick)
        .filter(|tick| tick.visits > 0)
        .map(|tick| tick.visits as f64 / tick.seconds.max(0.001))
        .max_by(f64::total_cmp)?;
    let per_second = best * OF_THE_BEST;
    let inside = per_second * f64::from(basis.visit_seconds);
    let whole = |number: f64| number.floor().clamp(1.0, MOST) as u32;
    let found_the_limit = !ticks.iter().all(|tick| quick(&tick));
    let limited = inside > f64::from(basis.seats);
    let because = format!(
        "In the best second {best:.0} visits ended while 99 % of the answers came within {} ms; {:.0} % of that is \
         {per_second:.0} a second. People who stay {} s inside are then {inside:.0} at a time{}; at the drill's own pace \
         ({:.1} s a visit) {:.0} would do.{}",
        basis.p99_bound_ms,
        OF_THE_BEST * 100.0,
        basis.visit_seconds,
        if limited { ", more than the seats: no more than these need be inside" } else { "" },
        basis.drill_visit_seconds,
        (per_second * basis.drill_visit_seconds).ceil(),
        if found_the_limit {
            ""
        } else {
            " No second was slower than that, so the machine can do more: rehearse with more --buyers, a larger \
             --max-admitted and --think-ms 0 to find its limit."
        },
    );
    Some(Suggestion {
        admissions_per_minute: whole(per_second * 60.0),
        max_admitted: whole(inside.min(f64::from(basis.seats))),
        best_visits_per_second: best,
        because,
    })
}

#[cfg(test)]
mod tests {
    use super::{Basis, suggest};
    use crate::rehearse::measure::Tick;

    fn tick(visits: u64, p99_inside_ms: f64) -> Tick {
        Tick { seconds: 1.0, visits, p99_inside_ms, ..Tick::default() }
    }

    const BASIS: Basis = Basis { p99_bound_ms: 100, visit_seconds: 10, drill_visit_seconds: 1.0, seats: 500 };

    #[test]
    fn the_best_second_under_the_bound_decides() {
        let ticks = [tick(10, 5.0), tick(50, 90.0), tick(400, 101.0)];
        let suggestion = suggest(&ticks, BASIS).expect("a suggestion");
        assert_eq!(suggestion.best_visits_per_second, 50.0);
        assert_eq!((suggestion.admissions_per_minute, suggestion.max_admitted), (2100, 350));
        assert!(!suggestion.because.contains("can do more"), "its limit was found");
    }

    #[test]
    fn no_more_are_let_in_than_there_are_seats() {
        let suggestion = suggest(&[tick(1000, 5.0)], BASIS).expect("a suggestion");
        assert_eq!(suggestion.max_admitted, 500);
        assert!(suggestion.because.contains("more than the seats") && suggestion.because.contains("can do more"));
    }

    #[test]
    fn slow_seconds_and_stubs_suggest_nothing() {
        assert_eq!(suggest(&[tick(400, 101.0)], BASIS), None);
        let stub = Tick { seconds: 0.01, ..tick(400, 1.0) };
        let suggestion = suggest(&[stub, tick(20, 1.0)], BASIS).expect("a suggestion");
        assert_eq!(suggestion.best_visits_per_second, 20.0);
    }
}
