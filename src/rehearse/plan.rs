//! Who comes when and does what: all of it follows from the seed and a buyer's number, so that a drill can be repeated.
//! How the buyers meet on the server does not: there the machine decides.

use std::time::Duration;

use crate::rehearse::arguments::Arguments;

/// A buyer's own chances (splitmix64: eight bytes each, and good enough to choose seats).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The chances of buyer `number` in the drill with this seed.
    pub fn of(seed: u64, number: u64) -> Self {
        let mut dice = Self(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to just below 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 to just below `count`, which is at least 1.
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.next()) * count as u128) >> 64) as usize
    }

    /// True in this share of cases.
    pub fn chance(&mut self, share: f64) -> bool {
        self.fraction() < share
    }

    /// Up to this long.
    pub fn up_to(&mut self, longest: Duration) -> Duration {
        longest.mul_f64(self.fraction())
    }

    /// Exponential with this mean, at most five times as long.
    pub fn think(&mut self, mean_ms: u32) -> Duration {
        let times = (-(1.0 - self.fraction()).ln()).min(5.0);
        Duration::from_secs_f64(f64::from(mean_ms) / 1000.0 * times)
    }
}

/// How a buyer's journey is meant to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// With tickets.
    Buy,
    /// Holding seats until they are gone.
    Dawdle,
    /// Giving up.
    Leave,
}

/// Where a buyer's connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Joining; the token is asked for again with the same key.
    Join,
    /// Joining; the token is recovered with `current_token`.
    JoinAndRecover,
    /// Holding.
    Hold,
    /// Paying.
    Pay,
}

/// One buyer, as the drill means them to be.
#[derive(Clone, Debug)]
pub struct BuyerPlan {
    /// Waits by a stream instead of polling.
    pub streams: bool,
    /// Asks for the best seats instead of picking some.
    pub best: bool,
    /// Wants so many seats.
    pub seats: u32,
    /// What for.
    pub intent: Intent,
    /// Sends each change twice.
    pub repeats: bool,
    /// Loses the connection here.
    pub breaks: Option<Break>,
    /// Further chances.
    pub dice: Dice,
}

impl BuyerPlan {
    /// The plan of buyer `number`.
    pub fn of(arguments: &Arguments, number: u32) -> Self {
        let mut dice = Dice::of(arguments.seed, u64::from(number) + 1);
        let streams = dice.chance(arguments.stream_share);
        let best = dice.chance(arguments.best_share);
        let seats = 1 + dice.below(arguments.seats_each as usize) as u32;
        let fate = dice.fraction();
        let intent = if fate < arguments.leave_share {
            Intent::Leave
        } else if fate < arguments.leave_share + arguments.dawdle_share {
            Intent::Dawdle
        } else {
            Intent::Buy
        };
        let repeats = dice.chance(arguments.retry_share);
        let breaks = dice
            .chance(arguments.drop_share)
            .then(|| [Break::Join, Break::JoinAndRecover, Break::Hold, Break::Pay][dice.below(4)]);
        Self { streams, best, seats, intent, repeats, breaks, dice }
    }
}

/// When each buyer comes, in order: independent moments over the time given, which is a Poisson process that happened
/// to bring just as many.
pub fn arrivals(arguments: &Arguments) -> Vec<Duration> {
    let mut dice = Dice::of(arguments.seed, 0);
    let mut arrivals: Vec<_> = (0..arguments.buyers).map(|_| dice.up_to(arguments.arrival_time())).collect();
    arrivals.sort_unstable();
    arrivals
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{BuyerPlan, Intent, arrivals};
    use crate::rehearse::arguments::Arguments;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn arguments(line: &str) -> Arguments {
        Line::parse_from(format!("rehearse {line}").split(' ')).arguments
    }

    #[test]
    fn the_same_seed_brings_the_same_buyers() {
        let [one, again, other] = ["--seed 7", "--seed 7", "--seed 8"].map(arguments);
        let plans = |of: &Arguments| (0..50).map(|at| format!("{:?}", BuyerPlan::of(of, at))).collect::<Vec<_>>();
        assert_eq!(arrivals(&one), arrivals(&again));
        assert_eq!(plans(&one), plans(&again));
        assert_ne!(arrivals(&one), arrivals(&other));
        assert_ne!(plans(&one), plans(&other));
    }

    #[test]
    fn everyone_comes_in_order_and_in_time() {
        let arguments = arguments("--buyers 1000 --arrive-within 3");
        let arrivals = arrivals(&arguments);
        assert_eq!(arrivals.len(), 1000);
        assert!(arrivals.is_sorted());
        assert!(arrivals.last().is_some_and(|last| last.as_secs_f64() < 3.0));
    }

    #[test]
    fn shares_are_kept() {
        let arguments =
            arguments("--leave-share 0.3 --dawdle-share 0.2 --stream-share 0 --best-share 1 --seats-each 2");
        let plans: Vec<_> = (0..10_000).map(|at| BuyerPlan::of(&arguments, at)).collect();
        let count = |intent| plans.iter().filter(|plan| plan.intent == intent).count();
        assert!((2_800..3_200).contains(&count(Intent::Leave)), "{}", count(Intent::Leave));
        assert!((1_800..2_200).contains(&count(Intent::Dawdle)), "{}", count(Intent::Dawdle));
        assert!(plans.iter().all(|plan| !plan.streams && plan.best && (1..=2).contains(&plan.seats)));
    }
}
